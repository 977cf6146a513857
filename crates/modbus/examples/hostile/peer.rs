//! A peer that does to each request what a random number says, but never lies well: each frame
//! that fits a request has the words that its registers held when that request came.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, RngCore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    Tcp,
    Rtu,
}

/// What a bus tells its peer beside the wire.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// The number of the case: registers change with it, so that a stale answer shows.
    pub(crate) case: AtomicU16,
    /// From now on every request is answered, right and at once.
    pub(crate) is_honest: AtomicBool,
}

/// What a register holds during a case.
pub(crate) fn word(unit_id: u8, function: u8, register: u16, case: u16) -> u16 {
    let origin = u16::from_be_bytes([unit_id, function]);
    register.rotate_left(5) ^ origin.rotate_left(3) ^ case.wrapping_mul(0x9E37)
}

#[derive(Debug)]
struct Request {
    framing: Framing,
    transaction_id: [u8; 2],
    unit_id: u8,
    /// Function, start and count.
    pdu: [u8; 5],
    case: u16,
}

impl Request {
    async fn receive(framing: Framing, stream: &mut TcpStream, told: &Told) -> Option<Self> {
        let mut header = [0; 6];
        if framing == Framing::Tcp {
            stream.read_exact(&mut header).await.ok()?;
        }
        let mut frame = [0; 6];
        stream.read_exact(&mut frame).await.ok()?;
        if framing == Framing::Rtu {
            stream.read_exact(&mut [0; 2]).await.ok()?;
        }
        let [unit_id, pdu @ ..] = frame;
        Some(Self {
            framing,
            transaction_id: [header[0], header[1]],
            unit_id,
            pdu,
            case: told.case.load(Ordering::SeqCst),
        })
    }

    fn frame(&self, pdu: &[u8]) -> Vec<u8> {
        match self.framing {
            Framing::Tcp => {
                let [high, low] = self.transaction_id;
                let length = (1 + pdu.len()) as u8;
                [&[high, low, 0, 0, 0, length, self.unit_id], pdu].concat()
            }
            Framing::Rtu => {
                let summed = [&[self.unit_id], pdu].concat();
                let sum = check_sum(&summed);
                [&summed[..], &sum].concat()
            }
        }
    }

    fn answer(&self) -> Vec<u8> {
        let [function, start_high, start_low, _, count] = self.pdu;
        let start = u16::from_be_bytes([start_high, start_low]);
        let words = (start..)
            .take(count.into())
            .map(|register| word(self.unit_id, function, register, self.case));
        let pdu: Vec<u8> = [function, 2 * count]
            .into_iter()
            .chain(words.flat_map(u16::to_be_bytes))
            .collect();
        self.frame(&pdu)
    }

    fn exception(&self, code: u8) -> Vec<u8> {
        self.frame(&[self.pdu[0] | 0x80, code])
    }
}

/// Bit by bit, as the specification draws it, so that it shares nothing with the client.
fn check_sum(bytes: &[u8]) -> [u8; 2] {
    let mut sum: u16 = 0xFFFF;
    for byte in bytes {
        sum ^= u16::from(*byte);
        for _ in 0..8 {
            let has_carry = sum & 1 == 1;
            sum >>= 1;
            if has_carry {
                sum ^= 0xA001;
            }
        }
    }
    sum.to_le_bytes()
}

/// Serves one connection after the other, for ever.
pub(crate) async fn serve(
    listener: TcpListener,
    framing: Framing,
    mut dice: StdRng,
    told: Arc<Told>,
) {
    // Answers held back, in the order of their requests; they may outlive their connection.
    let mut held: Vec<Vec<u8>> = Vec::new();
    while let Ok((mut stream, _)) = listener.accept().await {
        // The test is of no use on a system that cannot do this.
        stream.set_nodelay(true).expect("a socket has this option");
        while let Some(request) = Request::receive(framing, &mut stream, &told).await {
            let goes_on = if told.is_honest.load(Ordering::SeqCst) {
                held.clear();
                stream.write_all(&request.answer()).await.is_ok()
            } else {
                react(&request, &mut stream, &mut dice, &mut held).await
            };
            if !goes_on {
                break;
            }
        }
    }
}

/// Answers whether the connection goes on.
async fn react(
    request: &Request,
    stream: &mut TcpStream,
    dice: &mut StdRng,
    held: &mut Vec<Vec<u8>>,
) -> bool {
    let mut answer = request.answer();
    let mut bytes = Vec::new();
    let mut goes_on = true;
    let act = dice.random_range(0..20);
    if !matches!(act, 8..=10) {
        // What was held back comes first, or never: without ids any other order is a lie.
        let is_told = dice.random_bool(0.5);
        if is_told {
            bytes.append(&mut held.concat());
        }
        if is_told || request.framing == Framing::Rtu {
            held.clear();
        }
    }
    match act {
        // Right, and twice only over TCP: without ids that is a lie.
        6 if request.framing == Framing::Tcp => bytes.append(&mut answer.repeat(2)),
        0..=6 => bytes.append(&mut answer),
        7 => bytes.append(&mut request.exception(dice.random_range(0..=12))),
        // Silent, or late.
        8 => {}
        9 | 10 => held.push(answer),
        11 => {
            sleep(Duration::from_millis(dice.random_range(0..30))).await;
            bytes.append(&mut answer);
        }
        // Hangs up before, within or after the answer.
        12 => goes_on = false,
        13 => {
            answer.truncate(dice.random_range(0..=answer.len()));
            bytes.append(&mut answer);
            goes_on = false;
        }
        // Half an answer. Over TCP nothing comes after it, since whatever came would be its rest.
        14 => {
            answer.truncate(dice.random_range(0..answer.len()));
            bytes.append(&mut answer);
            if request.framing == Framing::Tcp {
                let is_written = stream.write_all(&bytes).await.is_ok();
                while is_written && stream.read(&mut [0; 64]).await.is_ok_and(|count| count > 0) {}
                return false;
            }
        }
        15 => {
            bytes.append(&mut damaged(request, answer, dice));
        }
        16 => {
            let mut noise = vec![0; dice.random_range(1..300)];
            dice.fill_bytes(&mut noise);
            bytes.append(&mut noise);
            if dice.random_bool(0.5) && request.framing == Framing::Rtu {
                bytes.append(&mut answer);
            }
        }
        17 => bytes.append(&mut oddly_shaped(request, dice)),
        18 => {
            for byte in std::mem::take(&mut answer) {
                if stream.write_all(&[byte]).await.is_err() {
                    return false;
                }
                sleep(Duration::from_millis(1)).await;
            }
        }
        // A flood of what nobody asked for.
        _ => {
            let stranger = Request {
                framing: request.framing,
                transaction_id: request.transaction_id.map(|byte| byte ^ 0x55),
                unit_id: request.unit_id ^ 0x80,
                pdu: request.pdu,
                case: request.case,
            };
            bytes.append(&mut stranger.answer().repeat(dice.random_range(1..40)));
        }
    }
    stream.write_all(&bytes).await.is_ok() && goes_on
}

/// A bit is struck where it can be known: in the header over TCP, where registers have no check
/// sum, but not so that the id becomes one of its neighbours; anywhere in a serial frame.
fn damaged(request: &Request, mut answer: Vec<u8>, dice: &mut StdRng) -> Vec<u8> {
    let position = match request.framing {
        Framing::Tcp => [0, 2, 3, 4, 5, 6, 7, 8][dice.random_range(0..8)],
        Framing::Rtu => dice.random_range(0..answer.len()),
    };
    answer[position] ^= 1 << dice.random_range(0..8);
    answer
}

/// A sound frame with a PDU that does not fit what was asked.
fn oddly_shaped(request: &Request, dice: &mut StdRng) -> Vec<u8> {
    let [function, _, _, _, count] = request.pdu;
    let mut pdu = vec![function, 2 * count];
    match dice.random_range(0..6) {
        0 => pdu.truncate(dice.random_range(0..=1)),
        1 => pdu.extend(vec![0; usize::from(2 * count).saturating_sub(1)]),
        // Two bytes more, since one more leaves every 256th shorter frame with a right check sum.
        2 => pdu.extend(vec![0; 2 * usize::from(count) + 2]),
        // Another number of words than was asked for, and announced as such.
        3 => {
            let words = (count % 125) + 1;
            pdu[1] = 2 * words;
            pdu.extend(vec![0; 2 * usize::from(words)]);
        }
        4 => {
            pdu[0] = [1, 2, 6, 16, 0x2B][dice.random_range(0..5)];
            pdu.extend(vec![0; 2 * usize::from(count)]);
        }
        _ => pdu[0] |= 0x80,
    }
    if request.framing == Framing::Tcp {
        pdu.truncate(253);
    }
    request.frame(&pdu)
}
