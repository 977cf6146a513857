//! The API as programs see it: requests through the router, over a temporary data folder; and over
//! sockets, where a running server is needed.

mod access;
mod averages;
mod configuration;
mod counters;
mod first_code;
mod forgery;
mod frame;
mod health_details;
mod imports;
mod log_in;
mod monitor;
mod openapi;
mod overview;
mod partial_energies;
mod passwords;
mod plant;
mod running;
mod secrets;
mod serving;
mod sessions;
mod test_app;
