use std::fmt;

use jiff::Timestamp;

/// Where the time of day comes from: the host's clock in the program, a set one in tests.
pub trait Clock: Send + Sync + fmt::Debug {
    fn now(&self) -> Timestamp;
}
