use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;

use super::error::{ApiError, ProblemCode};
use crate::users::SessionId;

/// A page opens one stream; more tabs than this nobody looks at.
const STREAMS_PER_SESSION_MAX: usize = 16;
/// Every stream looks at the board with each sweep: a kiosk on every floor fits, a flood does not.
const STREAMS_MAX: usize = 256;
/// When to ask again: a tab or a session may have ended by then.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// Counts the open live streams and refuses those beyond the bounds.
#[derive(Debug, Default)]
pub struct LiveStreams {
    open: Mutex<HashMap<SessionId, usize>>,
}

/// The place of one open stream; dropping it gives the place back.
#[derive(Debug)]
pub(super) struct StreamPlace {
    streams: Arc<LiveStreams>,
    session: SessionId,
}

impl LiveStreams {
    pub(super) fn enter(self: &Arc<Self>, session: SessionId) -> Result<StreamPlace, ApiError> {
        let mut open = self.open();
        let refuse = |detail: &str| {
            ApiError::new(ProblemCode::Busy)
                .retry_after(RETRY_AFTER)
                .detail(detail)
        };
        if open.values().sum::<usize>() >= STREAMS_MAX {
            return Err(refuse("too many live streams are open"));
        }
        let of_session = open.entry(session).or_default();
        if *of_session >= STREAMS_PER_SESSION_MAX {
            return Err(refuse("this session has too many live streams open")
                .status(StatusCode::TOO_MANY_REQUESTS));
        }
        *of_session += 1;
        drop(open);
        Ok(StreamPlace {
            streams: Arc::clone(self),
            session,
        })
    }

    /// How many streams are open, and how many may be.
    pub(super) fn count(&self) -> (usize, usize) {
        (self.open().values().sum(), STREAMS_MAX)
    }

    fn open(&self) -> MutexGuard<'_, HashMap<SessionId, usize>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for StreamPlace {
    fn drop(&mut self) {
        let mut open = self.streams.open();
        if let Some(of_session) = open.get_mut(&self.session) {
            *of_session -= 1;
            if *of_session == 0 {
                open.remove(&self.session);
            }
        }
    }
}
