//! Builds the program anew when the web pages that it carries changed.
//!
//! Only a release build carries them; a debug build reads them while running. A missing folder
//! makes cargo run this each time, so debug builds, which are many, do not ask for it.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if is_release() {
        println!("cargo::rerun-if-changed=../../web/dist");
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "cargo tells a build script by the environment only"
)]
fn is_release() -> bool {
    std::env::var("PROFILE").is_ok_and(|profile| profile == "release")
}
