use std::fmt;

/// Where a gateway or a device listens.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Endpoint {
    /// A name or an address, without brackets.
    pub host: String,
    pub port: u16,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(formatter, "[{}]:{}", self.host, self.port)
        } else {
            write!(formatter, "{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Endpoint;

    #[track_caller]
    fn check(host: &str, expected: &str) {
        let host = host.to_owned();
        assert_eq!(Endpoint { host, port: 502 }.to_string(), expected);
    }

    #[test]
    fn an_address_of_version_6_is_set_apart_from_its_port() {
        check("192.0.2.7", "192.0.2.7:502");
        check("d70.example", "d70.example:502");
        check("2001:db8::7", "[2001:db8::7]:502");
    }
}
