//! Who a device is, from the words that it answers.

mod common;

use common::{Seeded, answers, noon};
use profiles::{
    Catalogue, Identity, ReadFunction, RegisterBlock, RegisterImage, SimulatedIdentity,
};

/// The identification block of a device, by what it says in it.
struct Says {
    maker: &'static str,
    family: u16,
    extended_name: &'static str,
    name: &'static str,
}

const I35: Says = Says {
    maker: "SOCO",
    family: 400,
    extended_name: "Digiware I-35",
    name: "I-35",
};

impl Says {
    fn image(&self) -> RegisterImage {
        let mut words = [0u16; 66];
        for (at, c) in self.maker.bytes().enumerate() {
            words[at] = c.into();
        }
        words[4] = self.family;
        words[8..11].copy_from_slice(&[0x2614, 0x0005, 1234]);
        words[18..22].copy_from_slice(&[1, 1, 2, 77]);
        for (field, text) in [(42, "SOCOMEC"), (50, self.name), (58, self.extended_name)] {
            for (at, pair) in text.as_bytes().chunks(2).enumerate() {
                let low = pair.get(1).copied().unwrap_or(b' ');
                words[field + at] = u16::from_be_bytes([pair[0], low]);
            }
        }
        RegisterImage {
            blocks: vec![block(50_000, &words[..17]), block(50_018, &words[18..])],
        }
    }
}

fn block(start: u16, words: &[u16]) -> RegisterBlock {
    RegisterBlock {
        function: ReadFunction::Holding,
        start,
        words: words.to_vec(),
        at: noon(),
    }
}

#[track_caller]
fn check(says: &Says, expected: &Identity) {
    let profile = Catalogue::shipped().get("socomec.digiware.i35");
    let profile = profile.expect("the profile is shipped");
    assert_eq!(profile.identify(&says.image()), *expected);
}

fn matches(product: &str) -> Identity {
    Identity::Matches {
        vendor: "SOCOMEC".to_owned(),
        product: product.to_owned(),
        serial: Some("2614-0005-01234".to_owned()),
        firmware: Some("1.1.2".to_owned()),
    }
}

fn foreign(found: &str) -> Identity {
    Identity::Foreign {
        found: found.to_owned(),
    }
}

#[test]
fn a_device_that_answers_nothing_is_unknown_even_where_nothing_is_asked_of_it() {
    let profile = Catalogue::shipped().get("socomec.diris.a40").unwrap();
    let nothing = RegisterImage::default();
    assert_eq!(profile.identify(&nothing), Identity::Unknown);
}

#[test]
fn a_number_of_two_words_is_told_and_read_back() {
    struct Numbered;
    impl profiles::ValueSource for Numbered {
        fn value(&self, _: model::Channel, _: model::Measurand) -> Option<f64> {
            None
        }
        fn occurred_at(&self, _: model::Channel, _: model::Measurand) -> Option<jiff::Timestamp> {
            None
        }
        fn is_enabled(&self, _: model::Channel) -> bool {
            true
        }
        fn identity(&self) -> SimulatedIdentity {
            SimulatedIdentity {
                product: String::new(),
                serial: "4294967295".to_owned(),
                // Too large for its one word.
                firmware: "70000".to_owned(),
            }
        }
    }
    let profile = Catalogue::shipped().get("socomec.diris.a40").unwrap();
    let memory = profile.encode(&Numbered, noon());
    let image = answers(&memory, &profile.identity_plan());
    assert_eq!(
        profile.identify(&image),
        Identity::Matches {
            vendor: "Socomec".to_owned(),
            product: "DIRIS A40".to_owned(),
            serial: Some("4294967295".to_owned()),
            firmware: None,
        }
    );
}

#[test]
fn a_device_that_says_the_model_matches() {
    check(&I35, &matches("Digiware I-35"));
}

#[test]
fn a_name_that_was_cut_to_its_field_is_believed() {
    check(
        &Says {
            extended_name: "diris digiware i",
            ..I35
        },
        &matches("diris digiware i"),
    );
}

#[test]
fn the_plain_name_counts_where_the_extended_one_is_empty() {
    check(
        &Says {
            extended_name: "",
            ..I35
        },
        &matches("I-35"),
    );
}

#[test]
fn a_device_without_a_name_is_believed() {
    let says = Says {
        extended_name: "",
        name: "",
        ..I35
    };
    check(&says, &matches("DIRIS Digiware I-35"));
}

#[test]
fn a_device_that_says_another_model_is_foreign() {
    for other in [
        "Digiware I-45",
        "Digiware I-350",
        "Digiware I-35dc",
        "COUNTIS E24",
        "I-3",
    ] {
        let says = Says {
            extended_name: other,
            name: "",
            ..I35
        };
        check(&says, &foreign(other));
    }
}

#[test]
fn a_device_of_another_family_or_maker_is_foreign() {
    let says = Says {
        family: 100,
        extended_name: "COUNTIS E24",
        ..I35
    };
    check(&says, &foreign("COUNTIS E24"));
    let says = Says {
        maker: "ACME",
        extended_name: "",
        name: "",
        ..I35
    };
    check(&says, &foreign("0041 0043 004D 0045 at register 50000"));
}

#[test]
fn a_device_that_refuses_its_identification_is_unknown() {
    let profile = Catalogue::shipped().get("socomec.digiware.i35").unwrap();
    assert_eq!(
        profile.identify(&RegisterImage::default()),
        Identity::Unknown
    );
    // The names alone prove no maker.
    let mut image = I35.image();
    image.blocks.remove(0);
    assert_eq!(profile.identify(&image), Identity::Unknown);
    let mut image = I35.image();
    image.blocks.remove(1);
    assert_eq!(profile.identify(&image), Identity::Unknown);
}

#[test]
fn every_simulated_device_is_what_it_says_and_no_other() {
    let catalogue = Catalogue::shipped();
    for played in catalogue.iter() {
        let memory = played.encode(&Seeded(1), noon());
        for asking in catalogue.iter() {
            let plan = asking.identity_plan();
            let identity = asking.identify(&answers(&memory, &plan));
            let is_match = matches!(identity, Identity::Matches { .. });
            // Many makers' meters do not say who they are.
            let tells = !plan.requests.is_empty();
            let is_same = asking.id() == played.id();
            assert_eq!(is_match, is_same && tells, "{}: {identity:?}", asking.id());
        }
    }
}

#[test]
fn a_simulated_device_tells_its_serial_number_and_version() {
    let profile = Catalogue::shipped().get("socomec.diris.a10").unwrap();
    let memory = profile.encode(&Seeded(1), noon());
    let identity = profile.identify(&answers(&memory, &profile.identity_plan()));
    let expected = SimulatedIdentity {
        product: "DIRIS A-10".to_owned(),
        serial: "2614-0005-01234".to_owned(),
        firmware: "1.2.3".to_owned(),
    };
    assert_eq!(
        identity,
        Identity::Matches {
            vendor: "SOCOMEC".to_owned(),
            product: expected.product,
            serial: Some(expected.serial),
            firmware: Some(expected.firmware),
        }
    );
}
