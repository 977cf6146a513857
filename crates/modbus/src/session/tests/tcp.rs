use std::collections::VecDeque;
use std::time::Duration;

use tokio::io::duplex;
use tokio::time::{sleep, sleep_until};

use super::*;
use crate::RequestFault;
use crate::conversation::TcpConversation;

const UNIT: u8 = 5;

fn connect(window: usize) -> (Client, Peer) {
    let (ours, theirs) = duplex(4096);
    let conversation = Box::new(TcpConversation::new(window));
    (Client::new(ours, conversation), Peer(theirs))
}

/// The far end of the connection.
struct Peer(DuplexStream);

/// A read of one register as the peer saw it.
#[derive(Debug, Clone, Copy)]
struct Asked {
    transaction_id: [u8; 2],
    register: u16,
}

impl Asked {
    fn frame(self, body: &[u8]) -> Vec<u8> {
        let [high, low] = self.transaction_id;
        let length = 1 + body.len() as u8;
        [&[high, low, 0, 0, 0, length, UNIT], body].concat()
    }

    fn answer(self) -> Vec<u8> {
        let [high, low] = word(self.register).to_be_bytes();
        self.frame(&[3, 2, high, low])
    }
}

impl Peer {
    async fn asked(&mut self) -> Asked {
        let mut frame = [0; 12];
        self.0.read_exact(&mut frame).await.unwrap();
        Asked {
            transaction_id: [frame[0], frame[1]],
            register: u16::from_be_bytes([frame[8], frame[9]]),
        }
    }

    async fn say(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.unwrap();
    }

    async fn answer_next(&mut self) {
        let asked = self.asked().await;
        self.say(&asked.answer()).await;
    }

    /// Answers each request `latency` after it came, however many came meanwhile.
    fn answer_all_after(self, latency: Duration) {
        let (mut reader, mut writer) = tokio::io::split(self.0);
        let (sender, mut queue) = tokio::sync::mpsc::channel(100);
        tokio::spawn(async move {
            let mut frame = [0; 12];
            while reader.read_exact(&mut frame).await.is_ok() {
                let asked = Asked {
                    transaction_id: [frame[0], frame[1]],
                    register: u16::from_be_bytes([frame[8], frame[9]]),
                };
                sender.send((Instant::now() + latency, asked)).await.ok();
            }
        });
        tokio::spawn(async move {
            while let Some((due, asked)) = queue.recv().await {
                sleep_until(due).await;
                if writer.write_all(&asked.answer()).await.is_err() {
                    break;
                }
            }
        });
    }
}

/// Reads the given registers, one request for each.
async fn read(
    client: &mut Client,
    registers: impl IntoIterator<Item = u16>,
    link: &LinkOptions,
) -> (SweepResults, Result<(), Broken>) {
    let reads = registers.into_iter().map(|register| (register, 1));
    client.read(UNIT, reads, link).await
}

#[tokio::test(start_paused = true)]
async fn a_gateway_always_slower_than_its_time_out_is_read_all_the_same() {
    let (mut client, peer) = connect(1);
    peer.answer_all_after(ms(50));
    for register in 0..40 {
        let (results, end) = read(&mut client, [register], &link(30, 1)).await;
        end.unwrap();
        assert_eq!(summary(&results), word(register).to_string());
        assert_eq!(results.latency, Some(ms(50)));
    }
}

#[tokio::test(start_paused = true)]
async fn late_answers_spoil_no_request_after_them() {
    let (mut client, peer) = connect(1);
    peer.answer_all_after(ms(50));
    for register in 0..5 {
        let (results, end) = read(&mut client, [register], &link(30, 0)).await;
        end.unwrap();
        assert_eq!(summary(&results), "timeout");
    }
    for register in 5..40 {
        let (results, end) = read(&mut client, [register], &link(60, 0)).await;
        end.unwrap();
        assert_eq!(summary(&results), word(register).to_string());
    }
}

#[track_caller]
fn check_silence(retries: u8, window: usize, expected: &str, expected_ms: u64, requests: u32) {
    in_paused_time(async {
        let (mut client, _silent) = connect(window);
        let begin = Instant::now();
        let (results, end) = read(&mut client, 0..5, &link(100, retries)).await;
        end.unwrap();
        assert_eq!(summary(&results), expected);
        assert_eq!(begin.elapsed(), ms(expected_ms));
        assert_eq!(results.requests_sent, requests);
        assert_eq!(results.latency, None);
    });
}

#[test]
fn a_silent_device_costs_one_time_out_for_each_try() {
    check_silence(0, 1, "timeout - - - -", 100, 1);
    check_silence(1, 1, "timeout - - - -", 200, 2);
    check_silence(3, 1, "timeout - - - -", 400, 4);
    check_silence(0, 3, "timeout timeout timeout - -", 100, 3);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_was_lost_is_sent_again() {
    let (mut client, mut peer) = connect(1);
    let peer = async {
        peer.answer_next().await;
        peer.asked().await;
        peer.answer_next().await;
        peer.answer_next().await;
        peer
    };
    let options = link(100, 1);
    let reading = read(&mut client, 0..3, &options);
    let ((results, end), _peer) = tokio::join!(reading, peer);
    end.unwrap();
    assert_eq!(summary(&results), "1 4 7");
    assert_eq!(results.requests_sent, 4);
}

#[tokio::test(start_paused = true)]
async fn answers_out_of_turn_find_their_requests() {
    let (mut client, mut peer) = connect(4);
    let peer = async {
        let mut asked = Vec::new();
        for _ in 0..4 {
            asked.push(peer.asked().await);
        }
        for turn in [2, 3, 0] {
            peer.say(&asked[turn].answer()).await;
        }
        // Each answer made room for one of the rest, before the last of the first four came.
        for _ in 0..2 {
            peer.answer_next().await;
        }
        peer.say(&asked[1].answer()).await;
        peer
    };
    let options = link(100, 0);
    let reading = read(&mut client, 0..6, &options);
    let ((results, end), _peer) = tokio::join!(reading, peer);
    end.unwrap();
    assert_eq!(summary(&results), "1 4 7 10 13 16");
}

#[track_caller]
fn check_pause(window: usize) {
    in_paused_time(async {
        let (mut client, peer) = connect(window);
        peer.answer_all_after(Duration::ZERO);
        let options = LinkOptions {
            pause_between: ms(20),
            ..link(100, 0)
        };
        let begin = Instant::now();
        for _ in 0..2 {
            let (results, end) = read(&mut client, 0..3, &options).await;
            end.unwrap();
            assert_eq!(summary(&results), "1 4 7");
        }
        assert_eq!(begin.elapsed(), ms(5 * 20));
    });
}

#[test]
fn the_pause_between_requests_is_kept_within_and_between_sweeps() {
    check_pause(1);
}

#[test]
fn a_pause_between_requests_leaves_no_room_for_two_at_once() {
    check_pause(4);
}

#[tokio::test(start_paused = true)]
async fn a_device_may_declare_more_requests_at_once_than_its_bus() {
    let (mut client, peer) = connect(1);
    peer.answer_all_after(ms(50));
    let begin = Instant::now();
    let options = LinkOptions {
        window: 3,
        ..link(100, 0)
    };
    let (results, end) = read(&mut client, 0..6, &options).await;
    end.unwrap();
    assert_eq!(summary(&results), "1 4 7 10 13 16");
    assert_eq!(begin.elapsed(), ms(100));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_drips_in_within_its_time_is_taken() {
    let (mut client, mut peer) = connect(1);
    let peer = async {
        for byte in peer.asked().await.answer() {
            sleep(ms(5)).await;
            peer.say(&[byte]).await;
        }
        peer
    };
    let options = link(100, 0);
    let ((results, end), _peer) = tokio::join!(read(&mut client, [9], &options), peer);
    end.unwrap();
    assert_eq!(summary(&results), word(9).to_string());
    assert_eq!(results.latency, Some(ms(55)));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_drips_in_too_slowly_ends_the_connection_in_time() {
    let (mut client, mut peer) = connect(1);
    tokio::spawn(async move {
        let answer = peer.asked().await.answer();
        for byte in answer.into_iter().cycle() {
            sleep(ms(20)).await;
            if peer.0.write_all(&[byte]).await.is_err() {
                break;
            }
        }
    });
    let begin = Instant::now();
    let (_, end) = read(&mut client, [9], &link(90, 0)).await;
    assert!(matches!(end, Err(Broken::Framing(FramingFault::HalfFrame))));
    assert_eq!(begin.elapsed(), ms(90));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_comes_twice_is_taken_once() {
    let (mut client, mut peer) = connect(1);
    let peer = async {
        for _ in 0..100 {
            let answer = peer.asked().await.answer();
            peer.say(&[answer.clone(), answer].concat()).await;
        }
        peer
    };
    let options = link(100, 0);
    let ((results, end), _peer) = tokio::join!(read(&mut client, 0..100, &options), peer);
    end.unwrap();
    let expected: Vec<String> = (0..100)
        .map(|register| word(register).to_string())
        .collect();
    assert_eq!(summary(&results), expected.join(" "));
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_frames_not_asked_for_ends_the_connection() {
    let (mut client, mut peer) = connect(1);
    let peer = async {
        let mut stranger = peer.asked().await;
        stranger.transaction_id[0] ^= 0xFF;
        let flood = stranger.answer().repeat(100);
        peer.say(&flood).await;
        peer
    };
    let options = link(100, 0);
    let ((_, end), _peer) = tokio::join!(read(&mut client, [0], &options), peer);
    assert!(matches!(
        end,
        Err(Broken::Framing(FramingFault::Unasked { .. }))
    ));
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_reads_nothing_is_not_waited_for() {
    let (ours, _full) = duplex(8);
    let mut client = Client::new(ours, Box::new(TcpConversation::new(1)));
    let begin = Instant::now();
    let (_, end) = read(&mut client, [0], &link(100, 0)).await;
    assert!(matches!(end, Err(Broken::Lost(error)) if error.kind() == io::ErrorKind::TimedOut));
    assert_eq!(begin.elapsed(), ms(100));
}

#[tokio::test(start_paused = true)]
async fn a_connection_on_which_nothing_comes_for_two_sweeps_is_dead() {
    let (mut client, mut peer) = connect(1);
    let mut is_dead = VecDeque::new();
    for answers in [false, true, false, false] {
        let options = link(100, 0);
        let peer = async {
            let asked = peer.asked().await;
            if answers {
                peer.say(&asked.answer()).await;
            }
        };
        let ((_, end), ()) = tokio::join!(read(&mut client, [0], &options), peer);
        end.unwrap();
        is_dead.push_back(client.is_dead());
    }
    assert_eq!(is_dead, [false, false, false, true]);
}

#[tokio::test(start_paused = true)]
async fn a_late_answer_shows_that_the_connection_is_alive() {
    let (mut client, peer) = connect(1);
    peer.answer_all_after(ms(150));
    for _ in 0..4 {
        let (results, end) = read(&mut client, [0], &link(100, 0)).await;
        end.unwrap();
        assert_eq!(summary(&results), "timeout");
        assert!(!client.is_dead());
    }
}

#[track_caller]
fn check_exceptions(code: u8, expected: &str) {
    in_paused_time(async {
        let (mut client, mut peer) = connect(1);
        tokio::spawn(async move {
            peer.answer_next().await;
            let asked = peer.asked().await;
            peer.say(&asked.frame(&[0x83, code])).await;
            peer.answer_next().await;
            peer
        });
        let (results, end) = read(&mut client, 0..3, &link(100, 3)).await;
        end.unwrap();
        assert_eq!(summary(&results), expected);
        let absent = results.results[1].as_ref().and_then(|result| {
            let fault: &RequestFault = result.as_ref().err()?;
            Some((fault.means_absent(), fault.is_transient()))
        });
        let is_absent = code <= 3;
        assert_eq!(absent, Some((is_absent, !is_absent)));
    });
}

#[test]
fn an_exception_is_an_answer_and_the_sweep_goes_on() {
    check_exceptions(1, "1 exception_1 7");
    check_exceptions(2, "1 exception_2 7");
    check_exceptions(3, "1 exception_3 7");
    check_exceptions(4, "1 exception_4 7");
    check_exceptions(5, "1 exception_5 7");
    check_exceptions(6, "1 exception_6 7");
    check_exceptions(77, "1 exception_other 7");
}

#[test]
fn a_gateway_that_speaks_for_a_silent_device_ends_its_sweep() {
    check_exceptions(10, "1 exception_10 -");
    check_exceptions(11, "1 exception_11 -");
}
