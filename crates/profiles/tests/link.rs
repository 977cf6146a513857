//! What a profile says of its link is what the bus is told.

use std::time::Duration;

use profiles::{Catalogue, DeviceProfile, LinkOptions};

/// A whole profile without tables, whose `[link]` a test fills.
const PROFILE: &str = r#"
schema = 1
id = "acme.gateway.one"
revision = 1
title = "Acme Gateway One"
vendor = "Acme"
models = ["Acme G1"]
class = "gateway"
status = "unofficial"

[link]
"#;

const UNSAID: LinkOptions = LinkOptions {
    timeout: Duration::from_secs(1),
    retries: 1,
    pause_after_connect: Duration::ZERO,
    pause_between: Duration::ZERO,
    words_max: 125,
    hole_words_max: 0,
    any_unit_id: false,
    window: 1,
    close_after_sweep: false,
};

fn parse(link: &str) -> Result<LinkOptions, String> {
    let text = format!("{PROFILE}{link}");
    match DeviceProfile::parse("one.toml", &text, &Catalogue::shipped()) {
        Ok(profile) => Ok(profile.link().clone()),
        Err(mistakes) => Err(mistakes.iter().map(ToString::to_string).collect()),
    }
}

#[track_caller]
fn check(link: &str, expected: LinkOptions) {
    assert_eq!(parse(link), Ok(expected));
}

#[track_caller]
fn check_mistake(link: &str, expected: &str) {
    let mistakes = parse(link).expect_err("it is out of bounds");
    assert!(mistakes.contains(expected), "{mistakes}");
}

#[test]
fn a_link_that_says_nothing_has_the_defaults() {
    check("", UNSAID);
}

#[test]
fn a_link_is_as_it_says() {
    let milliseconds = Duration::from_millis;
    check(
        "timeout_ms = 250\nretries = 3\npause_after_connect_ms = 20\npause_between_ms = 5\n\
         words_max = 60\nhole_words_max = 8\nany_unit_id = true\nwindow = 4\n\
         close_after_sweep = true",
        LinkOptions {
            timeout: milliseconds(250),
            retries: 3,
            pause_after_connect: milliseconds(20),
            pause_between: milliseconds(5),
            words_max: 60,
            hole_words_max: 8,
            any_unit_id: true,
            window: 4,
            close_after_sweep: true,
        },
    );
}

#[test]
fn at_least_one_request_is_outstanding_and_at_most_sixteen() {
    check(
        "window = 16",
        LinkOptions {
            window: 16,
            ..UNSAID
        },
    );
    check_mistake("window = 0", "window");
    check_mistake("window = 17", "window");
}
