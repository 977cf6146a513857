use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;
use model::DeviceId;
use profiles::Catalogue;
use serde_json::json;

use super::*;
use crate::app::App;
use crate::averages::Averages;
use crate::clock::SystemClock;
use crate::config::{AccessOptions, Config};
use crate::retention::RetentionOptions;
use crate::site::SiteDocument;

/// Longest wait for what takes a second.
const PATIENCE: Duration = Duration::from_secs(20);

/// A clock that breaks the first time that it is read.
#[derive(Debug)]
struct BrokenOnce(AtomicBool);

impl Clock for BrokenOnce {
    fn now(&self) -> Timestamp {
        assert!(self.0.swap(true, Ordering::Relaxed), "the clock is broken");
        Timestamp::UNIX_EPOCH
    }
}

fn site(sources: &serde_json::Value) -> Site {
    let document = json!({
        "format": "wattline-configuration", "version": 1,
        "site": { "name": "Quai 9", "time_zone": "Europe/Paris" },
        "sources": sources,
        "points": [{ "id": 1, "name": "Ovens", "kind": "circuit" }],
        "mounts": [{ "point": 1, "source": 1, "channel": "circuit1", "from": "1970-01-01T00:00:00Z" }]
    });
    let document = SiteDocument::from_json(document.to_string().as_bytes()).unwrap();
    Site::check(document, &Catalogue::shipped()).unwrap()
}

/// One device where nobody listens: the port was free a moment ago.
fn lonely_site() -> Site {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    site(
        &json!([{ "id": 1, "name": "A-10", "profile": "socomec.diris.a10",
        "host": "127.0.0.1", "port": port, "unit_id": 5 }]),
    )
}

/// PRT-01
#[test]
fn what_is_at_one_place_shares_one_bus_with_the_window_declared_there() {
    let a10 = |id: u32, way: serde_json::Value| {
        let mut source = json!({ "id": id, "name": format!("A-10 no. {id}"),
            "profile": "socomec.diris.a10", "unit_id": id });
        let members = way.as_object().unwrap().clone();
        source.as_object_mut().unwrap().extend(members);
        source
    };
    let serial = json!({ "serial": { "path": "/dev/ttyUSB0", "baud_rate": 9600 } });
    let site = site(&json!([
        a10(1, json!({ "host": "10.0.0.7", "window": 4 })),
        a10(2, json!({ "host": "10.0.0.7" })),
        a10(
            3,
            json!({ "host": "10.0.0.7", "port": 503, "protocol": "rtu_over_tcp" })
        ),
        a10(4, serial.clone()),
        a10(5, serial),
    ]));
    let plans = bus::bus_plans(&site, Timestamp::UNIX_EPOCH);
    let found: Vec<(String, u8, usize)> = plans
        .iter()
        .map(|plan| (plan.endpoint.to_string(), plan.window, plan.devices.len()))
        .collect();
    assert_eq!(
        found,
        [
            ("10.0.0.7:502".to_owned(), 4, 2),
            ("rtu://10.0.0.7:503".to_owned(), 1, 1),
            ("/dev/ttyUSB0 9600 8E1".to_owned(), 1, 2),
        ]
    );
}

/// NFR-02
#[tokio::test]
async fn a_panic_in_a_bus_starts_that_bus_again_and_its_devices_show_it() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        data: folder.path().to_owned(),
        listen: ([127, 0, 0, 1], 0).into(),
        periods: Periods::default(),
        access: AccessOptions::default(),
        retention: RetentionOptions::default(),
    };
    let app = App::build(&config, Arc::new(SystemClock)).await.unwrap();
    let state = app.state();
    let clock: Arc<dyn Clock> = Arc::new(BrokenOnce(AtomicBool::new(false)));
    let site = lonely_site();
    let live = Arc::clone(&state.live);
    let tools = PollerTools {
        periods: state.periods,
        dispatch: Dispatch {
            recorder: Arc::clone(&state.recorder),
            energy: Arc::clone(&state.energy),
            live: Arc::clone(&live),
            averages: Arc::new(Averages::new(Arc::clone(&state.site))),
        },
        orders: Arc::default(),
        figures: Arc::default(),
        counts: Arc::default(),
        extremes: Arc::new(DayExtremes::new(
            Arc::clone(&state.history),
            state.site.subscribe(),
            Arc::clone(&state.clock),
        )),
        clock,
    };
    let mut changes = live.changes();
    let [plan] = <[BusPlan; 1]>::try_from(bus::bus_plans(&site, Timestamp::UNIX_EPOCH)).unwrap();
    let bus = start(plan, tools);

    let mut seen = Vec::new();
    while seen.last() != Some(&DeviceState::Silent) {
        tokio::time::timeout(PATIENCE, changes.changed())
            .await
            .expect("the bus goes on")
            .unwrap();
        let health = live.health_of(DeviceId(1)).unwrap();
        assert_eq!(health.bus_restarts, 1);
        if health.state == DeviceState::Waiting {
            assert_eq!(health.fault.unwrap().code, "bus_restarted");
        }
        seen.push(health.state);
    }
    assert_eq!(seen[0], DeviceState::Waiting, "before it was asked again");
    bus.shutdown.cancel();
    bus.task.await.unwrap();
}
