use std::time::Duration;

use profiles::LinkOptions;

use crate::peer::{
    Asked, NEVER, Peer, Reaction, SOON, assert_all_read, closes_after, codes, link, plan, says,
};

const UNIT: u8 = 5;

/// What a fault does to the connection.
#[derive(Debug, PartialEq)]
enum Connection {
    Kept,
    Ended,
}
use Connection::{Ended, Kept};

/// The peer does something wrong once: it costs that one request with that fault, and the next
/// sweep reads the right words.
async fn check(
    first_reaction: impl Fn(&Asked) -> Reaction + Send + 'static,
    timeout: Duration,
    expected_code: &str,
    expected: Connection,
) {
    let peer = Peer::start(move |number, asked| match number {
        0 => first_reaction(asked),
        _ => says(asked.answer()),
    })
    .await;
    let mut bus = peer.bus();

    let outcome = bus.read(UNIT, &plan(&[(100, 10)]), &link(timeout)).await;
    assert_eq!(codes(&outcome), [expected_code]);
    assert_eq!(outcome.image.blocks, []);
    assert_eq!(outcome.requests, 1);

    let next = plan(&[(200, 10), (300, 125), (0, 1)]);
    let outcome = bus.read(UNIT, &next, &link(NEVER)).await;
    assert_all_read(&outcome, &next);
    let connection = match peer.connections() {
        1 => Kept,
        _ => Ended,
    };
    assert_eq!(connection, expected);
}

#[tokio::test]
async fn an_answer_with_another_transaction_id_is_not_taken() {
    let other_id = |asked: &Asked| {
        let mut answer = asked.answer();
        answer[1] ^= 1;
        says(answer)
    };
    check(other_id, SOON, "timeout", Kept).await;
}

#[tokio::test]
async fn an_answer_of_another_unit_is_not_taken() {
    for other in [0, 4, 255] {
        let other_unit = move |asked: &Asked| {
            let mut answer = asked.answer();
            answer[6] = other;
            says(answer)
        };
        check(other_unit, NEVER, "malformed_answer", Kept).await;
    }
}

#[tokio::test]
async fn a_short_answer_is_not_taken() {
    let nine_words = |asked: &Asked| {
        let mut pdu = asked.answer_pdu();
        pdu.truncate(2 + 18);
        pdu[1] = 18;
        says(asked.frame(&pdu))
    };
    check(nine_words, NEVER, "malformed_answer", Kept).await;
    let announces_ten_brings_nine = |asked: &Asked| {
        let mut pdu = asked.answer_pdu();
        pdu.truncate(2 + 18);
        says(asked.frame(&pdu))
    };
    check(announces_ten_brings_nine, NEVER, "malformed_answer", Kept).await;
    let only_the_function = |asked: &Asked| says(asked.frame(&[3]));
    check(only_the_function, NEVER, "malformed_answer", Kept).await;
}

#[tokio::test]
async fn a_long_answer_is_not_taken() {
    let eleven_words = |asked: &Asked| {
        let mut pdu = asked.answer_pdu();
        pdu.extend([0, 0]);
        pdu[1] = 22;
        says(asked.frame(&pdu))
    };
    check(eleven_words, NEVER, "malformed_answer", Kept).await;
    let announces_ten_brings_eleven = |asked: &Asked| {
        let mut pdu = asked.answer_pdu();
        pdu.extend([0, 0]);
        says(asked.frame(&pdu))
    };
    check(announces_ten_brings_eleven, NEVER, "malformed_answer", Kept).await;
}

#[tokio::test]
async fn an_answer_to_another_function_is_not_taken() {
    let input_registers = |asked: &Asked| {
        let mut pdu = asked.answer_pdu();
        pdu[0] = 4;
        says(asked.frame(&pdu))
    };
    check(input_registers, NEVER, "malformed_answer", Kept).await;
}

#[tokio::test]
async fn a_length_of_65535_ends_the_connection_at_once() {
    let endless = |asked: &Asked| {
        let mut answer = asked.answer();
        answer[4..6].copy_from_slice(&[0xFF, 0xFF]);
        says(answer)
    };
    check(endless, NEVER, "malformed_frame", Ended).await;
}

#[tokio::test]
async fn a_frame_shorter_than_its_length_is_never_completed_by_the_next_one() {
    let half = |asked: &Asked| {
        let mut answer = asked.answer();
        answer.truncate(15);
        says(answer)
    };
    check(half, SOON, "timeout", Ended).await;
}

#[tokio::test]
async fn a_peer_that_speaks_something_else_loses_its_connection() {
    let web_server = |_: &Asked| says(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec());
    check(web_server, NEVER, "malformed_frame", Ended).await;
    let rtu_over_tcp = |asked: &Asked| {
        let check_sum = [0x12, 0x34];
        says([&[asked.unit_id], &asked.answer_pdu()[..], &check_sum].concat())
    };
    check(rtu_over_tcp, NEVER, "malformed_frame", Ended).await;
    let noise = |_: &Asked| says((0..200).map(|byte: u8| byte.wrapping_mul(167)).collect());
    check(noise, NEVER, "malformed_frame", Ended).await;
}

#[tokio::test]
async fn half_an_answer_before_the_end_is_a_lost_connection() {
    let half_then_end = |asked: &Asked| {
        let mut answer = asked.answer();
        answer.truncate(15);
        closes_after(answer)
    };
    check(half_then_end, NEVER, "connection_lost", Ended).await;
}

#[tokio::test]
async fn exceptions_keep_the_connection() {
    for (code, expected) in [
        (1, "exception_1"),
        (2, "exception_2"),
        (3, "exception_3"),
        (4, "exception_4"),
        (6, "exception_6"),
        (11, "exception_11"),
    ] {
        let exception = move |asked: &Asked| says(asked.frame(&[0x83, code]));
        check(exception, NEVER, expected, Kept).await;
    }
}

#[tokio::test]
async fn an_answer_after_its_time_is_not_taken_for_the_next_one() {
    // The peer is always one request behind: it never answers in time, and each of its answers
    // comes when the next one is awaited.
    let mut last: Option<Asked> = None;
    let peer = Peer::start(move |number, asked| {
        let late = last.replace(asked.clone()).map(|late| late.answer());
        let mut answers = late.unwrap_or_default();
        if number >= 5 {
            answers.extend(asked.answer());
        }
        says(answers)
    })
    .await;
    let mut bus = peer.bus();
    for number in 0..5 {
        let outcome = bus.read(UNIT, &plan(&[(number, 4)]), &link(SOON)).await;
        assert_eq!(codes(&outcome), ["timeout"]);
    }
    for number in 5..10 {
        let plan = plan(&[(number, 4), (2 * number, 4)]);
        let outcome = bus.read(UNIT, &plan, &link(NEVER)).await;
        assert_all_read(&outcome, &plan);
    }
    assert_eq!(peer.connections(), 1);
}

#[tokio::test]
async fn a_malformed_answer_is_asked_for_again_as_often_as_the_link_says() {
    let peer = Peer::start(|number, asked| match number {
        0 | 1 => says(asked.frame(&[3, 0])),
        2 => says(b"no frame at all".to_vec()),
        _ => says(asked.answer()),
    })
    .await;
    let options = LinkOptions {
        retries: 3,
        ..link(NEVER)
    };
    let plan = plan(&[(100, 10)]);
    let outcome = peer.bus().read(UNIT, &plan, &options).await;
    assert_all_read(&outcome, &plan);
    assert_eq!(outcome.requests, 4);
}

#[tokio::test]
async fn two_answers_at_once_are_taken_once() {
    let peer = Peer::start(|_, asked| says(asked.answer().repeat(2))).await;
    let mut bus = peer.bus();
    let plan = plan(&[(0, 100), (1, 100), (2, 100)]);
    for _ in 0..20 {
        let outcome = bus.read(UNIT, &plan, &link(NEVER)).await;
        assert_all_read(&outcome, &plan);
    }
    assert_eq!(peer.connections(), 1);
}

#[tokio::test]
async fn answers_in_reverse_find_their_requests_in_a_window() {
    let mut held = Vec::new();
    let peer = Peer::start(move |_, asked| {
        held.push(asked.answer());
        if held.len() < 4 {
            return says(Vec::new());
        }
        held.reverse();
        says(std::mem::take(&mut held).concat())
    })
    .await;
    let mut bus = peer.bus().with_window(4);
    let plan = plan(&[
        (0, 9),
        (10, 9),
        (20, 9),
        (30, 9),
        (40, 9),
        (50, 9),
        (60, 9),
        (70, 9),
    ]);
    let outcome = bus.read(UNIT, &plan, &link(NEVER)).await;
    assert_all_read(&outcome, &plan);
}

#[tokio::test]
async fn units_0_and_255_are_taken_where_the_profile_says_so() {
    let mut other = [0, 255].into_iter().cycle();
    let peer = Peer::start(move |_, asked| {
        let mut answer = asked.answer();
        answer[6] = other.next().unwrap();
        says(answer)
    })
    .await;
    let options = LinkOptions {
        any_unit_id: true,
        ..link(NEVER)
    };
    let plan = plan(&[(0, 10), (10, 10)]);
    let outcome = peer.bus().read(UNIT, &plan, &options).await;
    assert_all_read(&outcome, &plan);
}

#[tokio::test]
async fn a_silent_device_leaves_its_neighbours_the_connection() {
    let peer = Peer::start(|_, asked| match asked.unit_id {
        3 => says(Vec::new()),
        _ => says(asked.answer()),
    })
    .await;
    let mut bus = peer.bus();
    let plan = plan(&[(0, 10), (10, 10), (20, 10)]);
    for _ in 0..5 {
        let outcome = bus.read(3, &plan, &link(SOON)).await;
        assert_eq!(codes(&outcome), ["timeout"]);
        assert_eq!(outcome.requests, 1);
        let outcome = bus.read(4, &plan, &link(NEVER)).await;
        assert_all_read(&outcome, &plan);
    }
    assert_eq!(peer.connections(), 1);
}

#[tokio::test]
async fn a_request_that_cannot_be_sent_spoils_only_itself() {
    let peer = Peer::start(|_, asked| says(asked.answer())).await;
    let reads = plan(&[(0, 10), (0, 126), (20, 10)]);
    let outcome = peer.bus().read(UNIT, &reads, &link(NEVER)).await;
    assert_eq!(codes(&outcome), ["invalid_request"]);
    assert_eq!(outcome.image.blocks.len(), 2);
    assert_eq!(peer.requests(), 2);
}
