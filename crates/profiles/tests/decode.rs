//! What registers become, on a small profile whose words are written by hand.

use jiff::Timestamp;
use model::{Channel, Quality};
use profiles::{
    Catalogue, ChannelValue, Decoded, DeviceProfile, ReadFunction, RegisterBlock, RegisterImage,
};

const PROFILE: &str = r#"
schema = 1
id = "acme.one"
revision = 1
title = "Acme One"
vendor = "Acme"
models = ["Acme One"]
class = "measurement"
status = "unofficial"
pf_sign = "PF_SIGN"
angle_sign = "ANGLE_SIGN"

[channels]
circuit = 2

[sentinels]
u8 = [0xFF]
u16 = [0xFFFF]
s16 = [0x8000]
u32 = [0xFFFF_FFFF]
datetime = [0]

[[source]]
key = "manual"
title = "Manual of the Acme One"

[[table]]
id = "live"
title = "Live values"
start = 100
words = 30
class = "live"
channel = "circuit"
repeat = { stride = 100 }
load_status = 100
confidence = "single_source"
sources = ["manual"]
registers = [
  { address = 101, quantity = "v1_v", type = "u32", scale = 0.01 },
  { address = 103, quantity = "power_factor1", type = "s16", scale = 0.001 },
  { address = 104, quantity = "p1_w", type = "s16" },
  { address = 105, quantity = "q1_var", type = "s16" },
  { address = 106, quantity = "phi1_deg", type = "s16", scale = 0.1 },
  { address = 107, quantity = "v1_max_v", type = "u16", scale = 0.1, occurred_at = 108 },
  { address = 110, quantity = "ea_import_wh", type = "u32", unit = "kWh", remainder = { address = 112, type = "u16", scale = 0.1 } },
  { address = 113, quantity = "p_import_avg_w", type = "u16", quality = 114 },
  { address = 115, quantity = "partial_reset_at", type = "datetime" },
  { address = 117, quantity = "operating_time_s", type = "u16", scale = 0.01, unit = "h" },
  { address = 118, quantity = "power_factor_max", type = "s16", scale = 0.001 },
  TYPE_REGISTER
]
"#;

/// A device with these conventions, and what it answers.
struct Device {
    pf_sign: &'static str,
    angle_sign: &'static str,
    type_register: &'static str,
    words: [u16; 30],
}

impl Device {
    fn new() -> Self {
        let mut words = [0; 30];
        words[0] = 1;
        Self {
            pf_sign: "iec",
            angle_sign: "unstated",
            type_register: "",
            words,
        }
    }

    fn with(mut self, address: usize, words: &[u16]) -> Self {
        self.words[address - 100..][..words.len()].copy_from_slice(words);
        self
    }

    fn decode(&self) -> Decoded {
        self.decode_blocks(&[(100, &self.words)])
    }

    fn decode_blocks(&self, blocks: &[(u16, &[u16])]) -> Decoded {
        let text = PROFILE
            .replace("PF_SIGN", self.pf_sign)
            .replace("ANGLE_SIGN", self.angle_sign)
            .replace("TYPE_REGISTER", self.type_register);
        let profile = DeviceProfile::parse("acme.toml", &text, &Catalogue::shipped());
        let profile = profile.expect("the profile is right");
        let blocks = blocks.iter().map(|(start, words)| RegisterBlock {
            function: ReadFunction::Holding,
            start: *start,
            words: words.to_vec(),
            at: Timestamp::UNIX_EPOCH,
        });
        let image = RegisterImage {
            blocks: blocks.collect(),
        };
        profile.decode(&image, profile.channels())
    }
}

fn value(decoded: &Decoded, spelling: &str) -> Option<ChannelValue> {
    let measurand = spelling.parse().expect("the quantity exists");
    let channel: Channel = "circuit1".parse().expect("the channel exists");
    decoded
        .values
        .iter()
        .find(|value| value.channel == channel && value.measurand == measurand)
        .copied()
}

#[track_caller]
fn check(device: &Device, spelling: &str, expected: Option<f64>) {
    let decoded = device.decode();
    let found = value(&decoded, spelling).expect("the value is there");
    assert_eq!(found.value, expected);
}

/// DAT-09
#[test]
fn a_scaled_value_is_the_decimal_that_people_type() {
    check(&Device::new().with(101, &[0, 23_012]), "v1_v", Some(230.12));
}

#[test]
fn a_sentinel_is_a_gap_and_not_a_number() {
    let device = Device::new()
        .with(101, &[0xFFFF, 0xFFFF])
        .with(104, &[0x8000]);
    check(&device, "v1_v", None);
    check(&device, "p1_w", None);
    assert_eq!(device.decode().faults, []);
}

#[test]
fn a_time_in_six_words_goes_with_its_extreme() {
    let profile = |times: &str| {
        let text = PROFILE
            .replace("PF_SIGN", "sense")
            .replace("ANGLE_SIGN", "unstated")
            .replace("TYPE_REGISTER", "")
            .replace("load_status = 100", times)
            .replace(
                r#"{ address = 118, quantity = "power_factor_max", type = "s16", scale = 0.001 }"#,
                r#"{ address = 118, quantity = "power_factor_max", type = "s16", scale = 0.001, occurred_at = 119 }"#,
            )
            .replace(", occurred_at = 108", "");
        let profile = DeviceProfile::parse("acme.toml", &text, &Catalogue::shipped());
        profile.expect("the profile is right")
    };
    let decode = |date: [u16; 6]| {
        let mut words = vec![0; 30];
        words[18] = 950;
        words[19..25].copy_from_slice(&date);
        let profile = profile("times = \"civil\"");
        let image = RegisterImage {
            blocks: vec![RegisterBlock {
                function: ReadFunction::Holding,
                start: 100,
                words,
                at: Timestamp::UNIX_EPOCH,
            }],
        };
        profile.decode(&image, &profile.channels()[..1])
    };
    let found = value(&decode([4, 3, 2026, 10, 15, 8]), "power_factor_max").unwrap();
    assert_eq!(found.value, Some(0.95));
    let at: Timestamp = "2026-03-04T10:15:08Z".parse().unwrap();
    assert_eq!(found.occurred_at, Some(at));
    // The sense that the sign tells is spoilt with the value.
    let faults = decode([4, 13, 2026, 10, 15, 8]).faults;
    let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
    let reason = "[4, 13, 2026, 10, 15, 8] is no day, month, year, hour, minute, second";
    assert_eq!(
        faults,
        [
            format!("power_factor_max of circuit1 at register 118: {reason}"),
            format!("power_factor_type_max of circuit1 at register 118: {reason}"),
        ]
    );
}

#[test]
fn a_counter_is_joined_with_its_remainder() {
    // 70 000 kWh and 123.4 Wh.
    let device = Device::new().with(110, &[0x0001, 0x1170, 1234]);
    check(&device, "ea_import_wh", Some(70_000_123.4));
    let decimals = value(&device.decode(), "ea_import_wh").map(|value| value.decimals);
    assert_eq!(decimals, Some(1));
}

#[test]
fn a_joined_counter_without_one_of_its_halves_is_a_gap() {
    let device = Device::new().with(110, &[0xFFFF, 0xFFFF, 1234]);
    check(&device, "ea_import_wh", None);
    let device = Device::new().with(110, &[0, 1, 0xFFFF]);
    check(&device, "ea_import_wh", None);
}

#[test]
fn one_bad_register_spoils_one_value() {
    let device = Device::new()
        .with(101, &[0, 23_012])
        .with(112, &[10_000])
        .with(114, &[7]);
    let decoded = device.decode();
    let spoilt: Vec<String> = decoded.faults.iter().map(ToString::to_string).collect();
    assert_eq!(
        spoilt,
        [
            "ea_import_wh of circuit1 at register 110: the remainder 10000 is not below one step \
             of the counter (10000)",
            "p_import_avg_w of circuit1 at register 113: the quality flag 7 is none of 0 to 3",
        ]
    );
    assert_eq!(value(&decoded, "ea_import_wh"), None);
    check(&device, "v1_v", Some(230.12));
}

#[test]
fn a_load_that_is_switched_off_has_no_values_and_no_fault() {
    let decoded = Device::new().with(100, &[0]).decode();
    assert_eq!(decoded, Decoded::default());
}

#[test]
fn a_value_is_never_put_together_from_two_answers() {
    let device = Device::new();
    let decoded = device.decode_blocks(&[(100, &[1, 0]), (102, &[100, 500]), (104, &[7, 8])]);
    assert_eq!(value(&decoded, "v1_v"), None);
    assert_eq!(value(&decoded, "p1_w").unwrap().value, Some(7.0));
}

#[test]
fn an_extreme_says_when_it_occurred() {
    // 2026-03-04 12:00:00 is 825 940 800 seconds behind 2000.
    let device = Device::new().with(107, &[2391, 0x313A, 0xDB40]);
    let found = value(&device.decode(), "v1_max_v").unwrap();
    assert_eq!(found.value, Some(239.1));
    assert_eq!(found.occurred_at, "2026-03-04T12:00:00Z".parse().ok());
}

#[test]
fn a_time_of_zero_is_never() {
    let device = Device::new().with(107, &[2391, 0, 0]);
    assert_eq!(
        value(&device.decode(), "v1_max_v").unwrap().occurred_at,
        None
    );
    check(&device, "partial_reset_at", None);
}

#[test]
fn a_moment_is_in_seconds_since_1970() {
    let device = Device::new().with(115, &[0, 1]);
    check(&device, "partial_reset_at", Some(946_684_801.0));
}

#[test]
fn another_unit_becomes_the_canonical_one() {
    check(
        &Device::new().with(117, &[150]),
        "operating_time_s",
        Some(5400.0),
    );
}

#[test]
fn a_mean_says_whether_it_is_complete() {
    for (flag, quality) in [
        (0, Quality::MEASURED),
        (1, Quality::INCOMPLETE),
        (2, Quality::CLOCK_UNSET),
        (3, Quality::INCOMPLETE.with(Quality::CLOCK_UNSET)),
    ] {
        let device = Device::new().with(113, &[500, flag]);
        let found = value(&device.decode(), "p_import_avg_w").unwrap();
        assert_eq!((found.value, found.quality), (Some(500.0), quality));
    }
}

/// The four quadrants, each as three conventions write it: raw power factor and P, then what is
/// shown as power factor and as its sense.
#[test]
fn every_power_factor_has_the_sign_of_p() {
    const LEADING: f64 = 1.0;
    const LAGGING: f64 = 2.0;
    for (pf_sign, raw, p_w, shown, sense) in [
        ("sense", 800i16, 8i16, 0.8, LAGGING),
        ("sense", -800, -8, -0.8, LEADING),
        ("sense", 800, -8, -0.8, LAGGING),
        ("sense", -800, 8, 0.8, LEADING),
        ("ieee", -800, 8, 0.8, LAGGING),
        ("ieee", 800, -8, -0.8, LEADING),
        ("ieee", -800, -8, -0.8, LAGGING),
        ("ieee", 800, 8, 0.8, LEADING),
    ] {
        let device = Device {
            pf_sign,
            ..Device::new()
        };
        let device = device.with(103, &[raw as u16, p_w as u16]);
        check(&device, "power_factor1", Some(shown));
        check(&device, "power_factor_type1", Some(sense));
    }
    for (raw, p_w) in [(800i16, 8i16), (-800, -8), (-800, 8), (800, -8)] {
        let device = Device::new().with(103, &[raw as u16, p_w as u16]);
        check(
            &device,
            "power_factor1",
            Some(0.8 * f64::from(p_w.signum())),
        );
        assert_eq!(value(&device.decode(), "power_factor_type1"), None);
    }
}

#[test]
fn without_p_a_power_factor_is_positive_unless_its_own_sign_is_that_of_p() {
    for (pf_sign, shown) in [("iec", -0.8), ("sense", 0.8), ("ieee", 0.8)] {
        let device = Device {
            pf_sign,
            ..Device::new()
        };
        let device = device
            .with(103, &[-800i16 as u16, 0x8000])
            .with(118, &[-800i16 as u16]);
        check(&device, "power_factor1", Some(shown));
        check(&device, "power_factor_max", Some(shown));
    }
}

#[test]
fn the_sense_register_of_the_device_wins_over_the_sign() {
    let device = Device {
        pf_sign: "sense",
        type_register: r#"{ address = 119, quantity = "power_factor_type1", type = "u8" },"#,
        ..Device::new()
    };
    let device = device.with(103, &[800, 8]).with(119, &[1]);
    check(&device, "power_factor_type1", Some(1.0));
    let faults = device.with(119, &[3]).decode().faults;
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].reason, "the sense must be 0, 1 or 2");
}

#[test]
fn where_the_sign_of_an_angle_is_unstated_q_tells_it() {
    for (angle_sign, raw, q_var, shown) in [
        ("unstated", -300i16, 5i16, 30.0),
        ("unstated", 300, -5, -30.0),
        ("unstated", 300, 0, 30.0),
        ("lagging_positive", -300, 5, -30.0),
        ("leading_positive", -300, -5, 30.0),
    ] {
        let device = Device {
            angle_sign,
            ..Device::new()
        };
        let device = device.with(105, &[q_var as u16, raw as u16]);
        check(&device, "phi1_deg", Some(shown));
    }
}

/// A device whose numbers are floats or carry their own power of ten.
fn numbers(word_order: &str, words: &[u16]) -> Decoded {
    let text = format!(
        "schema = 1\nid = \"acme.two\"\nrevision = 1\ntitle = \"Acme Two\"\nvendor = \"Acme\"\n\
         models = [\"Acme Two\"]\nclass = \"measurement\"\nstatus = \"unofficial\"\n\
         [channels]\ncircuit = 1\n\
         [link]\nfunction = \"input\"\nword_order = \"{word_order}\"\n\
         [sentinels]\ns16 = [0x8000]\n\
         [[source]]\nkey = \"manual\"\ntitle = \"Manual\"\n\
         [[table]]\nid = \"live\"\ntitle = \"Live values\"\nstart = 0\nwords = 12\nclass = \"live\"\n\
         channel = \"circuit\"\nconfidence = \"single_source\"\nsources = [\"manual\"]\n\
         registers = [\n\
         {{ address = 0, quantity = \"v1_v\", type = \"f32\", decimals = 1 }},\n\
         {{ address = 2, quantity = \"ea_import_wh\", type = \"f64\", unit = \"kWh\", decimals = 0 }},\n\
         {{ address = 6, quantity = \"i1_a\", type = \"s16\", exponent_at = 8, decimals = 2 }},\n\
         {{ address = 7, quantity = \"i2_a\", type = \"s16\", exponent_at = 8, decimals = 2 }},\n\
         {{ address = 10, quantity = \"p_w\", type = \"s32\" }},\n]\n"
    );
    let profile = DeviceProfile::parse("test.toml", &text, &Catalogue::shipped());
    let profile = profile.expect("the profile is right");
    let image = RegisterImage {
        blocks: vec![RegisterBlock {
            function: ReadFunction::Input,
            start: 0,
            words: words.to_vec(),
            at: Timestamp::UNIX_EPOCH,
        }],
    };
    profile.decode(&image, profile.channels())
}

/// Each value as `v1_v 230.1 (1)`, with its decimals, and the faults.
#[track_caller]
fn check_numbers(word_order: &str, words: &[u16], expected: &[&str]) {
    let decoded = numbers(word_order, words);
    let values = decoded.values.iter().map(|value| {
        let number = value
            .value
            .map_or("-".to_owned(), |value| value.to_string());
        format!("{} {number} ({})", value.measurand, value.decimals)
    });
    let faults = decoded.faults.iter().map(ToString::to_string);
    assert_eq!(values.chain(faults).collect::<Vec<_>>(), expected);
}

#[test]
fn floats_and_powers_of_ten_become_the_numbers_that_people_type() {
    check_numbers(
        "high_first",
        &[
            0x4366, 0x1EB8, // 230.12
            0x40FE, 0x240C, 0x9FBE, 0x76C9, // 123456.789 kWh
            0x04D2, 0xFFFF, 0xFFFE, // 1234, -1, 10^-2
            0, 0xFFFF, 0xFFFE,
        ],
        &[
            "v1_v 230.1 (1)",
            "ea_import_wh 123456789 (0)",
            "i1_a 12.34 (2)",
            "i2_a -0.01 (2)",
            "p_w -2 (0)",
        ],
    );
}

#[test]
fn the_low_word_of_every_number_comes_first_where_the_profile_says_so() {
    check_numbers(
        "low_first",
        &[
            0x1EB8, 0x4366, 0x76C9, 0x9FBE, 0x240C, 0x40FE, 5, 6, 1, 0, 0xFFFE, 0xFFFF,
        ],
        &[
            "v1_v 230.1 (1)",
            "ea_import_wh 123456789 (0)",
            "i1_a 50 (0)",
            "i2_a 60 (0)",
            "p_w -2 (0)",
        ],
    );
}

#[test]
fn what_is_no_number_is_a_gap_and_what_is_no_scale_a_fault() {
    let nan = [0x7FC0, 0, 0x7FF8, 0, 0, 0, 1, 1, 0x8000, 0, 0, 7];
    check_numbers(
        "high_first",
        &nan,
        &[
            "v1_v - (1)",
            "ea_import_wh - (0)",
            "i1_a - (2)",
            "i2_a - (2)",
            "p_w 7 (0)",
        ],
    );
    let infinite = [0x7F80, 0, 0, 0, 0, 0, 1, 1, 0x7FFF, 0, 0, 7];
    check_numbers(
        "high_first",
        &infinite,
        &[
            "ea_import_wh 0 (0)",
            "p_w 7 (0)",
            "v1_v of circuit1 at register 0: the number is infinite",
            "i1_a of circuit1 at register 6: 32767 is no power of ten of a scale",
            "i2_a of circuit1 at register 7: 32767 is no power of ten of a scale",
        ],
    );
}
