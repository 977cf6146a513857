use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri, header};

/// Where Linux keeps the name of the machine.
const HOST_NAME_FILE: &str = "/proc/sys/kernel/hostname";

/// The names under which this server may be asked for (SEC-14).
///
/// A page of another site can point a name of its own at this server ("DNS rebinding"), and the
/// browser then takes both for one site. It cannot make the browser send another name than its
/// own, so a name that is not ours gives it away. A literal address has no name to point: it is
/// always allowed.
#[derive(Debug, Clone)]
pub struct AllowedHosts {
    names: BTreeSet<String>,
}

/// Why a request is refused before anybody looks at what it wants.
#[derive(Debug, PartialEq, Eq)]
pub enum HostRefusal {
    /// No host at all, several, or text that is none.
    Unreadable,
    /// A name that is not this server's.
    Unknown(String),
    /// The request was made by a page of another origin.
    ForeignOrigin,
}

impl AllowedHosts {
    /// Loopback names and `extra` ones, such as the name under which a proxy publishes the server.
    pub fn new(extra: impl IntoIterator<Item = String>) -> AllowedHosts {
        let mut names = BTreeSet::from(["localhost".to_owned()]);
        names.extend(extra.into_iter().map(|name| name.to_ascii_lowercase()));
        AllowedHosts { names }
    }

    /// Also the machine's own name, alone and as multicast DNS announces it. A server that only
    /// listens on loopback is not reached by it.
    #[must_use]
    pub fn of_this_machine(mut self, listen: SocketAddr) -> AllowedHosts {
        if listen.ip().is_loopback() {
            return self;
        }
        if let Ok(name) = std::fs::read_to_string(HOST_NAME_FILE) {
            let name = name.trim().to_ascii_lowercase();
            self.names.insert(format!("{name}.local"));
            self.names.insert(name);
        }
        self
    }

    /// Checks whom a request names and where it comes from.
    pub fn check(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), HostRefusal> {
        let host = named_host(uri, headers).ok_or(HostRefusal::Unreadable)?;
        if !self.allows(host.host()) {
            return Err(HostRefusal::Unknown(host.host().to_owned()));
        }
        let foreign = headers
            .get_all(header::ORIGIN)
            .iter()
            .any(|origin| !origin.to_str().is_ok_and(|origin| is_same(origin, &host)));
        if foreign {
            return Err(HostRefusal::ForeignOrigin);
        }
        Ok(())
    }

    fn allows(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        // A name may end with the dot of the DNS root.
        let name = host.strip_suffix('.').unwrap_or(&host);
        literal_address(name).is_some() || self.names.contains(name)
    }
}

fn literal_address(host: &str) -> Option<IpAddr> {
    let bare = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(host);
    bare.parse().ok()
}

/// HTTP/2 and the absolute form carry the host in the address, HTTP/1.1 in its header.
fn named_host(uri: &Uri, headers: &HeaderMap) -> Option<Authority> {
    if let Some(authority) = uri.authority() {
        return Some(authority.clone());
    }
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts.next()?;
    if hosts.next().is_some() {
        return None;
    }
    Authority::try_from(host.as_bytes()).ok()
}

/// Whether the page of `origin` was served under the host that the request names. The scheme may
/// differ: a proxy may add HTTPS.
fn is_same(origin: &str, host: &Authority) -> bool {
    let Ok(uri) = origin.parse::<Uri>() else {
        return false;
    };
    let default_port = match uri.scheme_str() {
        Some("https") => 443,
        Some("http") => 80,
        _ => return false,
    };
    uri.authority().is_some_and(|origin| {
        origin.host().eq_ignore_ascii_case(host.host())
            && origin.port_u16().unwrap_or(default_port) == host.port_u16().unwrap_or(default_port)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn ours() -> AllowedHosts {
        AllowedHosts::new(["Power.Example.org".to_owned()])
    }

    #[track_caller]
    fn check(host: &'static str, origin: Option<&'static str>, expected: &Result<(), HostRefusal>) {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static(host));
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
        }
        assert_eq!(&ours().check(&Uri::from_static("/"), &headers), expected);
    }

    // SEC-14
    #[test]
    fn own_names_and_all_addresses_are_answered() {
        for host in [
            "localhost",
            "LOCALHOST:8080",
            "localhost.",
            "127.0.0.1:8080",
            "192.168.1.20",
            "[::1]:8080",
            "[fe80::1]",
            "power.example.org",
            "power.example.org:443",
        ] {
            check(host, None, &Ok(()));
        }
    }

    // SEC-14
    #[test]
    fn a_name_that_somebody_pointed_at_this_server_is_refused() {
        for name in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "power.example.org.evil.example",
        ] {
            check(name, None, &Err(HostRefusal::Unknown(name.to_owned())));
        }
    }

    // SEC-14
    #[test]
    fn a_page_of_another_origin_is_refused() {
        let refused = &Err(HostRefusal::ForeignOrigin);
        check("127.0.0.1:8080", Some("http://127.0.0.1:8080"), &Ok(()));
        check("127.0.0.1:8080", Some("http://127.0.0.1:9090"), refused);
        check("127.0.0.1:8080", Some("http://localhost:8080"), refused);
        check("127.0.0.1:8080", Some("https://evil.example"), refused);
        check("127.0.0.1:8080", Some("null"), refused);
        check("127.0.0.1:8080", Some(""), refused);
    }

    #[test]
    fn a_proxy_may_add_https() {
        let origin = Some("https://power.example.org");
        check("power.example.org", origin, &Ok(()));
        check("power.example.org:443", origin, &Ok(()));
    }

    #[test]
    fn a_request_that_names_no_host_or_several_is_refused() {
        check("", None, &Err(HostRefusal::Unreadable));
        check("a b", None, &Err(HostRefusal::Unreadable));
        let mut two = HeaderMap::new();
        two.append(header::HOST, HeaderValue::from_static("localhost"));
        two.append(header::HOST, HeaderValue::from_static("evil.example"));
        let root = Uri::from_static("/");
        assert_eq!(ours().check(&root, &two), Err(HostRefusal::Unreadable));
        let none = HeaderMap::new();
        assert_eq!(ours().check(&root, &none), Err(HostRefusal::Unreadable));
    }

    #[test]
    fn the_host_in_the_address_wins_over_the_header() {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("localhost"));
        let refused = Err(HostRefusal::Unknown("evil.example".to_owned()));
        let uri = Uri::from_static("http://evil.example/");
        assert_eq!(ours().check(&uri, &headers), refused);
    }
}
