use std::fmt;
use std::time::Duration;

/// Where a device, or the devices behind one gateway or on one line, are reached, and how it is
/// spoken there.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Endpoint {
    /// Modbus TCP.
    Tcp {
        /// A name or an address, without brackets.
        host: String,
        port: u16,
    },
    /// Serial frames over a TCP connection: a converter that passes on what it is given.
    RtuOverTcp { host: String, port: u16 },
    /// A serial port of this machine.
    Serial(SerialPort),
}

/// A serial port and what its line has agreed on. A character always has eight data bits, since
/// Modbus RTU sends whole bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SerialPort {
    /// Such as `/dev/ttyUSB0`.
    pub path: String,
    pub baud_rate: u32,
    pub parity: Parity,
    pub stop_bits: StopBits,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Parity {
    None,
    Even,
    Odd,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StopBits {
    One,
    Two,
}

impl Endpoint {
    pub fn tcp(host: impl Into<String>, port: u16) -> Self {
        let host = host.into();
        Self::Tcp { host, port }
    }

    pub fn rtu_over_tcp(host: impl Into<String>, port: u16) -> Self {
        let host = host.into();
        Self::RtuOverTcp { host, port }
    }

    /// The name of what is spoken there.
    pub fn protocol(&self) -> &'static str {
        match self {
            Self::Tcp { .. } => "Modbus TCP",
            Self::RtuOverTcp { .. } => "Modbus RTU over TCP",
            Self::Serial(_) => "Modbus RTU",
        }
    }
}

impl SerialPort {
    /// How long one character is under way.
    pub(crate) fn character(&self) -> Duration {
        // A start bit and eight data bits, and what was agreed on.
        let bits =
            9 + match self.parity {
                Parity::None => 0,
                Parity::Even | Parity::Odd => 1,
            } + match self.stop_bits {
                StopBits::One => 1,
                StopBits::Two => 2,
            };
        Duration::from_secs(bits) / self.baud_rate.max(1)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } => write!(formatter, "{}:{port}", Bracketed(host)),
            Self::RtuOverTcp { host, port } => {
                write!(formatter, "rtu://{}:{port}", Bracketed(host))
            }
            Self::Serial(port) => port.fmt(formatter),
        }
    }
}

impl fmt::Display for SerialPort {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parity = match self.parity {
            Parity::None => 'N',
            Parity::Even => 'E',
            Parity::Odd => 'O',
        };
        let stop_bits = match self.stop_bits {
            StopBits::One => 1,
            StopBits::Two => 2,
        };
        let (path, baud_rate) = (&self.path, self.baud_rate);
        write!(formatter, "{path} {baud_rate} 8{parity}{stop_bits}")
    }
}

/// A host as it is written before a port.
struct Bracketed<'a>(&'a str);

impl fmt::Display for Bracketed<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.contains(':') {
            write!(formatter, "[{}]", self.0)
        } else {
            formatter.write_str(self.0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(endpoint: &Endpoint, expected: &str) {
        assert_eq!(endpoint.to_string(), expected);
    }

    fn serial(baud_rate: u32, parity: Parity, stop_bits: StopBits) -> SerialPort {
        SerialPort {
            path: "/dev/ttyUSB0".to_owned(),
            baud_rate,
            parity,
            stop_bits,
        }
    }

    #[test]
    fn an_address_of_version_6_is_set_apart_from_its_port() {
        check(&Endpoint::tcp("192.0.2.7", 502), "192.0.2.7:502");
        check(&Endpoint::tcp("d70.example", 502), "d70.example:502");
        check(&Endpoint::tcp("2001:db8::7", 502), "[2001:db8::7]:502");
    }

    #[test]
    fn what_is_spoken_shows() {
        let converter = Endpoint::rtu_over_tcp("10.0.0.7", 4001);
        check(&converter, "rtu://10.0.0.7:4001");
        let converter = Endpoint::rtu_over_tcp("2001:db8::7", 4001);
        check(&converter, "rtu://[2001:db8::7]:4001");
        let port = serial(19_200, Parity::Even, StopBits::One);
        check(&Endpoint::Serial(port), "/dev/ttyUSB0 19200 8E1");
        let port = serial(9600, Parity::None, StopBits::Two);
        check(&Endpoint::Serial(port), "/dev/ttyUSB0 9600 8N2");
    }

    #[test]
    fn a_character_has_ten_to_twelve_bits() {
        let micros = |parity, stop_bits| serial(10_000, parity, stop_bits).character().as_micros();
        assert_eq!(micros(Parity::None, StopBits::One), 1000);
        assert_eq!(micros(Parity::Even, StopBits::One), 1100);
        assert_eq!(micros(Parity::Odd, StopBits::Two), 1200);
    }
}
