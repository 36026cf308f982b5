//! Content-addressed objects under the tenant's prefix.
