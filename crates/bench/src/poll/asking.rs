//! Ways of asking that bring words and nothing more.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use modbus::{Bus, Endpoint};
use profiles::{Catalogue, ReadFunction, ReadPlan, ReadRequest, TableKey};
use server::clock::SystemClock;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::{Builder, Runtime};

use super::frames::{ANSWER_BYTES, START, UNIT, WORDS, request};
use super::measured::{Measured, count, cpu_us};
use super::whole::PROFILE;
use super::{TURN, WARM_UP};

/// The address of connection `number`, from 1.
pub(super) fn host(number: usize) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, 0, number as u8)
}

/// Blocking sockets, one connection: what one exchange of these bytes costs at least.
pub(super) fn raw_std(port: u16) -> anyhow::Result<Measured> {
    let mut stream = TcpStream::connect((host(1), port))?;
    stream.set_nodelay(true)?;
    let mut answer = [0; ANSWER_BYTES];
    let mut exchange = |id: u64| -> std::io::Result<()> {
        stream.write_all(&request(id as u16))?;
        stream.read_exact(&mut answer)
    };
    let warm = Instant::now() + WARM_UP;
    while Instant::now() < warm {
        exchange(0)?;
    }
    let (began, cpu_before) = (Instant::now(), cpu_us());
    let mut requests = 0;
    while began.elapsed() < TURN {
        exchange(requests)?;
        requests += 1;
    }
    Ok(Measured {
        requests,
        cpu_us: cpu_us() - cpu_before,
        seconds: began.elapsed().as_secs_f64(),
        samples: 0,
        dropped: 0,
    })
}

/// Sockets of the runtime that our driver runs on.
pub(super) fn raw_tokio(port: u16, connections: usize) -> anyhow::Result<Measured> {
    runtime()?.block_on(async {
        let requests = Arc::new(AtomicU64::new(0));
        for number in 1..=connections {
            let mut stream = tokio::net::TcpStream::connect((host(number), port)).await?;
            stream.set_nodelay(true)?;
            let requests = Arc::clone(&requests);
            tokio::spawn(async move {
                let mut answer = [0; ANSWER_BYTES];
                for id in 0_u64.. {
                    stream.write_all(&request(id as u16)).await?;
                    stream.read_exact(&mut answer).await?;
                    requests.fetch_add(1, Ordering::Relaxed);
                }
                std::io::Result::Ok(())
            });
        }
        Ok(count(&requests).await)
    })
}

/// Our driver, which hands out the words of each answer.
pub(super) fn driver(port: u16, connections: usize) -> anyhow::Result<Measured> {
    let catalogue =
        Catalogue::load([PROFILE]).map_err(|mistakes| anyhow::anyhow!("{mistakes:?}"))?;
    let profile = catalogue.iter().next().expect("it holds one profile");
    runtime()?.block_on(async {
        let requests = Arc::new(AtomicU64::new(0));
        for number in 1..=connections {
            let mut bus = Bus::new(
                Endpoint::tcp(host(number).to_string(), port),
                Arc::new(SystemClock),
            );
            let (requests, link) = (Arc::clone(&requests), profile.link().clone());
            tokio::spawn(async move {
                let plan = plan();
                loop {
                    let outcome = bus.read(UNIT, &plan, &link).await;
                    assert_eq!(outcome.image.blocks[0].words.len(), usize::from(WORDS));
                    requests.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        Ok(count(&requests).await)
    })
}

fn plan() -> ReadPlan {
    ReadPlan {
        requests: vec![ReadRequest {
            function: ReadFunction::Holding,
            start: START,
            count: WORDS,
            tables: vec![TableKey {
                table: 0,
                instance: 1,
            }],
        }],
    }
}

fn runtime() -> std::io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}
