//! Against the RTU servers of `pymodbus`: over a pseudo-terminal, over TCP, and behind a bridge
//! between the two.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use modbus::Endpoint;
use profiles::{ReadFunction, ReadPlan, ReadRequest};
use tokio::io::{AsyncBufReadExt, BufReader, copy_bidirectional};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

use crate::line::Pty;
use crate::peer::{assert_all_read, bus, codes, link, plan};

const BAUD_RATE: &str = "115200";
/// An interpreter on a machine under load takes its time.
const PATIENT: Duration = Duration::from_secs(10);

/// A running server; dropped, it is killed.
struct Pymodbus {
    _child: Child,
    /// Its port or path.
    ready: String,
}

impl Pymodbus {
    async fn start(arguments: &[&str]) -> Self {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let mut child = Command::new(root.join("../../.venv/bin/python"))
            .arg(root.join("tests/peers/pymodbus_rtu_server.py"))
            .args(arguments)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("`scripts/setup test` has set up .venv with pymodbus");
        let output = child.stdout.take().expect("it was piped");
        let line = BufReader::new(output).lines().next_line().await.unwrap();
        let ready = line.expect("pymodbus and pyserial are in .venv: run `scripts/setup test`");
        Self {
            _child: child,
            ready,
        }
    }
}

/// Reads both kinds of registers, is refused by the device, and finds a unit silent.
async fn check(endpoint: Endpoint) {
    let mut bus = bus(endpoint);
    for unit_id in 1..=3 {
        for function in [ReadFunction::Holding, ReadFunction::Input] {
            let requests = [(0, 1), (1, 125), (875, 125), (3, 2), (4, 2)];
            let requests = requests.map(|(start, count)| ReadRequest {
                function,
                start,
                count,
                tables: Vec::new(),
            });
            let plan = ReadPlan {
                requests: requests.into(),
            };
            let outcome = bus.read(unit_id, &plan, &link(PATIENT)).await;
            assert_all_read(&outcome, &plan);
            assert_eq!(outcome.requests, 5);
        }
    }
    let outcome = bus
        .read(1, &plan(&[(0, 10), (995, 10), (20, 10)]), &link(PATIENT))
        .await;
    let [(asked, fault)] = &outcome.faults[..] else {
        panic!("one request was to fail: {:?}", outcome.faults);
    };
    assert_eq!(asked.start, 995);
    assert!(fault.means_absent(), "{fault:?}");
    assert_eq!(codes(&outcome), ["exception_2"]);
    assert_eq!(outcome.image.blocks.len(), 2);
}

#[tokio::test]
async fn a_foreign_server_is_read_over_rtu_over_tcp() {
    let server = Pymodbus::start(&["tcp"]).await;
    check(Endpoint::rtu_over_tcp(
        "127.0.0.1",
        server.ready.parse().unwrap(),
    ))
    .await;
}

#[tokio::test]
async fn a_foreign_server_is_read_over_a_serial_line() {
    let (mut near, mut far) = (Pty::new(), Pty::new());
    let _server = Pymodbus::start(&["serial", &far.path, BAUD_RATE]).await;
    let endpoint = near.endpoint.clone();
    let cable = copy_bidirectional(&mut near.far_end, &mut far.far_end);
    tokio::select! {
        end = cable => panic!("the cable broke: {end:?}"),
        () = check(endpoint) => {}
    }
}

#[tokio::test]
async fn a_foreign_server_is_read_through_a_converter_to_its_serial_line() {
    let mut far = Pty::new();
    let _server = Pymodbus::start(&["serial", &far.path, BAUD_RATE]).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let converter = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        copy_bidirectional(&mut stream, &mut far.far_end).await
    };
    tokio::select! {
        end = converter => panic!("the converter broke: {end:?}"),
        () = check(Endpoint::rtu_over_tcp("127.0.0.1", port)) => {}
    }
}
