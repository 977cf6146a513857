//! The API as programs see it: requests through the router, over a temporary data folder.

mod access;
mod forgery;
mod frame;
mod log_in;
mod openapi;
mod passwords;
mod secrets;
mod sessions;
mod test_app;
