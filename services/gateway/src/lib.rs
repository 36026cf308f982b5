//! Edge: REST, sessions, SSE and the web app.
