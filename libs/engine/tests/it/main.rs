//! The engine against real servers on loopback.

mod accounting;
mod faults;
mod findings;
mod hostile;
mod known_cells;
mod lab;
mod name_checks;
mod name_support;
mod name_takeover;
mod names;
mod outside;
mod pace;
mod real_services;
mod replay;
mod scope_guard;
mod suites;
mod support;
mod template_catalogue;
mod template_cells;
mod template_names;
mod template_services;
mod template_support;
mod template_told;
mod templates;
mod tools;
mod units;
