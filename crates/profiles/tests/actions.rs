//! What devices can be told to do: which words the shipped profiles would write, and that a
//! simulated device understands exactly those.

use profiles::{
    ActionKind, Catalogue, DeviceProfile, ExceptionCode, Ordered, RegisterWrite, WriteFunction,
    Zeroed,
};

use std::sync::Arc;

const RESET: ActionKind = ActionKind::ResetPartialEnergies;

fn shipped(id: &str) -> Arc<DeviceProfile> {
    Catalogue::shipped().get(id).expect("a shipped profile")
}

fn single(address: u16, word: u16) -> RegisterWrite {
    RegisterWrite {
        function: WriteFunction::Single,
        address,
        word,
    }
}

fn multiple(address: u16, word: u16) -> RegisterWrite {
    RegisterWrite {
        function: WriteFunction::Multiple,
        ..single(address, word)
    }
}

/// Typed off the vendor's tables by hand (MON-21).
#[track_caller]
fn check(id: &str, channel: &str, expected: Option<&[RegisterWrite]>) {
    let channel = channel.parse().expect("a channel");
    let writes = shipped(id)
        .action(RESET, channel)
        .map(|action| action.writes);
    assert_eq!(writes.as_deref(), expected, "{id} {channel}");
}

#[test]
fn the_reset_of_partial_energies_is_the_one_of_the_vendors_tables() {
    let load = |offset: u16| [single(20096 + offset, 0x3F), multiple(20099 + offset, 0x3F)];
    check("socomec.digiware.i35", "circuit1", Some(&load(0)));
    check("socomec.digiware.i35", "circuit3", Some(&load(4096)));
    check("socomec.digiware.i45", "circuit4", Some(&load(6144)));
    check("socomec.digiware.s135", "circuit2", Some(&load(2048)));
    check(
        "socomec.diris.a10",
        "circuit1",
        Some(&[single(1024, 0x0F80)]),
    );
    check(
        "socomec.countis.e23",
        "circuit1",
        Some(&[single(57890, 0x1F)]),
    );
    check(
        "socomec.countis.e34",
        "circuit1",
        Some(&[single(57890, 0x1F)]),
    );
}

#[test]
fn what_no_table_documents_cannot_be_ordered() {
    // The A40's table does not say whether its reset spares the totals.
    check("socomec.diris.a40", "circuit1", None);
    check("socomec.digiware.u30", "network1", None);
    check("socomec.digiware.s135", "network1", None);
    check("socomec.digiware.i35", "circuit4", None);
    // Nothing is written where the registers are taken over unseen.
    check("socomec.diris.b10", "circuit1", None);
}

#[test]
fn a_simulated_device_understands_every_write_of_its_profile_and_no_other() {
    let mut n_writes = 0;
    for profile in Catalogue::shipped().iter() {
        for channel in profile.channels() {
            let Some(action) = profile.action(RESET, *channel) else {
                continue;
            };
            assert!(!action.sources.is_empty(), "{}", profile.id());
            for write in action.writes {
                n_writes += 1;
                let ordered = profile.ordered(write).expect("its own write");
                assert_eq!((ordered.kind, ordered.channel), (RESET, *channel));
                let other_word = RegisterWrite {
                    word: write.word ^ 0x8000,
                    ..write
                };
                assert_eq!(
                    profile.ordered(other_word),
                    Err(ExceptionCode::ILLEGAL_DATA_VALUE)
                );
            }
        }
    }
    let digiware_circuits = (3 + 3 + 4 + 4 + 6) + (3 + 3) + (4 + 1);
    assert_eq!(n_writes, 2 * digiware_circuits + 1 + 2);
    let profile = shipped("socomec.digiware.i35");
    let refusal = |write| profile.ordered(write).expect_err("no such write");
    assert_eq!(
        refusal(single(18432, 1)),
        ExceptionCode::ILLEGAL_DATA_ADDRESS
    );
    assert_eq!(
        refusal(multiple(20096, 0x3F)),
        ExceptionCode::ILLEGAL_FUNCTION
    );
}

#[test]
fn energies_and_tariffs_have_a_write_each_where_the_device_keeps_them_apart() {
    let profile = shipped("socomec.digiware.i35");
    let channel = "circuit2".parse().expect("a channel");
    for (write, zeroes) in [
        (single(22144, 0x3F), Zeroed::Energies),
        (multiple(22147, 0x3F), Zeroed::Tariffs),
    ] {
        let ordered = Ordered {
            kind: RESET,
            channel,
            zeroes,
        };
        assert_eq!(profile.ordered(write), Ok(ordered));
    }
}
