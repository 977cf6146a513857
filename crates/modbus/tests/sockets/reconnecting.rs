use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use profiles::LinkOptions;
use tokio::net::TcpListener;

use crate::peer::{
    NEVER, Peer, SOON, assert_all_read, bus, closes_after, codes, endpoint_of, link, plan, says,
};

const UNIT: u8 = 5;

#[tokio::test]
async fn a_peer_that_closes_idle_connections_is_not_at_fault() {
    let peer = Peer::start(|number, asked| match number % 3 {
        2 => closes_after(asked.answer()),
        _ => says(asked.answer()),
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
async fn a_peer_that_closes_after_each_answer_is_read_to_the_end() {
    let peer = Peer::start(|_, asked| closes_after(asked.answer())).await;
    let plan = plan(&[(0, 10), (10, 10), (20, 10), (30, 10)]);
    let outcome = peer.bus().read(UNIT, &plan, &link(NEVER)).await;
    assert_all_read(&outcome, &plan);
    assert_eq!(peer.connections(), 4);
}

#[tokio::test]
async fn one_request_that_makes_a_peer_hang_up_does_not_hide_the_others() {
    let peer = Peer::start(|_, asked| match asked.pdu[2] {
        10 => closes_after(Vec::new()),
        _ => says(asked.answer()),
    })
    .await;
    let outcome = peer
        .bus()
        .read(UNIT, &plan(&[(0, 5), (10, 5), (20, 5)]), &link(NEVER))
        .await;
    assert_eq!(codes(&outcome), ["connection_lost"]);
    let starts: Vec<u16> = outcome
        .image
        .blocks
        .iter()
        .map(|block| block.start)
        .collect();
    assert_eq!(starts, [0, 20]);
}

#[tokio::test]
async fn several_requests_that_make_a_peer_hang_up_do_not_hide_those_between() {
    let peer = Peer::start(|_, asked| match asked.pdu[2] {
        10.. => closes_after(Vec::new()),
        _ => says(asked.answer()),
    })
    .await;
    let reads = plan(&[(10, 5), (0, 5), (11, 5), (1, 5), (12, 5), (2, 5)]);
    let outcome = peer.bus().read(UNIT, &reads, &link(NEVER)).await;
    assert_eq!(codes(&outcome), ["connection_lost"; 3]);
    assert_eq!(outcome.image.blocks.len(), 3);
}

#[tokio::test]
async fn a_connection_on_which_nothing_is_heard_is_replaced() {
    let peer = Peer::start(|number, asked| match number {
        0 | 1 => says(Vec::new()),
        _ => says(asked.answer()),
    })
    .await;
    let mut bus = peer.bus();
    let plan = plan(&[(0, 10)]);
    for _ in 0..2 {
        let outcome = bus.read(UNIT, &plan, &link(SOON)).await;
        assert_eq!(codes(&outcome), ["timeout"]);
    }
    // Another device behind the same gateway does not have to wait for that.
    let outcome = bus.read(UNIT + 1, &plan, &link(NEVER)).await;
    assert_all_read(&outcome, &plan);
    assert_eq!(peer.connections(), 2);
}

#[tokio::test]
async fn a_peer_that_always_hangs_up_is_left_for_this_sweep() {
    let peer = Peer::start(|_, _| closes_after(Vec::new())).await;
    let mut bus = peer.bus();
    let plan = plan(&[(0, 5); 20]);
    let outcome = bus.read(UNIT, &plan, &link(NEVER)).await;
    assert_eq!(codes(&outcome), ["connection_lost"; 2]);
    assert_eq!(peer.connections(), 2);
    let options = LinkOptions {
        retries: 2,
        ..link(NEVER)
    };
    let outcome = bus.read(UNIT, &plan, &options).await;
    assert_eq!(codes(&outcome), ["connection_lost"; 2]);
    assert_eq!(peer.connections(), 2 + 2 * 3);
}

#[tokio::test]
async fn a_peer_that_refuses_is_called_at_growing_delays_and_found_when_it_is_back() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = endpoint_of(&listener);
    drop(listener);

    let mut bus = bus(endpoint.clone());
    let plan = plan(&[(0, 10), (10, 10)]);
    let outcome = bus.read(UNIT, &plan, &link(NEVER)).await;
    assert_eq!(codes(&outcome), ["connection_refused"]);
    assert_eq!(outcome.requests, 0);

    let peer = Peer::start_at(&endpoint, |_, asked| says(asked.answer())).await;
    let outcome = bus.read(UNIT, &plan, &link(NEVER)).await;
    // It is too early to call again, so the peer has not even been noticed.
    assert_eq!(codes(&outcome), ["connection_refused"]);
    assert_eq!(peer.connections(), 0);

    let begin = Instant::now();
    let outcome = loop {
        let outcome = bus.read(UNIT, &plan, &link(NEVER)).await;
        if outcome.faults.is_empty() {
            break outcome;
        }
        assert!(begin.elapsed() < Duration::from_secs(30));
        tokio::task::yield_now().await;
    };
    assert_all_read(&outcome, &plan);
}

#[tokio::test]
async fn a_name_without_an_address_is_told_as_such() {
    let mut bus = bus(modbus::Endpoint::tcp("no-such-device.invalid", 502));
    let outcome = bus.read(UNIT, &plan(&[(0, 1)]), &link(NEVER)).await;
    let [code] = codes(&outcome)[..] else {
        panic!("one fault was due");
    };
    // A resolver that is itself out of reach takes as long as a host that is.
    assert!(matches!(code, "name_not_resolved" | "connect_timeout"));
}

#[tokio::test]
async fn a_connection_is_closed_after_each_sweep_where_the_profile_says_so() {
    let peer = Peer::start(|_, asked| says(asked.answer())).await;
    let mut bus = peer.bus();
    let options = LinkOptions {
        close_after_sweep: true,
        ..link(NEVER)
    };
    let plan = plan(&[(0, 10), (10, 10)]);
    for sweeps in 1..=3 {
        // This peer serves one client at a time: it would not answer if the last one stayed.
        let outcome = bus.read(UNIT, &plan, &options).await;
        assert_all_read(&outcome, &plan);
        assert_eq!(peer.connections(), sweeps);
    }
}

#[tokio::test]
async fn a_peer_that_needs_a_pause_after_connecting_gets_it() {
    let pause = Duration::from_millis(50);
    let asked_at = Arc::new(Mutex::new(None));
    let noted = Arc::clone(&asked_at);
    let peer = Peer::start(move |_, asked| {
        noted.lock().unwrap().get_or_insert_with(Instant::now);
        says(asked.answer())
    })
    .await;
    let options = LinkOptions {
        pause_after_connect: pause,
        ..link(NEVER)
    };
    let begin = Instant::now();
    let plan = plan(&[(0, 10)]);
    let outcome = peer.bus().read(UNIT, &plan, &options).await;
    assert_all_read(&outcome, &plan);
    let asked_at = asked_at.lock().unwrap().expect("the peer was asked");
    assert!(asked_at - begin >= pause);
    // The pause is no part of the answer time.
    assert!(outcome.latency.unwrap() + pause < begin.elapsed());
}

#[tokio::test]
async fn a_read_dropped_half_way_spoils_nothing_after_it() {
    let mut held = None;
    let peer = Peer::start(move |number, asked| {
        if number == 0 {
            held = Some(asked.answer());
            return says(Vec::new());
        }
        // The answer held back comes first, though another connection asked for it.
        says([held.take().unwrap_or_default(), asked.answer()].concat())
    })
    .await;
    let mut bus = peer.bus();
    let options = link(NEVER);
    let first = plan(&[(0, 10)]);
    let peer_was_asked = async {
        while peer.requests() == 0 {
            tokio::task::yield_now().await;
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

#[tokio::test]
async fn a_write_without_an_answer_is_not_sent_again() {
    let peer = Peer::start(|_, _| says(Vec::new())).await;
    let options = LinkOptions {
        retries: 3,
        ..link(SOON)
    };
    let fault = peer.bus().write_single(UNIT, 7, 1, &options).await;
    assert_eq!(fault.unwrap_err().code(), "timeout");
    assert_eq!(peer.requests(), 1);
}

#[tokio::test]
async fn a_write_whose_connection_is_lost_is_not_sent_again() {
    let peer = Peer::start(|number, asked| match number {
        0 => says(asked.answer()),
        _ => closes_after(Vec::new()),
    })
    .await;
    let mut bus = peer.bus();
    let options = LinkOptions {
        retries: 3,
        ..link(NEVER)
    };
    bus.read(UNIT, &plan(&[(0, 1)]), &options).await;
    let fault = bus.write_single(UNIT, 7, 1, &options).await.unwrap_err();
    assert_eq!(fault.code(), "connection_lost");
    assert_eq!(peer.requests(), 2);
}

#[tokio::test]
async fn a_write_finds_that_its_idle_connection_was_closed_before_it_is_sent() {
    let other_peer = Peer::start(|_, asked| says(asked.answer())).await;
    let peer = Peer::start(|number, asked| match number {
        0 => closes_after(asked.answer()),
        // The answer to a write repeats its first five bytes.
        _ => says(asked.frame(&asked.pdu[..5])),
    })
    .await;
    let mut bus = peer.bus();
    bus.read(UNIT, &plan(&[(0, 1)]), &link(NEVER)).await;
    // Whoever hears from the other peer has heard of the end of the connection before.
    other_peer
        .bus()
        .read(UNIT, &plan(&[(0, 1)]), &link(NEVER))
        .await;

    bus.write_multiple(UNIT, 7, &[1, 2], &link(NEVER))
        .await
        .unwrap();
    assert_eq!(peer.requests(), 2);
    assert_eq!(peer.connections(), 2);
}
