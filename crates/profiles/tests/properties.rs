//! What holds for every profile, whatever is asked and whatever the device answers.

mod common;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use common::{Seeded, answers, noon};
use jiff::Timestamp;
use model::{Channel, Measurand, Unit};
use profiles::{
    Catalogue, ChannelValue, Decoded, DeviceProfile, PollClass, ReadPlan, RegisterBlock,
    RegisterImage, SimulatedIdentity, TableKey, ValueSource, check_file,
};
use proptest::prelude::*;

/// A shipped map behind a link with other limits.
#[derive(Debug, Clone, Copy)]
struct Map {
    id: &'static str,
    channels: &'static str,
    words_max: u16,
    hole_words_max: u16,
}

impl Map {
    fn digiware(words_max: u16) -> Self {
        Self {
            id: "socomec.digiware",
            channels: "circuit = 6\nnetwork = 1",
            words_max,
            hole_words_max: 0,
        }
    }

    fn profile(self) -> DeviceProfile {
        let text = format!(
            "schema = 1\nid = \"test.device\"\nextends = \"{}\"\nrevision = 1\n\
             title = \"Test\"\nmodels = [\"Test\"]\nclass = \"measurement\"\n\
             [channels]\n{}\n[link]\nwords_max = {}\nhole_words_max = {}\n",
            self.id, self.channels, self.words_max, self.hole_words_max
        );
        let profile = DeviceProfile::parse("test.toml", &text, &Catalogue::shipped());
        profile.expect("the profile is right")
    }
}

fn any_map() -> impl Strategy<Value = Map> {
    // The longest value that must not be torn has 12 words.
    let maps = proptest::sample::select(vec![
        ("socomec.digiware", "circuit = 6\nnetwork = 1"),
        ("socomec.diris.a10", "circuit = 1"),
        ("socomec.diris.a40", "circuit = 1"),
        ("socomec.countis.e23", "circuit = 1"),
    ]);
    (maps, 12u16..=125, 0u16..=60).prop_map(|((id, channels), words_max, hole_words_max)| Map {
        id,
        channels,
        words_max,
        hole_words_max,
    })
}

fn any_class() -> impl Strategy<Value = PollClass> {
    proptest::sample::select(PollClass::ALL.to_vec())
}

/// The channels of `profile` whose bit in `mask` is set.
fn some_channels(profile: &DeviceProfile, mask: u8) -> Vec<Channel> {
    let channels = profile.channels().iter().enumerate();
    channels
        .filter(|(index, _)| mask & (1 << index) != 0)
        .map(|(_, channel)| *channel)
        .collect()
}

fn keys(values: &[ChannelValue]) -> Vec<(Channel, Measurand)> {
    let mut keys: Vec<_> = values
        .iter()
        .map(|value| (value.channel, value.measurand))
        .collect();
    keys.sort();
    keys
}

fn offered(
    profile: &DeviceProfile,
    class: PollClass,
    channels: &[Channel],
) -> Vec<(Channel, Measurand)> {
    let mut offered: Vec<_> = channels
        .iter()
        .flat_map(|channel| {
            let infos = profile.measurands(*channel).iter();
            infos
                .filter(|info| info.class == class)
                .map(|info| (*channel, info.measurand))
        })
        .collect();
    offered.sort();
    offered
}

fn check_requests(plan: &ReadPlan, words_max: u16) {
    let mut end = 0;
    for request in &plan.requests {
        assert!((1..=words_max).contains(&request.count), "{request:?}");
        assert!(u32::from(request.start) >= end, "{request:?} overlaps");
        assert!(!request.tables.is_empty(), "{request:?} is of no table");
        end = u32::from(request.start) + u32::from(request.count);
        assert!(end <= 65_536, "{request:?} runs past the last register");
    }
}

proptest! {
    // Each case plays a whole device, so a few dozen have to do.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_value_comes_in_exactly_one_request(
        map in any_map(),
        class in any_class(),
        mask in any::<u8>(),
    ) {
        let profile = map.profile();
        let channels = some_channels(&profile, mask);
        let plan = profile.read_plan(class, &channels, &HashSet::new());
        check_requests(&plan, map.words_max);
        let memory = profile.encode(&Seeded(1), noon());
        let mut found = Vec::new();
        for request in &plan.requests {
            let alone = ReadPlan { requests: vec![request.clone()] };
            let mut image = answers(&memory, &alone);
            if image.blocks.is_empty() {
                // The request crosses a hole that the link allows and the memory does not.
                image = RegisterImage { blocks: vec![blank(request.start, request.count)] };
            }
            found.extend(keys(&profile.decode(&image, &channels).values));
        }
        found.sort();
        prop_assert_eq!(found, offered(&profile, class, &channels));
    }

    #[test]
    fn without_holes_every_request_stays_inside_the_declared_tables(
        words_max in 12u16..=125,
        class in any_class(),
        mask in any::<u8>(),
    ) {
        let profile = Map::digiware(words_max).profile();
        let channels = some_channels(&profile, mask);
        let memory = profile.encode(&Seeded(1), noon());
        for request in profile.read_plan(class, &channels, &HashSet::new()).requests {
            prop_assert!(memory.read(request.function, request.start, request.count).is_ok());
        }
    }

    #[test]
    fn an_absent_table_is_not_asked_for(
        map in any_map(),
        class in any_class(),
        seed in any::<u64>(),
    ) {
        let profile = map.profile();
        let all = profile.read_plan(class, profile.channels(), &HashSet::new());
        let tables: Vec<TableKey> = all.requests.iter().flat_map(|r| r.tables.clone()).collect();
        let absent: HashSet<TableKey> = tables
            .iter()
            .enumerate()
            .filter(|(index, _)| seed & (1 << (index % 64)) != 0)
            .map(|(_, key)| *key)
            .collect();
        let plan = profile.read_plan(class, profile.channels(), &absent);
        check_requests(&plan, map.words_max);
        let asked: HashSet<TableKey> =
            plan.requests.iter().flat_map(|r| r.tables.clone()).collect();
        prop_assert!(asked.is_disjoint(&absent));
        let expected: HashSet<TableKey> =
            tables.into_iter().filter(|key| !absent.contains(key)).collect();
        prop_assert_eq!(asked, expected);
    }

    #[test]
    fn what_a_device_measures_is_what_is_decoded(
        map in any_map(),
        class in any_class(),
        seed in any::<u64>(),
    ) {
        let profile = map.profile();
        let source = Seeded(seed);
        let memory = profile.encode(&source, noon());
        let plan = profile.read_plan(class, profile.channels(), &HashSet::new());
        let decoded = profile.decode(&answers(&memory, &plan), profile.channels());
        prop_assert_eq!(&decoded.faults, &[]);
        for value in decoded.values {
            let measured = source.value(value.channel, value.measurand);
            let (measured, shown) = (measured.unwrap(), value.value.unwrap());
            prop_assert!(
                (measured - shown).abs() <= half_a_step(&value),
                "{} of {}: {measured} became {shown}", value.measurand, value.channel
            );
            if let Some(at) = value.occurred_at {
                prop_assert_eq!(Some(at), source.occurred_at(value.channel, value.measurand));
            }
        }
    }

    #[test]
    fn no_value_makes_encode_panic(value in any::<f64>(), seconds in any::<i32>()) {
        let profile = Map::digiware(125).profile();
        let memory = profile.encode(&Constant(value, seconds), noon());
        for class in PollClass::ALL {
            let plan = profile.read_plan(class, profile.channels(), &HashSet::new());
            prop_assert_eq!(answers(&memory, &plan).blocks.len(), plan.requests.len());
        }
    }

    #[test]
    fn whatever_the_device_answers_each_value_is_shown_or_one_fault(
        map in any_map(),
        class in any_class(),
        words in proptest::collection::vec(any::<u16>(), 125),
    ) {
        let profile = map.profile();
        let plan = profile.read_plan(class, profile.channels(), &HashSet::new());
        let blocks = plan.requests.iter().map(|request| RegisterBlock {
            // A zero could stand in a load status and switch the load off.
            words: words[..request.count.into()].iter().map(|word| (*word).max(1)).collect(),
            ..blank(request.start, 0)
        });
        let image = RegisterImage { blocks: blocks.collect() };
        let Decoded { values, faults } = profile.decode(&image, profile.channels());
        let mut found = keys(&values);
        found.extend(faults.iter().map(|fault| (fault.channel, fault.measurand)));
        found.sort();
        prop_assert_eq!(found, offered(&profile, class, profile.channels()));
    }

    #[test]
    fn no_text_makes_the_reader_panic(
        line in 0usize..400,
        garbage in "[a-z0-9_=\"\\[\\]{}., -]{0,20}",
        replace in any::<bool>(),
    ) {
        let text = include_str!("../../../profiles/socomec/diris_a10.toml");
        let mut lines: Vec<&str> = text.lines().collect();
        let line = line % lines.len();
        if replace {
            lines[line] = &garbage;
        } else {
            lines.insert(line, &garbage);
        }
        let _ = check_file("garbage.toml", &lines.join("\n"));
    }
}

fn blank(start: u16, count: u16) -> RegisterBlock {
    RegisterBlock {
        function: profiles::ReadFunction::Holding,
        start,
        words: vec![1; count.into()],
        at: noon(),
    }
}

/// Half of the coarsest step that a register of this unit has.
fn half_a_step(value: &ChannelValue) -> f64 {
    let step = match value.measurand.unit() {
        Unit::Watt | Unit::Var | Unit::VoltAmpere => 10.0,
        Unit::Second => 36.0,
        Unit::WattHour | Unit::VarHour | Unit::VoltAmpereHour if value.decimals == 0 => 1000.0,
        _ => 10f64.powi(-i32::from(value.decimals)),
    };
    step / 2.0 + 1e-9
}

struct Constant(f64, i32);

impl ValueSource for Constant {
    fn value(&self, _: Channel, _: Measurand) -> Option<f64> {
        Some(self.0)
    }

    fn occurred_at(&self, _: Channel, _: Measurand) -> Option<Timestamp> {
        Timestamp::from_second(self.1.into()).ok()
    }

    fn is_enabled(&self, _: Channel) -> bool {
        true
    }

    fn identity(&self) -> SimulatedIdentity {
        SimulatedIdentity {
            product: "A name that is much too long for its registers — ∞".to_owned(),
            serial: "not-a-number".to_owned(),
            firmware: "1.x".to_owned(),
        }
    }
}

#[test]
fn every_channel_offers_each_value_once() {
    for profile in Catalogue::shipped().iter().map(Arc::as_ref) {
        for channel in profile.channels() {
            let mut seen = BTreeMap::new();
            for info in profile.measurands(*channel) {
                let first = seen.insert(info.measurand, info);
                assert!(
                    first.is_none(),
                    "{} twice in {}",
                    info.measurand,
                    profile.id()
                );
                assert!(!info.sources.is_empty());
            }
        }
    }
}
