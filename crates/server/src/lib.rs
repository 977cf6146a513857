//! The program: it polls devices, keeps their readings, and shows them in a browser.
//!
//! Modules are concepts, not layers. `api` speaks HTTP, `users` knows who may do what,
//! `config_db` keeps what people set up, `web` carries the pages.

pub mod api;
pub mod clock;
pub mod config_db;
mod frame;
pub mod hosts;
pub mod users;
pub mod web;
