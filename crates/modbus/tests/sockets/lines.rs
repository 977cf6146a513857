//! RTU over TCP and over a serial line, against a peer that does one thing wrong.

use std::time::{Duration, Instant};

use profiles::LinkOptions;

use crate::line::{Act, Asked, Kind, LinePeer, Pty, say};
use crate::peer::{NEVER, assert_all_read, bus, codes, link, plan, word};

const UNIT: u8 = 5;
/// For tests that wait for the time-out itself; longer than a machine under load is held up.
const TIMEOUT: Duration = Duration::from_millis(150);

fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// The peer does something wrong once. It costs that one request with that fault, or nothing at
/// all, and the next sweep reads the right words.
async fn check(
    reaction: impl Fn(&Asked) -> Vec<Act> + Clone + Send + 'static,
    expected_code: Option<&str>,
) {
    for kind in Kind::ALL {
        let reaction = reaction.clone();
        let peer = LinePeer::start(kind, move |number, asked| match number {
            0 => reaction(asked),
            _ => say(asked.answer()),
        })
        .await;
        let mut bus = peer.bus();

        let first = plan(&[(100, 10)]);
        let outcome = bus.read(UNIT, &first, &link(TIMEOUT)).await;
        match expected_code {
            Some(code) => assert_eq!(codes(&outcome), [code], "{kind:?}"),
            None => assert_all_read(&outcome, &first),
        }

        let next = plan(&[(200, 10), (300, 125), (0, 1)]);
        let outcome = bus.read(UNIT, &next, &link(NEVER)).await;
        assert_all_read(&outcome, &next);
        assert_eq!(peer.connections(), 1);
    }
}

#[tokio::test]
async fn registers_are_read_over_both_kinds_of_lines() {
    check(|asked| say(asked.answer()), None).await;
}

#[tokio::test]
async fn noise_before_an_answer_costs_nothing() {
    for noise in [&[0][..], &[0xFF, 0x55, 0xFF], &[UNIT, 3], &[3, UNIT, 3, 20]] {
        check(move |asked| say([noise, &asked.answer()].concat()), None).await;
    }
}

#[tokio::test]
async fn noise_inside_an_answer_is_found_by_its_check_sum() {
    let struck = |asked: &Asked| {
        let mut answer = asked.answer();
        answer[11] ^= 0x04;
        say(answer)
    };
    check(struck, Some("malformed_answer")).await;
    let longer = |asked: &Asked| {
        let mut answer = asked.answer();
        answer.insert(11, 0x00);
        say(answer)
    };
    check(longer, Some("malformed_answer")).await;
}

#[tokio::test]
async fn a_wrong_check_sum_is_no_answer() {
    let wrong = |asked: &Asked| {
        let mut answer = asked.answer();
        let last = answer.len() - 1;
        answer.swap(last, last - 1);
        say(answer)
    };
    check(wrong, Some("malformed_answer")).await;
}

#[tokio::test]
async fn half_an_answer_is_none_and_its_rest_spoils_nothing() {
    let half = |asked: &Asked| say(asked.answer()[..12].to_vec());
    check(half, Some("timeout")).await;
    let rest_is_late = |asked: &Asked| {
        let answer = asked.answer();
        vec![
            Act::Say(answer[..12].to_vec()),
            Act::Wait(TIMEOUT * 2),
            Act::Say(answer[12..].to_vec()),
        ]
    };
    check(rest_is_late, Some("timeout")).await;
}

#[tokio::test]
async fn an_answer_in_two_pieces_is_taken() {
    let two_pieces = |asked: &Asked| {
        let answer = asked.answer();
        vec![
            Act::Say(answer[..2].to_vec()),
            Act::Wait(ms(10)),
            Act::Say(answer[2..].to_vec()),
        ]
    };
    check(two_pieces, None).await;
}

#[tokio::test]
async fn a_drip_that_takes_longer_than_the_answer_may_is_no_answer() {
    for kind in Kind::ALL {
        let peer = LinePeer::start(kind, |number, asked| match number {
            0 => vec![Act::Drip(asked.answer(), ms(30), 1)],
            _ => say(asked.answer()),
        })
        .await;
        let mut bus = peer.bus();
        let reads = plan(&[(100, 10), (200, 10)]);
        let outcome = bus.read(UNIT, &reads, &link(TIMEOUT)).await;
        assert_eq!(codes(&outcome), ["timeout"]);
        // The drip goes on and spoils what comes meanwhile, but nothing wrong is taken.
        let begin = Instant::now();
        loop {
            let outcome = bus.read(UNIT, &reads, &link(TIMEOUT)).await;
            for block in &outcome.image.blocks {
                let due: Vec<u16> = (block.start..).take(10).map(word).collect();
                assert_eq!(block.words, due);
            }
            if outcome.faults.is_empty() {
                break;
            }
            assert!(begin.elapsed() < Duration::from_secs(30));
        }
    }
}

#[tokio::test]
async fn an_answer_after_its_time_is_not_taken_for_the_next_one() {
    let late = |asked: &Asked| vec![Act::Wait(TIMEOUT * 4), Act::Say(asked.answer())];
    check(late, Some("timeout")).await;
}

#[tokio::test]
async fn an_answer_to_another_request_is_not_taken() {
    let other_unit = |asked: &Asked| {
        let unit_id = UNIT + 1;
        say(Asked {
            unit_id,
            ..asked.clone()
        }
        .answer())
    };
    check(other_unit, Some("timeout")).await;
    let other_function = |asked: &Asked| {
        let mut asked = asked.clone();
        asked.pdu[0] = 4;
        say(asked.answer())
    };
    check(other_function, Some("malformed_answer")).await;
    let other_length = |asked: &Asked| {
        let mut asked = asked.clone();
        asked.pdu[4] += 1;
        say(asked.answer())
    };
    check(other_length, Some("malformed_answer")).await;
}

#[tokio::test]
async fn an_adapter_that_hears_itself_costs_nothing() {
    let echo = |asked: &Asked| {
        let echo = asked.frame(&asked.pdu);
        vec![Act::Say(echo), Act::Wait(ms(20)), Act::Say(asked.answer())]
    };
    check(echo, None).await;
}

#[tokio::test]
async fn exceptions_are_answers() {
    check(|asked| say(asked.frame(&[0x83, 2])), Some("exception_2")).await;
    check(|asked| say(asked.frame(&[0x83, 11])), Some("exception_11")).await;
}

#[tokio::test]
async fn a_line_that_never_falls_silent_is_left_in_time_and_found_when_it_does() {
    for kind in Kind::ALL {
        let peer = LinePeer::start(kind, |number, asked| match number {
            0 => vec![Act::Drip(vec![UNIT, 3, 250], ms(1), 200)],
            _ => say(asked.answer()),
        })
        .await;
        let mut bus = peer.bus();
        let reads = plan(&[(100, 10), (200, 10)]);
        // Silence is what a device asks for, since a machine under load makes some of its own.
        let options = LinkOptions {
            pause_between: ms(50),
            ..link(TIMEOUT)
        };
        let begin = Instant::now();
        let outcome = bus.read(UNIT, &reads, &options).await;
        // A half frame where the machine held the peer up between two of its bytes.
        assert!(matches!(codes(&outcome)[0], "malformed_frame" | "timeout"));
        let outcome = bus.read(UNIT + 1, &reads, &options).await;
        // A timeout where the machine held the peer up for so long that it was asked.
        assert!(matches!(codes(&outcome)[0], "malformed_frame" | "timeout"));
        assert!(begin.elapsed() < Duration::from_secs(10));
        loop {
            let outcome = bus.read(UNIT + 2, &reads, &options).await;
            if outcome.faults.is_empty() {
                assert_all_read(&outcome, &reads);
                break;
            }
            assert!(begin.elapsed() < Duration::from_secs(30));
        }
    }
}

#[tokio::test]
async fn a_silent_device_leaves_its_neighbours_the_line() {
    for kind in Kind::ALL {
        let peer = LinePeer::start(kind, |_, asked| match asked.unit_id {
            3 => Vec::new(),
            _ => say(asked.answer()),
        })
        .await;
        let mut bus = peer.bus();
        let plan = plan(&[(0, 10), (10, 10), (20, 10)]);
        for _ in 0..3 {
            let begin = Instant::now();
            let outcome = bus.read(3, &plan, &link(TIMEOUT)).await;
            assert_eq!(codes(&outcome), ["timeout"]);
            let outcome = bus.read(4, &plan, &link(NEVER)).await;
            assert_all_read(&outcome, &plan);
            assert!(begin.elapsed() >= TIMEOUT);
        }
        assert_eq!(peer.connections(), 1);
        assert_eq!(peer.requests(), 3 * 4);
    }
}

#[tokio::test]
async fn a_probe_costs_its_patience_and_is_not_repeated() {
    for kind in Kind::ALL {
        let peer = LinePeer::start(kind, |_, _| Vec::new()).await;
        let options = LinkOptions {
            retries: 3,
            ..link(NEVER)
        };
        let plan = plan(&[(0, 10), (10, 10)]);
        let patience = modbus::patience(Some(ms(30)), &options);
        let outcome = peer.bus().probe(UNIT, &plan, &options, patience).await;
        assert_eq!(codes(&outcome), ["timeout"]);
        assert_eq!(outcome.requests, 1);
    }
}

#[tokio::test]
async fn what_is_written_is_confirmed_by_its_echo() {
    for kind in Kind::ALL {
        let peer = LinePeer::start(kind, |_, asked| say(asked.frame(&asked.pdu[..5]))).await;
        let mut bus = peer.bus();
        bus.write_single(UNIT, 7, 0xABCD, &link(NEVER))
            .await
            .unwrap();
        bus.write_multiple(UNIT, 7, &[1, 2, 3], &link(NEVER))
            .await
            .unwrap();
        assert_eq!(peer.requests(), 2);
    }
}

#[tokio::test]
async fn a_converter_that_closes_idle_connections_is_not_at_fault() {
    let peer = LinePeer::start(Kind::OverTcp, |number, asked| match number % 3 {
        2 => vec![Act::Say(asked.answer()), Act::Close],
        _ => say(asked.answer()),
    })
    .await;
    let mut bus = peer.bus();
    let plan = plan(&[(0, 10), (10, 10), (20, 10)]);
    for sweeps in 1..=4 {
        let outcome = bus.read(UNIT, &plan, &link(NEVER)).await;
        assert_all_read(&outcome, &plan);
        assert_eq!(peer.connections(), sweeps);
    }
}

#[tokio::test]
async fn a_late_answer_over_the_next_connection_is_not_taken() {
    // A converter hands it to whoever is connected.
    let mut held = None;
    let peer = LinePeer::start(Kind::OverTcp, move |number, asked| match number {
        0 => {
            held = Some(asked.answer());
            vec![Act::Close]
        }
        1 => vec![
            Act::Say(held.take().unwrap_or_default()),
            Act::Wait(ms(20)),
            Act::Say(asked.answer()),
        ],
        _ => say(asked.answer()),
    })
    .await;
    let mut bus = peer.bus();
    let outcome = bus.read(UNIT, &plan(&[(0, 10)]), &link(NEVER)).await;
    assert_eq!(codes(&outcome), ["connection_lost"]);
    let plan = plan(&[(50, 10), (60, 10)]);
    let outcome = bus.read(UNIT, &plan, &link(NEVER)).await;
    assert_all_read(&outcome, &plan);
    assert_eq!(peer.connections(), 2);
}

#[tokio::test]
async fn a_read_dropped_half_way_spoils_nothing_after_it() {
    for kind in Kind::ALL {
        let mut held = None;
        let peer = LinePeer::start(kind, move |number, asked| match number {
            0 => {
                held = Some(asked.answer());
                Vec::new()
            }
            // The answer held back comes first.
            1 => say([held.take().unwrap_or_default(), asked.answer()].concat()),
            _ => say(asked.answer()),
        })
        .await;
        let mut bus = peer.bus();
        let options = link(NEVER);
        let first = plan(&[(0, 10)]);
        let peer_was_asked = async {
            while peer.requests() == 0 {
                tokio::time::sleep(ms(1)).await;
            }
        };
        tokio::select! {
            _ = bus.read(UNIT, &first, &options) => panic!("nobody answered"),
            () = peer_was_asked => {}
        }
        let second = plan(&[(50, 10), (60, 10)]);
        let outcome = bus.read(UNIT, &second, &options).await;
        assert_all_read(&outcome, &second);
    }
}

#[tokio::test]
async fn a_serial_port_that_is_not_there_is_told_as_such() {
    let Pty { endpoint, .. } = Pty::new();
    let mut bus = bus(endpoint);
    let outcome = bus.read(UNIT, &plan(&[(0, 1)]), &link(NEVER)).await;
    assert_eq!(codes(&outcome), ["no_such_port"]);
}

#[tokio::test]
async fn a_serial_adapter_that_is_unplugged_is_a_lost_connection() {
    let pty = Pty::new();
    let mut bus = bus(pty.endpoint.clone());
    let unplug = async {
        tokio::time::sleep(ms(20)).await;
        drop(pty);
    };
    let reads = plan(&[(0, 1)]);
    let options = link(NEVER);
    let (outcome, ()) = tokio::join!(bus.read(UNIT, &reads, &options), unplug);
    assert_eq!(codes(&outcome), ["connection_lost"]);
    let outcome = bus.read(UNIT, &reads, &options).await;
    assert_eq!(codes(&outcome), ["no_such_port"]);
}
