//! The engine against real servers on loopback.

mod accounting;
mod findings;
mod hostile;
mod known_cells;
mod real_services;
mod scope_guard;
mod support;
mod template_catalogue;
mod template_support;
mod templates;
