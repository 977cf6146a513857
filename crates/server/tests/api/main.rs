//! The API as programs see it: requests through the router, over a temporary data folder.

mod access;
mod forgery;
mod frame;
mod log_in;
mod monitor;
mod openapi;
mod overview;
mod passwords;
mod plant;
mod secrets;
mod sessions;
mod test_app;
