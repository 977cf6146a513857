//! What a profile takes over from the one that it extends, and what it changes of it.

use profiles::{Catalogue, DeviceProfile, PollClass};

const FAMILY: &str = r#"
schema = 1
id = "acme.family"
abstract = true
revision = 1
title = "Acme meters"
vendor = "Acme"
class = "measurement"
status = "unofficial"

[channels]
circuit = 1

[identity]
start = 900
words = 8
reads = [{ start = 900, words = 8 }]
rules = [{ address = 900, text = "ACME" }]
serial = [{ address = 902 }]
firmware = [{ address = 903 }]

[[source]]
key = "manual"
title = "Manual of the family"

[[table]]
id = "live"
title = "Live values"
start = 100
words = 20
class = "live"
channel = "circuit"
computed_at = 100
confidence = "single_source"
sources = ["manual"]
registers = [
  { address = 102, quantity = "v1_v", type = "u32", scale = 0.01 },
  { address = 106, quantity = "frequency_hz", type = "u16", scale = 0.01 },
]
"#;

/// A product of the family that says `more`.
fn product(more: &str) -> Result<DeviceProfile, String> {
    let catalogue = Catalogue::load([("family.toml", FAMILY)]).expect("the family is right");
    let text = format!(
        "schema = 1\nid = \"acme.one\"\nextends = \"acme.family\"\nrevision = 1\n\
         title = \"Acme One\"\nmodels = [\"Acme One\"]\n{more}"
    );
    DeviceProfile::parse("one.toml", &text, &catalogue).map_err(|mistakes| {
        let messages: Vec<String> = mistakes.into_iter().map(|found| found.message).collect();
        messages.join("; ")
    })
}

/// Every value with its decimals and confidence, and the requests that bring it.
#[track_caller]
fn check(more: &str, values: &str, requests: &[(u16, u16)]) {
    let profile = product(more).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let channels = profile.channels();
    let found: Vec<String> = profile
        .measurands(channels[0])
        .iter()
        .map(|info| format!("{}.{}", info.measurand, info.decimals))
        .collect();
    assert_eq!(found.join(" "), values);
    let found: Vec<(u16, u16)> = PollClass::ALL
        .iter()
        .flat_map(|class| {
            let plan = profile.read_plan(*class, channels, &std::collections::HashSet::new());
            plan.requests
        })
        .map(|request| (request.start, request.count))
        .collect();
    assert_eq!(found, requests);
}

#[test]
fn a_product_takes_over_all_that_it_does_not_say() {
    check("", "v1_v.2 frequency_hz.2", &[(100, 7)]);
}

#[test]
fn a_table_without_start_changes_the_inherited_one() {
    let more = r#"
[[table]]
id = "live"
confidence = "verified"
sources = ["manual"]
registers = [
  { address = 107, quantity = "i1_a", type = "u16", scale = 0.1 },
  { address = 106, quantity = "frequency_hz", type = "u16", scale = 0.001 },
  { address = 104, quantity = "v2_v", type = "u32", scale = 0.01 },
]
"#;
    check(more, "v1_v.2 v2_v.2 frequency_hz.3 i1_a.1", &[(100, 8)]);
}

#[test]
fn what_a_changed_table_says_of_itself_counts() {
    let more = r#"
[[table]]
id = "live"
words = 30
class = "slow"
registers = [
  { address = 128, quantity = "i1_a", type = "u32", confidence = "derived", sources = ["manual"] },
]
"#;
    check(more, "v1_v.2 frequency_hz.2 i1_a.0", &[(100, 30)]);
}

#[test]
fn a_table_with_start_replaces_the_inherited_one() {
    let more = r#"
[[table]]
id = "live"
title = "Other live values"
start = 200
words = 2
class = "live"
channel = "circuit"
confidence = "single_source"
sources = ["manual"]
registers = [{ address = 200, quantity = "v1_v", type = "u32" }]
"#;
    check(more, "v1_v.0", &[(200, 2)]);
}

#[track_caller]
fn check_mistake(more: &str, message: &str) {
    assert_eq!(product(more).map(|_| ()), Err(message.to_owned()));
}

#[test]
fn a_changed_table_is_checked_with_what_it_inherits() {
    let table = |register: &str| {
        format!(
            "[[table]]\nid = \"live\"\nconfidence = \"verified\"\nsources = [\"manual\"]\n\
             registers = [{register}]\n"
        )
    };
    check_mistake(
        &table(r#"{ address = 103, quantity = "v2_v", type = "u16" }"#),
        "register 103 belongs to both `v1_v` and `v2_v`",
    );
    check_mistake(
        &table(r#"{ address = 120, quantity = "v2_v", type = "u16" }"#),
        "`v2_v` lies outside its table",
    );
    check_mistake(
        &table(
            r#"{ address = 110, quantity = "v2_v", type = "u16" },
               { address = 111, quantity = "v2_v", type = "u16" }"#,
        ),
        "table `live` already has `v2_v`",
    );
}

#[test]
fn a_table_without_start_must_have_something_to_change() {
    let more = r#"
[[table]]
id = "energy"
title = "Energies"
words = 2
class = "energy"
channel = "circuit"
confidence = "single_source"
sources = ["manual"]
registers = [{ address = 200, quantity = "ea_import_wh", type = "u32" }]
"#;
    check_mistake(more, "`start` is missing here");
}

#[test]
fn an_identity_without_start_changes_the_inherited_one_key_by_key() {
    let identity_of = |more: &str, words: &[u16; 8]| {
        let profile = product(more).unwrap_or_else(|mistakes| panic!("{mistakes}"));
        let image = profiles::RegisterImage {
            blocks: vec![profiles::RegisterBlock {
                function: profiles::ReadFunction::Holding,
                start: 900,
                words: words.to_vec(),
                at: jiff::Timestamp::UNIX_EPOCH,
            }],
        };
        profile.identify(&image)
    };
    let words = [0x4143, 0x4D45, 77, 5, 6, 0, 0, 0];
    let says = |firmware: &str| profiles::Identity::Matches {
        vendor: "Acme".to_owned(),
        product: "Acme One".to_owned(),
        serial: Some("77".to_owned()),
        firmware: Some(firmware.to_owned()),
    };
    assert_eq!(identity_of("", &words), says("5"));
    let two_parts = "[identity]\nfirmware = [{ address = 903 }, { address = 904 }]\n";
    assert_eq!(identity_of(two_parts, &words), says("5.6"));
    check_mistake(
        "[identity]\nfirmware = [{ address = 908 }]\n",
        "registers 908 to 908 lie in none of the `reads`",
    );
    check_mistake(
        "[identity]\nreads = [{ start = 900, words = 2 }]\n",
        "`reads` is not a key that belongs here",
    );
}
