use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::duplex;
use tokio::time::{sleep, sleep_until, timeout};

use super::*;
use crate::conversation::{LineTiming, RtuConversation};
use crate::rtu::encode_frame;
use crate::{FramingFault, MalformedAnswer, Parity, RequestFault, SerialPort, StopBits};

const UNIT: u8 = 5;
/// Longer than any silence before a request over TCP, timers being exact to a millisecond.
const SILENCE_AT_MOST: Duration = Duration::from_millis(3);

fn timing(baud_rate: u32) -> LineTiming {
    LineTiming::of_port(&SerialPort {
        path: String::new(),
        baud_rate,
        parity: Parity::Even,
        stop_bits: StopBits::One,
    })
}

fn connect_with(timing: LineTiming) -> (Client, Peer) {
    let (ours, theirs) = duplex(4096);
    let conversation = Box::new(RtuConversation::new(timing, Instant::now()));
    (Client::new(ours, conversation), Peer(theirs))
}

fn connect() -> (Client, Peer) {
    connect_with(LineTiming::over_tcp())
}

/// The far end of the line.
struct Peer(DuplexStream);

/// A request of eight bytes as the peer saw it.
#[derive(Debug, Clone, Copy)]
struct Asked {
    unit_id: u8,
    function: u8,
    register: u16,
    count: u16,
    at: Instant,
}

impl Asked {
    fn frame(self, body: &[u8]) -> Vec<u8> {
        let mut frame = Vec::new();
        encode_frame(self.unit_id, |pdu| pdu.extend_from_slice(body), &mut frame);
        frame
    }

    fn answer(self) -> Vec<u8> {
        let words = (self.register..).take(self.count.into()).map(word);
        let body: Vec<u8> = [self.function, 2 * self.count as u8]
            .into_iter()
            .chain(words.flat_map(u16::to_be_bytes))
            .collect();
        self.frame(&body)
    }

    fn exception(self, code: u8) -> Vec<u8> {
        self.frame(&[self.function | 0x80, code])
    }
}

impl Peer {
    async fn asked(&mut self) -> Asked {
        let mut frame = [0; 8];
        self.0.read_exact(&mut frame).await.unwrap();
        Asked {
            unit_id: frame[0],
            function: frame[1],
            register: u16::from_be_bytes([frame[2], frame[3]]),
            count: u16::from_be_bytes([frame[4], frame[5]]),
            at: Instant::now(),
        }
    }

    async fn say(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.unwrap();
    }

    async fn answer_next(&mut self) -> Asked {
        let asked = self.asked().await;
        self.say(&asked.answer()).await;
        asked
    }

    /// Says for each request what `react` says, that much later, in the order of the requests.
    fn react(mut self, mut react: impl FnMut(Asked) -> (Duration, Vec<u8>) + Send + 'static) {
        tokio::spawn(async move {
            let mut queue: VecDeque<(Instant, Vec<u8>)> = VecDeque::new();
            let mut frame = [0; 8];
            let mut filled = 0;
            loop {
                let due = queue.front().map(|(due, _)| *due);
                tokio::select! {
                    read = self.0.read(&mut frame[filled..]) => match read {
                        Ok(count @ 1..) => filled += count,
                        _ => break,
                    },
                    () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                        let (_, bytes) = queue.pop_front().unwrap();
                        if self.0.write_all(&bytes).await.is_err() {
                            break;
                        }
                    }
                }
                if filled == frame.len() {
                    filled = 0;
                    let asked = Asked {
                        unit_id: frame[0],
                        function: frame[1],
                        register: u16::from_be_bytes([frame[2], frame[3]]),
                        count: u16::from_be_bytes([frame[4], frame[5]]),
                        at: Instant::now(),
                    };
                    let (latency, bytes) = react(asked);
                    queue.push_back((asked.at + latency, bytes));
                }
            }
        });
    }

    fn answer_all_after(self, latency: Duration) {
        self.react(move |asked| (latency, asked.answer()));
    }
}

/// The first words of reads, as [`summary`] shows them.
fn words(starts: impl IntoIterator<Item = u16>) -> String {
    let words: Vec<String> = starts
        .into_iter()
        .map(|start| word(start).to_string())
        .collect();
    words.join(" ")
}

#[tokio::test(start_paused = true)]
async fn registers_are_read_one_request_after_the_other() {
    let (mut client, peer) = connect();
    peer.answer_all_after(ms(20));
    let (results, end) = client
        .read(UNIT, [(0, 1), (7, 12), (100, 125)], &link(100, 0))
        .await;
    end.unwrap();
    assert_eq!(summary(&results), words([0, 7, 100]));
    assert_eq!(results.requests_sent, 3);
    assert_eq!(results.latency, Some(ms(20)));
}

#[track_caller]
fn check_silence(timing: LineTiming, silence_micros: u64) {
    let silence = Duration::from_micros(silence_micros);
    in_paused_time(async {
        let (mut client, mut peer) = connect_with(timing);
        tokio::spawn(async move {
            let mut spoken_at: Option<Instant> = None;
            loop {
                let asked = peer.asked().await;
                if let Some(spoken_at) = spoken_at {
                    assert!(asked.at - spoken_at >= silence);
                    assert!(asked.at - spoken_at <= silence + ms(1));
                }
                peer.say(&asked.answer()).await;
                spoken_at = Some(Instant::now());
            }
        });
        for _ in 0..3 {
            let (results, end) = client.read(UNIT, [(0, 1), (1, 9)], &link(500, 0)).await;
            end.unwrap();
            assert_eq!(summary(&results), words([0, 1]));
        }
    });
}

#[test]
fn the_line_is_silent_for_three_and_a_half_characters_before_each_request() {
    check_silence(timing(1200), 32_083);
    check_silence(timing(9600), 4010);
    check_silence(timing(19_200), 2005);
}

#[test]
fn on_fast_lines_and_over_tcp_the_silence_has_a_least_length() {
    check_silence(timing(38_400), 1750);
    check_silence(timing(115_200), 1750);
    check_silence(LineTiming::over_tcp(), 1750);
}

#[tokio::test(start_paused = true)]
async fn nobody_is_spoken_over() {
    let (mut client, mut peer) = connect();
    let options = link(100, 0);
    let peer = async {
        // Somebody else is speaking when the sweep begins, with a byte each millisecond.
        for _ in 0..30 {
            peer.say(&[0x55]).await;
            sleep(ms(1)).await;
        }
        let spoken_at = Instant::now() - ms(1);
        let asked = peer.answer_next().await;
        assert!(asked.at - spoken_at >= Duration::from_micros(1750));
        peer
    };
    let ((results, end), _peer) = tokio::join!(client.read(UNIT, [(3, 1)], &options), peer);
    end.unwrap();
    assert_eq!(summary(&results), words([3]));
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_the_device_needs_is_longer_than_the_silence() {
    let (mut client, peer) = connect();
    peer.answer_all_after(Duration::ZERO);
    let options = LinkOptions {
        pause_between: ms(30),
        ..link(100, 0)
    };
    let begin = Instant::now();
    client
        .read(UNIT, [(0, 1), (1, 1), (2, 1)], &options)
        .await
        .1
        .unwrap();
    assert!((ms(90)..ms(93)).contains(&begin.elapsed()));
}

/// The device answers right after `noise`; `pause` lies between.
async fn check_noise(noise: &[u8], pause: Duration) {
    let (mut client, mut peer) = connect();
    let options = link(400, 0);
    let peer = async {
        for _ in 0..3 {
            let asked = peer.asked().await;
            peer.say(noise).await;
            sleep(pause).await;
            peer.say(&asked.answer()).await;
        }
        peer
    };
    let reads = [(1, 3), (2, 3), (3, 3)];
    let ((results, end), _peer) = tokio::join!(client.read(UNIT, reads, &options), peer);
    end.unwrap();
    assert_eq!(summary(&results), words([1, 2, 3]), "after {noise:02X?}");
    assert_eq!(results.requests_sent, 3);
}

#[tokio::test(start_paused = true)]
async fn noise_before_an_answer_is_skipped() {
    for pause in [Duration::ZERO, ms(1), ms(200)] {
        check_noise(&[0x00], pause).await;
        check_noise(&[0xFF, 0x00, 0xFF], pause).await;
        // The beginning of a frame, and of one that is never complete.
        check_noise(&[UNIT, 3], pause).await;
        check_noise(&[UNIT, 3, 250], pause).await;
        // An adapter that hears itself: the request comes back.
        check_noise(&[UNIT, 3, 0, 1, 0, 3, 0x54, 0x4F], pause).await;
    }
}

#[tokio::test(start_paused = true)]
async fn noise_that_looks_like_a_long_frame_costs_no_more_than_a_silence() {
    let (mut client, mut peer) = connect();
    let options = link(400, 0);
    let peer = async {
        let asked = peer.asked().await;
        peer.say(&[&[UNIT, 3, 250][..], &asked.answer()].concat())
            .await;
        peer
    };
    let begin = Instant::now();
    let ((results, _), _peer) = tokio::join!(client.read(UNIT, [(1, 3)], &options), peer);
    assert_eq!(summary(&results), words([1]));
    assert!(begin.elapsed() <= ms(50) + SILENCE_AT_MOST);
}

/// The first answer is damaged by `damage`; `expected` shows what becomes of the request without
/// and with a retry, and the next request is read right at once.
async fn check_damage(damage: impl Fn(&mut Vec<u8>), expected: [&str; 2], waited: Duration) {
    for (retries, expected) in expected.into_iter().enumerate() {
        let (mut client, mut peer) = connect();
        let options = link(200, retries as u8);
        let peer = async {
            let asked = peer.asked().await;
            let mut answer = asked.answer();
            damage(&mut answer);
            peer.say(&answer).await;
            if retries > 0 {
                let again = peer.answer_next().await;
                assert!(again.at - asked.at <= waited);
            }
            peer
        };
        let ((results, end), peer) = tokio::join!(client.read(UNIT, [(1, 3)], &options), peer);
        end.unwrap();
        assert_eq!(summary(&results), expected);
        peer.answer_all_after(ms(10));
        let (results, _) = client.read(UNIT, [(7, 3), (8, 3)], &options).await;
        assert_eq!(summary(&results), words([7, 8]));
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrong_check_sum_is_known_when_the_line_is_silent() {
    let right = word(1).to_string();
    let flip = |position: usize| move |answer: &mut Vec<u8>| answer[position] ^= 0x10;
    let expected = ["malformed_answer", &right];
    for position in [0, 1, 4, 9, 10] {
        check_damage(flip(position), expected, ms(50) + 2 * SILENCE_AT_MOST).await;
    }
}

#[tokio::test(start_paused = true)]
async fn half_an_answer_is_none() {
    let right = word(1).to_string();
    let half = |answer: &mut Vec<u8>| answer.truncate(6);
    // The whole time-out, and the quiet after it.
    check_damage(half, ["timeout", &right], ms(300) + SILENCE_AT_MOST).await;
}

#[tokio::test(start_paused = true)]
async fn a_right_frame_of_another_length_is_not_taken() {
    let longer = |answer: &mut Vec<u8>| {
        let asked = Asked {
            unit_id: UNIT,
            function: 3,
            register: 1,
            count: 4,
            at: Instant::now(),
        };
        *answer = asked.answer();
    };
    let right = word(1).to_string();
    check_damage(longer, ["malformed_answer", &right], SILENCE_AT_MOST).await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_another_unit_is_not_taken() {
    let other_unit = |answer: &mut Vec<u8>| {
        let asked = Asked {
            unit_id: UNIT + 1,
            function: 3,
            register: 1,
            count: 3,
            at: Instant::now(),
        };
        *answer = asked.answer();
    };
    let right = word(1).to_string();
    check_damage(other_unit, ["timeout", &right], ms(300) + SILENCE_AT_MOST).await;
}

#[tokio::test(start_paused = true)]
async fn the_rest_of_an_answer_that_comes_late_is_dropped() {
    let (mut client, mut peer) = connect();
    let options = link(100, 0);
    let peer = async {
        let asked = peer.asked().await;
        let answer = asked.answer();
        peer.say(&answer[..6]).await;
        sleep(ms(250)).await;
        peer.say(&answer[6..]).await;
        peer
    };
    let reads = async {
        let (results, end) = client.read(UNIT, [(1, 3)], &options).await;
        end.unwrap();
        assert_eq!(summary(&results), "timeout");
        sleep(ms(151)).await;
    };
    let (peer, ()) = tokio::join!(peer, reads);
    peer.answer_all_after(ms(10));
    let (results, _) = client.read(UNIT, [(7, 3)], &options).await;
    assert_eq!(summary(&results), words([7]));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_drips_in_within_its_time_is_taken() {
    let (mut client, mut peer) = connect();
    let options = link(200, 0);
    let peer = async {
        for byte in peer.asked().await.answer() {
            sleep(ms(15)).await;
            peer.say(&[byte]).await;
        }
        peer
    };
    let ((results, end), _peer) = tokio::join!(client.read(UNIT, [(1, 3)], &options), peer);
    end.unwrap();
    assert_eq!(summary(&results), words([1]));
}

#[tokio::test(start_paused = true)]
async fn a_line_that_is_never_silent_is_left_in_time() {
    for drip in [ms(1), ms(20), ms(49)] {
        let (mut client, mut peer) = connect();
        let options = LinkOptions {
            pause_between: ms(50),
            ..link(100, 1)
        };
        tokio::spawn(async move {
            while peer.0.write_all(&[0x03]).await.is_ok() {
                sleep(drip).await;
            }
        });
        let begin = Instant::now();
        let (_, end) = client.read(UNIT, [(1, 3)], &options).await;
        assert!(matches!(
            end,
            Err(Broken::Framing(FramingFault::NeverSilent { .. }))
        ));
        assert!(begin.elapsed() <= ms(150));
    }
}

#[tokio::test(start_paused = true)]
async fn noise_without_end_in_place_of_an_answer_is_left_in_time() {
    let (mut client, mut peer) = connect();
    let options = link(100, 0);
    tokio::spawn(async move {
        peer.asked().await;
        // The beginning of a long frame over and over again.
        while peer.0.write_all(&[UNIT, 3, 250]).await.is_ok() {
            sleep(ms(1)).await;
        }
    });
    let begin = Instant::now();
    let (results, end) = client.read(UNIT, [(1, 3)], &options).await;
    end.unwrap();
    assert_eq!(summary(&results), "timeout");
    assert!(begin.elapsed() <= ms(100) + SILENCE_AT_MOST);
    // The next device finds the line as it is.
    let (_, end) = client.read(UNIT + 1, [(1, 3)], &options).await;
    assert!(matches!(
        end,
        Err(Broken::Framing(FramingFault::NeverSilent { .. }))
    ));
    assert!(begin.elapsed() <= ms(100 + 200) + 2 * SILENCE_AT_MOST);
}

/// Reads equally long blocks from a device whose answers always come after `latency`.
async fn check_latency(latency: Duration, timeout: Duration, retries: u8) {
    let (mut client, peer) = connect();
    peer.answer_all_after(latency);
    let options = LinkOptions {
        timeout,
        ..link(0, retries)
    };
    let mut n_read = 0;
    for sweep in 0..20 {
        let starts = [10 * sweep, 10 * sweep + 200, 10 * sweep + 400];
        let reads = starts.map(|start| (start, 9));
        let (results, end) = client.read(UNIT, reads, &options).await;
        end.unwrap();
        for (start, result) in starts.into_iter().zip(&results.results) {
            if let Some(Ok(answered)) = result {
                let due: Vec<u16> = (start..).take(9).map(word).collect();
                assert_eq!(answered.words, due, "{latency:?} {timeout:?} {retries}");
                n_read += 1;
            }
        }
        // Sweeps follow each other at odd times.
        sleep(ms(u64::from(37 * sweep % 101))).await;
    }
    if latency < timeout {
        assert_eq!(n_read, 60);
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_after_its_time_is_never_taken_for_the_next_one() {
    for retries in 0..3 {
        for latency_ms in (10..1000).step_by(10) {
            check_latency(ms(latency_ms), ms(101), retries).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_comes_while_the_line_is_quiet_serves_the_retry() {
    let (mut client, peer) = connect();
    peer.answer_all_after(ms(150));
    let (results, end) = client.read(UNIT, [(1, 3)], &link(100, 1)).await;
    end.unwrap();
    assert_eq!(summary(&results), words([1]));
    assert_eq!(results.requests_sent, 1);
    assert_eq!(results.latency, Some(ms(150)));
}

#[tokio::test(start_paused = true)]
async fn a_device_that_answers_again_is_asked_one_question_more() {
    let (mut client, peer) = connect();
    let is_back = Arc::new(AtomicBool::new(false));
    let says_so = Arc::clone(&is_back);
    peer.react(move |asked| {
        let is_back = says_so.load(Ordering::Relaxed);
        let says = if is_back { asked.answer() } else { Vec::new() };
        (ms(10), says)
    });
    let options = link(100, 1);
    for _ in 0..3 {
        let (results, end) = client.read(UNIT, [(1, 3), (2, 3)], &options).await;
        end.unwrap();
        assert_eq!(summary(&results), "timeout -");
    }
    is_back.store(true, Ordering::Relaxed);
    let (results, _) = client.read(UNIT, [(1, 3), (2, 3)], &options).await;
    assert_eq!(summary(&results), words([1, 2]));
    assert_eq!(results.requests_sent, 3);
    let (results, _) = client.read(UNIT, [(1, 3), (2, 3)], &options).await;
    assert_eq!(results.requests_sent, 2);
}

#[tokio::test(start_paused = true)]
async fn a_silent_device_costs_its_neighbours_a_time_out_and_a_short_quiet() {
    let (mut client, peer) = connect();
    peer.react(|asked| {
        let says = if asked.unit_id == UNIT {
            Vec::new()
        } else {
            asked.answer()
        };
        (ms(10), says)
    });
    let begin = Instant::now();
    let (results, end) = client.read(UNIT, [(1, 3), (2, 3)], &link(200, 0)).await;
    end.unwrap();
    assert_eq!(summary(&results), "timeout -");
    let (results, end) = client.read(UNIT + 1, [(1, 3)], &link(200, 0)).await;
    end.unwrap();
    assert_eq!(summary(&results), words([1]));
    assert_eq!(results.requests_sent, 1);
    assert!(begin.elapsed() <= ms(200 + 100 + 10) + 2 * SILENCE_AT_MOST);
}

#[tokio::test(start_paused = true)]
async fn an_exception_is_an_answer_and_the_sweep_goes_on() {
    let (mut client, peer) = connect();
    peer.react(|asked| match asked.register {
        2 => (ms(10), asked.exception(2)),
        _ => (ms(10), asked.answer()),
    });
    let (results, end) = client
        .read(UNIT, [(1, 3), (2, 3), (3, 3)], &link(100, 3))
        .await;
    end.unwrap();
    assert_eq!(
        summary(&results),
        format!("{} exception_2 {}", word(1), word(3))
    );
}

#[tokio::test(start_paused = true)]
async fn a_late_exception_is_not_taken_for_the_next_one() {
    let (mut client, peer) = connect();
    let mut is_first = true;
    peer.react(move |asked| {
        // A converter gives up later than its client, and says so.
        if std::mem::take(&mut is_first) {
            (ms(350), asked.exception(11))
        } else {
            (ms(10), asked.answer())
        }
    });
    let (results, _) = client.read(UNIT, [(1, 3)], &link(100, 0)).await;
    assert_eq!(summary(&results), "timeout");
    let (results, _) = client.read(UNIT, [(2, 3)], &link(300, 0)).await;
    assert_eq!(summary(&results), words([2]));
    // One to hear where the device is, one for the registers.
    assert_eq!(results.requests_sent, 2);
}

#[tokio::test(start_paused = true)]
async fn a_device_whose_exceptions_cannot_be_assigned_is_let_be_until_they_can() {
    let (mut client, peer) = connect();
    let mut n_asked = 0;
    peer.react(move |asked| {
        n_asked += 1;
        match n_asked {
            1 => (ms(10), Vec::new()),
            _ => (ms(10), asked.exception(2)),
        }
    });
    let options = link(100, 0);
    let mut sweep = async || {
        let (results, end) = client.read(UNIT, [(1, 3)], &options).await;
        end.unwrap();
        (summary(&results), results.requests_sent)
    };
    assert_eq!(sweep().await, ("timeout".to_owned(), 1));
    // The exception may be the answer to the first request, or to this one.
    assert_eq!(sweep().await, ("malformed_answer".to_owned(), 1));
    for _ in 0..9 {
        assert_eq!(sweep().await, ("malformed_answer".to_owned(), 0));
        sleep(Duration::from_secs(1)).await;
    }
    sleep(Duration::from_secs(1)).await;
    assert_eq!(sweep().await, ("exception_2".to_owned(), 1));
}

#[tokio::test(start_paused = true)]
async fn a_dead_device_is_not_asked_without_end() {
    let (mut client, peer) = connect();
    peer.react(|_| (ms(1), Vec::new()));
    let mut requests_sent = 0;
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(10) {
        let (results, end) = client.read(UNIT, [(1, 60)], &link(10, 5)).await;
        end.unwrap();
        assert_eq!(summary(&results), "timeout");
        requests_sent += results.requests_sent;
        sleep(ms(1)).await;
    }
    assert_eq!(requests_sent, 8);
    sleep(Duration::from_secs(10)).await;
    let (results, _) = client.read(UNIT, [(1, 60)], &link(10, 5)).await;
    assert_eq!(results.requests_sent, 6);
}

#[tokio::test(start_paused = true)]
async fn a_slow_line_has_the_time_that_its_characters_take() {
    // 11 bits each: 8 characters there and 255 back are under way for 2.4 s.
    let (mut client, mut peer) = connect_with(timing(1200));
    let character = Duration::from_secs(11) / 1200;
    let peer = async {
        let asked = peer.asked().await;
        sleep(ms(99) + 8 * character).await;
        for byte in asked.answer() {
            sleep(character).await;
            peer.say(&[byte]).await;
        }
        peer
    };
    let options = link(1000, 0);
    let ((results, end), _peer) = tokio::join!(client.read(UNIT, [(0, 125)], &options), peer);
    end.unwrap();
    assert_eq!(summary(&results), words([0]));
}

#[tokio::test(start_paused = true)]
async fn a_write_is_not_confirmed_by_the_answer_to_another_one() {
    let (mut client, mut peer) = connect();
    let options = link(100, 3);
    let write = |word| [Request::write_single(7, word)];
    let peer = async {
        let asked = peer.asked().await;
        sleep(ms(300)).await;
        // As late as can be, right when the next write would be under way.
        peer.say(&asked.frame(&[6, 0, 7, 0, 1])).await;
        assert!(timeout(ms(500), peer.asked()).await.is_err());
        peer
    };
    let writes = async {
        let (results, _) = client.sweep(UNIT, write(1), &options).await;
        assert_eq!(summary(&results), "timeout");
        assert_eq!(results.requests_sent, 1);
        let (results, _) = client.sweep(UNIT, write(1), &options).await;
        assert!(matches!(
            results.results[..],
            [Some(Err(RequestFault::StillOwes { unit_id: UNIT }))]
        ));
        assert_eq!(results.requests_sent, 0);
        sleep(ms(150)).await;
    };
    let (mut peer, ()) = tokio::join!(peer, writes);
    // Once the late answer has come, nothing is in doubt.
    let peer = async {
        let asked = peer.asked().await;
        peer.say(&asked.frame(&[6, 0, 7, 0, 2])).await;
    };
    let ((results, _), ()) = tokio::join!(client.sweep(UNIT, write(2), &options), peer);
    assert_eq!(summary(&results), "written");
}

#[tokio::test(start_paused = true)]
async fn what_came_instead_of_an_answer_says_so() {
    let (mut client, mut peer) = connect();
    let options = link(100, 0);
    let peer = async {
        let mut answer = peer.asked().await.answer();
        answer[5] ^= 1;
        peer.say(&answer).await;
        peer
    };
    let ((results, _), _peer) = tokio::join!(client.read(UNIT, [(1, 3)], &options), peer);
    let [Some(Err(RequestFault::Malformed { source, .. }))] = &results.results[..] else {
        panic!("one malformed answer was due: {results:?}");
    };
    assert_eq!(*source, MalformedAnswer::Garbled { bytes: 11 });
}
