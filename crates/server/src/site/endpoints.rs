//! The way to each source: where its bus is, and what is spoken there.
//!
//! One place is one bus: sources that name the same place share its connection, so they have to
//! agree on what is spoken and how fast.

use std::collections::HashMap;

use modbus::{Endpoint, SerialPort, StopBits, WINDOW_MAX};
use profiles::{Catalogue, ProductClass};

use super::check::Mistakes;
use super::document::{MODBUS_PORT, Parity, Protocol, SerialLine, Source};

/// Rates that serial hardware agrees on.
const BAUD_RATES: [u32; 9] = [
    1_200, 2_400, 4_800, 9_600, 19_200, 38_400, 57_600, 115_200, 230_400,
];
/// Where serial ports are; no other file of the machine is opened.
const PORT_FOLDER: &str = "/dev/";
/// Longest path of a port: those by id under `/dev/serial` have some 80 characters.
const PORT_PATH_CHARS_MAX: usize = 200;

/// The ways of all sources of one document.
#[derive(Debug)]
pub(super) struct Endpoints<'a> {
    sources: HashMap<u32, &'a Source>,
    catalogue: &'a Catalogue,
    /// What each place was found to be first, and by which source.
    places: HashMap<Place, (usize, Endpoint)>,
    windows: HashMap<Endpoint, (usize, u8)>,
}

/// What only one connection leads to.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Place {
    Address(String, u16),
    Port(String),
}

impl<'a> Endpoints<'a> {
    pub(super) fn new(sources: &'a [Source], catalogue: &'a Catalogue) -> Self {
        Self {
            sources: sources.iter().map(|source| (source.id, source)).collect(),
            catalogue,
            places: HashMap::new(),
            windows: HashMap::new(),
        }
    }

    /// Where the source of this index is reached; `None` where a mistake was added instead.
    pub(super) fn of(
        &mut self,
        index: usize,
        source: &Source,
        mistakes: &mut Mistakes,
    ) -> Option<Endpoint> {
        let path = format!("sources[{index}]");
        let endpoint = match source.gateway {
            Some(gateway) => self.behind(gateway, source, &path, mistakes),
            None => direct(source, &path, mistakes),
        }?;
        self.agrees(index, &endpoint, mistakes)?;
        if let Some(window) = source.window {
            self.check_window(index, window, &endpoint, mistakes);
        }
        Some(endpoint)
    }

    fn behind(
        &self,
        gateway: u32,
        source: &Source,
        path: &str,
        mistakes: &mut Mistakes,
    ) -> Option<Endpoint> {
        let own = [
            ("host", source.host.is_some()),
            ("port", source.port.is_some()),
            ("protocol", source.protocol.is_some()),
            ("serial", source.serial.is_some()),
            ("window", source.window.is_some()),
        ];
        for (member, _) in own.into_iter().filter(|(_, is_there)| *is_there) {
            mistakes.add(
                format!("{path}.{member}"),
                format!("a source behind a gateway has no {member} of its own"),
            );
        }
        let before = self.sources.get(&gateway).filter(|before| {
            let profile = self.catalogue.get(&before.profile);
            before.gateway.is_none()
                && profile.is_some_and(|profile| profile.head().class == ProductClass::Gateway)
        });
        let Some(before) = before else {
            mistakes.add(
                format!("{path}.gateway"),
                format!("{gateway} is not a gateway with an address"),
            );
            return None;
        };
        // What is wrong with the gateway's own address is told where it stands.
        direct(before, path, &mut Mistakes::default())
    }

    /// One place has one way of speaking, since it has one connection.
    fn agrees(&mut self, index: usize, endpoint: &Endpoint, mistakes: &mut Mistakes) -> Option<()> {
        let (place, member) = match endpoint {
            Endpoint::Tcp { host, port } | Endpoint::RtuOverTcp { host, port } => {
                (Place::Address(host.to_lowercase(), *port), "protocol")
            }
            Endpoint::Serial(port) => (Place::Port(port.path.clone()), "serial"),
        };
        let (first, known) = self
            .places
            .entry(place)
            .or_insert_with(|| (index, endpoint.clone()));
        if known == endpoint {
            return Some(());
        }
        mistakes.add(
            format!("sources[{index}].{member}"),
            format!("{endpoint} differs from {known} of sources[{first}] at the same place"),
        );
        None
    }

    fn check_window(
        &mut self,
        index: usize,
        window: u8,
        endpoint: &Endpoint,
        mistakes: &mut Mistakes,
    ) {
        let path = format!("sources[{index}].window");
        if !(1..=WINDOW_MAX).contains(&usize::from(window)) {
            mistakes.add(path, format!("must be 1 to {WINDOW_MAX}"));
            return;
        }
        if window > 1 && !matches!(endpoint, Endpoint::Tcp { .. }) {
            let protocol = endpoint.protocol();
            mistakes.add(
                path,
                format!("{protocol} carries one request at a time: answers do not say to which they belong"),
            );
            return;
        }
        let (first, known) = self
            .windows
            .entry(endpoint.clone())
            .or_insert((index, window));
        if *known != window {
            mistakes.add(
                path,
                format!("{endpoint} has a window of {known} in sources[{first}]"),
            );
        }
    }
}

/// The address of a source that is reached by itself.
fn direct(source: &Source, path: &str, mistakes: &mut Mistakes) -> Option<Endpoint> {
    let host = source.host.as_deref().map(str::trim);
    match (host, &source.serial) {
        (Some(host), None) if !host.is_empty() => {
            let port = source.port.unwrap_or(MODBUS_PORT);
            Some(match source.protocol {
                None | Some(Protocol::Tcp) => Endpoint::tcp(host, port),
                Some(Protocol::RtuOverTcp) => Endpoint::rtu_over_tcp(host, port),
            })
        }
        (None, Some(line)) => {
            for (member, is_there) in [
                ("port", source.port.is_some()),
                ("protocol", source.protocol.is_some()),
            ] {
                if is_there {
                    mistakes.add(
                        format!("{path}.{member}"),
                        format!("a source on a serial line has no {member}"),
                    );
                    return None;
                }
            }
            serial(line, path, mistakes)
        }
        (Some(_), Some(_)) => {
            mistakes.add(
                format!("{path}.serial"),
                "a source has a host or a serial line, not both",
            );
            None
        }
        _ => {
            mistakes.add(
                format!("{path}.host"),
                "a source has a host or a serial line, or names its gateway",
            );
            None
        }
    }
}

fn serial(line: &SerialLine, path: &str, mistakes: &mut Mistakes) -> Option<Endpoint> {
    let is_port = line.path.starts_with(PORT_FOLDER)
        && line.path.chars().count() <= PORT_PATH_CHARS_MAX
        && !line.path.chars().any(char::is_control)
        && line.path.split('/').all(|part| part != "..");
    if !is_port {
        mistakes.add(
            format!("{path}.serial.path"),
            format!("must be a serial port such as `{PORT_FOLDER}ttyUSB0`"),
        );
        return None;
    }
    if !BAUD_RATES.contains(&line.baud_rate) {
        mistakes.add(
            format!("{path}.serial.baud_rate"),
            format!(
                "must be one of {}",
                BAUD_RATES.map(|rate| rate.to_string()).join(", ")
            ),
        );
        return None;
    }
    let stop_bits = match line.stop_bits {
        1 => StopBits::One,
        2 => StopBits::Two,
        _ => {
            mistakes.add(format!("{path}.serial.stop_bits"), "must be 1 or 2");
            return None;
        }
    };
    Some(Endpoint::Serial(SerialPort {
        path: line.path.clone(),
        baud_rate: line.baud_rate,
        parity: match line.parity {
            Parity::None => modbus::Parity::None,
            Parity::Even => modbus::Parity::Even,
            Parity::Odd => modbus::Parity::Odd,
        },
        stop_bits,
    }))
}
