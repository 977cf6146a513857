//! The program: it polls devices, keeps their readings, and shows them in a browser.
//!
//! Modules are concepts, not layers: `app` wires them, `site` is the installation as people edit
//! it, `acquisition` polls it, `live` holds the newest readings, `day_extremes` the extremes of the
//! day, `averages` makes means, `energy` says how much was used, `import` takes years that are
//! brought along, `retention` lets old history go, `backup` makes one file of all data, `serving` takes connections, `api` speaks HTTP,
//! `users` knows who may do what, `audit` what they did, `config_db` keeps what people set up, `web`
//! carries the pages, `wiring_hints` says which meters seem to be wired wrongly.

pub mod acquisition;
pub mod api;
pub mod app;
pub mod audit;
pub mod averages;
pub mod backup;
pub mod clock;
pub mod config;
pub mod config_db;
pub mod day_extremes;
pub mod energy;
mod frame;
pub mod hosts;
pub mod import;
pub mod live;
pub mod process;
pub mod retention;
pub mod serving;
pub mod site;
pub mod users;
pub mod web;
pub mod wiring_hints;
