//! Answers that go wrong on the wire, as a test orders, seen on bare connections.

use std::time::Duration;

use crate::common::{Running, read, small_plant, start};
use simulator::Plant;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

const FAULT: &str = "/gateways/D-70%20board/devices/3/fault";
/// Transaction 7, unit 3, function 3: two words from 18 444, the voltage of the first phase.
const REQUEST: [u8; 12] = [0, 7, 0, 0, 0, 6, 3, 3, 0x48, 0x0C, 0, 2];
/// Long enough for an answer on this machine, short enough to wait for silence.
const PATIENCE: Duration = Duration::from_millis(400);

async fn connect(running: &Running) -> TcpStream {
    let (_, address) = running.simulation.gateways()[0].clone();
    TcpStream::connect(address).await.unwrap()
}

/// What comes within a patience.
async fn listen(stream: &mut TcpStream) -> Vec<u8> {
    let mut heard = Vec::new();
    // The end of the time is the end of the listening, whatever came.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut heard)).await;
    heard
}

async fn ask(running: &Running) -> Vec<u8> {
    let mut stream = connect(running).await;
    stream.write_all(&REQUEST).await.unwrap();
    listen(&mut stream).await
}

#[tokio::test]
async fn frames_go_wrong_as_ordered_and_are_right_again_afterwards() {
    let running = start(small_plant()).await;
    let sound = ask(&running).await;
    assert_eq!(sound.len(), 13);
    let spoiled = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut frame = sound.clone();
        change(&mut frame);
        frame
    };
    let cases = [
        ("cut", spoiled(&|frame| frame.truncate(6))),
        (
            "short",
            spoiled(&|frame| {
                frame.truncate(11);
                (frame[5], frame[8]) = (5, 2);
            }),
        ),
        (
            "long",
            spoiled(&|frame| {
                frame.extend([0, 0]);
                (frame[5], frame[8]) = (9, 6);
            }),
        ),
        ("foreign_transaction", spoiled(&|frame| frame[1] ^= 0x55)),
        ("foreign_unit", spoiled(&|frame| frame[6] = 4)),
    ];
    for (kind, expected) in cases {
        let order = format!(r#"{{"kind":"{kind}"}}"#);
        assert_eq!(running.put(FAULT, &order).await, 204);
        assert_eq!(ask(&running).await, expected, "{kind}");
        let state = running.get("/state").await;
        assert_eq!(state["gateways"][0]["devices"][0]["fault"]["kind"], kind);
    }
    assert_eq!(running.put(FAULT, r#"{"kind":"garbage"}"#).await, 204);
    let garbage = ask(&running).await;
    assert!(!garbage.is_empty() && garbage != sound, "{garbage:?}");
    let served = running.get("/served").await;
    assert_eq!(
        served.as_array().unwrap().len(),
        1,
        "only the sound answer was served"
    );

    let mut neighbour = running.client(0, 4).await;
    read(&mut neighbour, 18_444, 2).await;
    assert_eq!(running.put(FAULT, r#"{"kind":"none"}"#).await, 204);
    assert_eq!(ask(&running).await, sound);
    running.simulation.stop().await;
}

#[tokio::test]
async fn a_slow_drip_has_no_end() {
    let running = start(small_plant()).await;
    let sound = ask(&running).await;
    assert_eq!(running.put(FAULT, r#"{"kind":"drip","ms":10}"#).await, 204);
    let mut stream = connect(&running).await;
    let asked = Instant::now();
    stream.write_all(&REQUEST).await.unwrap();
    let mut heard = vec![0; sound.len() + 5];
    stream.read_exact(&mut heard).await.unwrap();
    assert!(
        asked.elapsed() >= Duration::from_millis(150),
        "{:?}",
        asked.elapsed()
    );
    assert_eq!(heard[..sound.len()], sound);
    assert_eq!(heard[sound.len()..], [0; 5]);
    running.simulation.stop().await;
}

#[tokio::test]
async fn a_torn_value_mixes_two_steps() {
    let running = start(small_plant()).await;
    let mut client = running.client(0, 3).await;
    // Of the load's table: P in two words, which are different in the next step.
    let mut words = Vec::new();
    for _ in 0..2 {
        words.push(read(&mut client, 18_476, 4).await);
        running.clock.move_on(1);
        running.get("/state").await;
    }
    assert_ne!(words[0], words[1]);
    assert_eq!(running.put(FAULT, r#"{"kind":"torn"}"#).await, 204);
    let present = {
        let mut neighbour = running.client(0, 4).await;
        read(&mut neighbour, 18_476, 4).await
    };
    let torn = read(&mut client, 18_476, 4).await;
    assert_eq!([torn[0], torn[2]], [words[1][0], words[1][2]]);
    assert_eq!([torn[1], torn[3]], [present[1], present[3]]);
    running.simulation.stop().await;
}

#[tokio::test]
async fn a_gateway_closes_a_connection_that_lies_idle() {
    let running = start(small_plant()).await;
    let idle_close = "/gateways/D-70%20board/idle_close";
    assert_eq!(running.put(idle_close, r#"{"seconds":0.3}"#).await, 204);
    let state = running.get("/state").await;
    assert_eq!(state["gateways"][0]["idle_close_s"], 0.3);
    let mut stream = connect(&running).await;
    let mut heard = Vec::new();
    for _ in 0..3 {
        // Each request renews the time.
        stream.write_all(&REQUEST).await.unwrap();
        let mut answer = [0; 13];
        stream.read_exact(&mut answer).await.unwrap();
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
    let ended = timeout(Duration::from_secs(5), stream.read_to_end(&mut heard)).await;
    assert_eq!(ended.unwrap().unwrap(), 0, "closed without a word");
    for body in [r#"{"seconds":0}"#, r#"{"seconds":1e9}"#] {
        assert_eq!(running.put(idle_close, body).await, 422, "{body}");
    }
    assert_eq!(
        running
            .put("/gateways/none/idle_close", r#"{"seconds":null}"#)
            .await,
        404
    );
    running.simulation.stop().await;
}

#[tokio::test]
async fn a_plant_file_says_which_gateway_closes_idle_connections() {
    let text = r#"
[plant]
name = "impatient"

[[gateway]]
name = "board"
listen = "127.0.0.1:0"
idle_close_s = 0.2
"#;
    let running = start(Plant::parse("impatient.toml", text).unwrap()).await;
    let mut stream = connect(&running).await;
    let mut heard = Vec::new();
    let ended = timeout(Duration::from_secs(5), stream.read_to_end(&mut heard)).await;
    assert_eq!(ended.unwrap().unwrap(), 0);
    running.simulation.stop().await;
}
