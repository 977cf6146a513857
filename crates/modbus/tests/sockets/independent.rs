//! Against the server of `tokio-modbus`, which shares no code with the client.

use std::collections::HashMap;
use std::future::{Ready, ready};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use modbus::Endpoint;
use profiles::{LinkOptions, ReadFunction, ReadPlan, ReadRequest};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio_modbus::server::Service;
use tokio_modbus::server::tcp::{Server, accept_tcp_connection};
use tokio_modbus::{ExceptionCode, Request, Response, SlaveRequest};

use crate::peer::{NEVER, assert_all_read, bus, codes, endpoint_of, link, plan, word};

/// Registers below this are there.
const REGISTERS: u16 = 1000;

/// Units 1 to 9 with the same registers, those written kept apart.
#[derive(Clone, Default)]
struct Device(Arc<Mutex<HashMap<(u8, u16), u16>>>);

impl Device {
    fn read(&self, unit_id: u8, start: u16, count: u16) -> Result<Vec<u16>, ExceptionCode> {
        if start.saturating_add(count) > REGISTERS {
            return Err(ExceptionCode::IllegalDataAddress);
        }
        let written = self.0.lock().unwrap();
        let words = (start..start + count).map(|register| {
            let own = written.get(&(unit_id, register));
            own.copied().unwrap_or_else(|| word(register))
        });
        Ok(words.collect())
    }

    fn write(&self, unit_id: u8, start: u16, words: &[u16]) {
        let registers = (start..).map(|register| (unit_id, register));
        let mut written = self.0.lock().unwrap();
        written.extend(registers.zip(words.iter().copied()));
    }
}

impl Service for Device {
    type Request = SlaveRequest<'static>;
    type Response = Response;
    type Exception = ExceptionCode;
    type Future = Ready<Result<Response, ExceptionCode>>;

    fn call(&self, SlaveRequest { slave, request }: Self::Request) -> Self::Future {
        ready(match request {
            _ if slave > 9 => Err(ExceptionCode::GatewayTargetDevice),
            Request::ReadHoldingRegisters(start, count) => self
                .read(slave, start, count)
                .map(Response::ReadHoldingRegisters),
            Request::ReadInputRegisters(start, count) => self
                .read(slave, start, count)
                .map(Response::ReadInputRegisters),
            Request::WriteSingleRegister(address, word) => {
                self.write(slave, address, &[word]);
                Ok(Response::WriteSingleRegister(address, word))
            }
            Request::WriteMultipleRegisters(start, words) => {
                self.write(slave, start, &words);
                Ok(Response::WriteMultipleRegisters(start, words.len() as u16))
            }
            _ => Err(ExceptionCode::IllegalFunction),
        })
    }
}

/// A running server; dropped, it closes its connections and its port.
struct Running {
    endpoint: Endpoint,
    _stop: oneshot::Sender<()>,
}

async fn start(address: &str) -> Running {
    let listener = TcpListener::bind(address).await.unwrap();
    let endpoint = endpoint_of(&listener);
    let (stop, stopped) = oneshot::channel::<()>();
    let device = Device::default();
    tokio::spawn(async move {
        let on_connected = |stream, address| {
            let device = device.clone();
            async move { accept_tcp_connection(stream, address, |_| Ok(Some(device.clone()))) }
        };
        let stopped = async {
            stopped.await.ok();
        };
        Server::new(listener)
            .serve_until(&on_connected, |_| {}, stopped)
            .await
            .unwrap();
    });
    Running {
        endpoint,
        _stop: stop,
    }
}

#[tokio::test]
async fn both_kinds_of_registers_are_read_from_a_foreign_server() {
    let server = start("127.0.0.1:0").await;
    let mut bus = bus(server.endpoint.clone());
    for function in [ReadFunction::Holding, ReadFunction::Input] {
        let requests = [(0, 1), (1, 125), (875, 125)].map(|(start, count)| ReadRequest {
            function,
            start,
            count,
            tables: Vec::new(),
        });
        let plan = ReadPlan {
            requests: requests.into(),
        };
        let outcome = bus.read(3, &plan, &link(NEVER)).await;
        assert_all_read(&outcome, &plan);
        assert_eq!(outcome.requests, 3);
        assert!(outcome.latency.is_some());
    }
}

#[tokio::test]
async fn each_block_has_the_time_of_its_own_answer() {
    let server = start("127.0.0.1:0").await;
    let plan = plan(&[(0, 10), (10, 10), (20, 10)]);
    let outcome = bus(server.endpoint.clone())
        .read(3, &plan, &link(NEVER))
        .await;
    let times: Vec<_> = outcome.image.blocks.iter().map(|block| block.at).collect();
    assert!(
        times.is_sorted_by(|earlier, later| earlier < later),
        "{times:?}"
    );
}

#[tokio::test]
async fn a_table_that_is_absent_leaves_the_others() {
    let server = start("127.0.0.1:0").await;
    let outcome = bus(server.endpoint.clone())
        .read(3, &plan(&[(0, 10), (995, 10), (20, 10)]), &link(NEVER))
        .await;
    let [(asked, fault)] = &outcome.faults[..] else {
        panic!("one request was to fail: {:?}", outcome.faults);
    };
    assert_eq!(asked.start, 995);
    assert!(fault.means_absent());
    assert_eq!(outcome.image.blocks.len(), 2);
}

#[tokio::test]
async fn a_gateway_without_the_device_is_asked_once_per_sweep() {
    let server = start("127.0.0.1:0").await;
    let outcome = bus(server.endpoint.clone())
        .read(10, &plan(&[(0, 10), (10, 10)]), &link(NEVER))
        .await;
    assert_eq!(codes(&outcome), ["exception_11"]);
    assert!(outcome.faults[0].1.means_silent());
    assert_eq!(outcome.requests, 1);
}

#[tokio::test]
async fn several_requests_are_outstanding_where_the_gateway_takes_them() {
    let server = start("127.0.0.1:0").await;
    let mut bus = bus(server.endpoint.clone()).with_window(8);
    let reads: Vec<(u16, u16)> = (0..60).map(|index| (index * 10, 100)).collect();
    let plan = plan(&reads);
    for _ in 0..20 {
        let outcome = bus.read(3, &plan, &link(NEVER)).await;
        assert_all_read(&outcome, &plan);
    }
}

#[tokio::test]
async fn what_is_written_is_read_back() {
    let server = start("127.0.0.1:0").await;
    let mut bus = bus(server.endpoint.clone());
    let options = link(NEVER);
    bus.write_single(3, 100, 0xABCD, &options).await.unwrap();
    bus.write_multiple(3, 101, &[1, 2, 3], &options)
        .await
        .unwrap();
    let outcome = bus.read(3, &plan(&[(99, 6)]), &options).await;
    let words = &outcome.image.blocks[0].words;
    assert_eq!(words[..], [word(99), 0xABCD, 1, 2, 3, word(104)]);

    let fault = bus.write_single(10, 100, 1, &options).await.unwrap_err();
    assert_eq!(fault.code(), "exception_11");
    let fault = bus.write_multiple(3, 0, &[], &options).await.unwrap_err();
    assert_eq!(fault.code(), "invalid_request");
}

#[tokio::test]
async fn a_server_that_restarts_is_read_again() {
    let mut server = start("127.0.0.1:0").await;
    let endpoint = server.endpoint.clone();
    let mut bus = bus(endpoint.clone());
    let plan = plan(&[(0, 10), (10, 10)]);
    let options = LinkOptions {
        retries: 1,
        ..link(NEVER)
    };
    for _ in 0..3 {
        let outcome = bus.read(3, &plan, &options).await;
        assert_all_read(&outcome, &plan);
        drop(server);
        let begin = Instant::now();
        // Read on until the end has been noticed: no answer may be invented meanwhile.
        loop {
            let outcome = bus.read(3, &plan, &options).await;
            if !outcome.faults.is_empty() {
                break;
            }
            assert!(begin.elapsed() < Duration::from_secs(30));
        }
        server = start(&endpoint.to_string()).await;
        let begin = Instant::now();
        while !bus.read(3, &plan, &options).await.faults.is_empty() {
            assert!(begin.elapsed() < Duration::from_secs(30));
            tokio::task::yield_now().await;
        }
    }
}
