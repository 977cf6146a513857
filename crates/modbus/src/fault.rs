use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::mbap::{LENGTH_MAX, LENGTH_MIN};
use crate::pdu::{InvalidRequest, MalformedAnswer};
use crate::{Endpoint, ExceptionCode};

/// Why one request brought nothing. A device that does not answer is data, not an error of the
/// program: the fault becomes its health.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RequestFault {
    #[error("unit {unit_id} did not answer within {timeout:?}")]
    Timeout { unit_id: u8, timeout: Duration },
    /// Only on lines without transaction ids, when several requests in a row brought nothing.
    #[error(
        "unit {unit_id} still owes answers that could not be told from another one, so it was \
         not asked"
    )]
    StillOwes { unit_id: u8 },
    #[error("the name `{host}` leads to no address")]
    NameNotResolved {
        endpoint: Endpoint,
        host: String,
        #[source]
        source: Arc<io::Error>,
    },
    #[error("{endpoint} cannot be connected to")]
    Connection {
        endpoint: Endpoint,
        #[source]
        source: Arc<io::Error>,
    },
    #[error("the connection to {endpoint} was lost before unit {unit_id} answered")]
    ConnectionLost {
        endpoint: Endpoint,
        unit_id: u8,
        #[source]
        source: Arc<io::Error>,
    },
    #[error("unit {unit_id} answered {code}")]
    Exception { unit_id: u8, code: ExceptionCode },
    #[error("unit {unit_id} gave an answer that does not fit the request")]
    Malformed {
        unit_id: u8,
        #[source]
        source: MalformedAnswer,
    },
    #[error("{endpoint} does not keep to {}", endpoint.protocol())]
    Framing {
        endpoint: Endpoint,
        #[source]
        source: FramingFault,
    },
    #[error("the request cannot be sent")]
    Invalid(#[source] InvalidRequest),
}

/// Why a connection cannot be read any further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FramingFault {
    #[error("protocol id {found} instead of 0, as a peer that speaks RTU over TCP would send it")]
    ProtocolId { found: u16 },
    #[error("a frame of length {found} instead of {LENGTH_MIN} to {LENGTH_MAX}")]
    Length { found: u16 },
    #[error("{count} frames in a row that nobody had asked for")]
    Unasked { count: usize },
    #[error("the answer was not complete when its time was over")]
    HalfFrame,
    #[error("the line was not silent once within {waited:?}, so that nothing could be asked")]
    NeverSilent { waited: Duration },
}

impl RequestFault {
    /// The same request may well succeed later, so it stays planned.
    pub fn is_transient(&self) -> bool {
        !self.means_absent() && !matches!(self, Self::Invalid(_))
    }

    /// The device says that it does not have these registers: exception 1, 2 or 3.
    pub fn means_absent(&self) -> bool {
        matches!(self, Self::Exception { code, .. } if code.means_absent())
    }

    /// The device gave no sign of life, or its gateway says so: worth asking less often. Any
    /// other fault came with an answer, however bad.
    pub fn means_silent(&self) -> bool {
        match self {
            Self::Timeout { .. }
            | Self::StillOwes { .. }
            | Self::NameNotResolved { .. }
            | Self::Connection { .. }
            | Self::ConnectionLost { .. } => true,
            Self::Exception { code, .. } => code.means_silent(),
            Self::Malformed { .. } | Self::Framing { .. } | Self::Invalid(_) => false,
        }
    }

    /// Stable and short, for the API and for the log.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Timeout { .. } | Self::StillOwes { .. } => "timeout",
            Self::NameNotResolved { .. } => "name_not_resolved",
            Self::Connection { endpoint, source } => match source.kind() {
                io::ErrorKind::ConnectionRefused => "connection_refused",
                io::ErrorKind::TimedOut => "connect_timeout",
                io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
                    "host_unreachable"
                }
                // A port that another program holds is told in the same way.
                io::ErrorKind::NotFound => "no_such_port",
                io::ErrorKind::PermissionDenied if matches!(endpoint, Endpoint::Serial(_)) => {
                    "port_not_allowed"
                }
                _ => "connection_failed",
            },
            Self::ConnectionLost { .. } => "connection_lost",
            Self::Exception { code, .. } => code.code(),
            Self::Malformed { .. } => "malformed_answer",
            Self::Framing { .. } => "malformed_frame",
            Self::Invalid(_) => "invalid_request",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(kind: io::ErrorKind) -> RequestFault {
        RequestFault::Connection {
            endpoint: Endpoint::tcp("d70", 502),
            source: Arc::new(kind.into()),
        }
    }

    fn exception(code: u8) -> RequestFault {
        RequestFault::Exception {
            unit_id: 5,
            code: crate::ExceptionCode(code),
        }
    }

    #[track_caller]
    fn check(fault: &RequestFault, code: &str, message: &str, verdicts: [bool; 3]) {
        assert_eq!(fault.code(), code);
        assert_eq!(fault.to_string(), message);
        let found = [
            fault.is_transient(),
            fault.means_absent(),
            fault.means_silent(),
        ];
        assert_eq!(found, verdicts, "transient, absent, silent");
    }

    #[test]
    fn a_peer_out_of_reach_is_silent_and_may_come_back() {
        use io::ErrorKind::{ConnectionRefused, HostUnreachable, PermissionDenied, TimedOut};
        for (kind, code) in [
            (ConnectionRefused, "connection_refused"),
            (HostUnreachable, "host_unreachable"),
            (TimedOut, "connect_timeout"),
            (PermissionDenied, "connection_failed"),
        ] {
            let message = "d70:502 cannot be connected to";
            check(&connection(kind), code, message, [true, false, true]);
        }
    }

    #[test]
    fn a_serial_port_that_cannot_be_opened_says_why() {
        use io::ErrorKind::{NotFound, PermissionDenied};
        for (kind, code) in [
            (NotFound, "no_such_port"),
            (PermissionDenied, "port_not_allowed"),
        ] {
            let endpoint = Endpoint::Serial(crate::SerialPort {
                path: "/dev/ttyUSB0".to_owned(),
                baud_rate: 9600,
                parity: crate::Parity::Even,
                stop_bits: crate::StopBits::One,
            });
            let source = Arc::new(kind.into());
            let fault = RequestFault::Connection { endpoint, source };
            let message = "/dev/ttyUSB0 9600 8E1 cannot be connected to";
            check(&fault, code, message, [true, false, true]);
        }
    }

    #[test]
    fn an_exception_tells_an_absent_table_from_a_busy_device_and_from_a_silent_one() {
        let message = "unit 5 answered exception 2 (illegal data address)";
        check(&exception(2), "exception_2", message, [false, true, false]);
        let message = "unit 5 answered exception 6 (device busy)";
        check(&exception(6), "exception_6", message, [true, false, false]);
        let message = "unit 5 answered exception 11 (gateway target did not answer)";
        check(&exception(11), "exception_11", message, [true, false, true]);
        let message = "unit 5 answered exception 99 (not of the standard)";
        check(
            &exception(99),
            "exception_other",
            message,
            [true, false, false],
        );
    }

    #[test]
    fn a_request_that_cannot_be_sent_stays_wrong() {
        let fault = RequestFault::Invalid(InvalidRequest::PastLastRegister {
            start: 65_535,
            count: 2,
        });
        let message = "the request cannot be sent";
        check(&fault, "invalid_request", message, [false; 3]);
    }
}
