//! What drives the loads: recorded and standard load profiles, the sun, or nothing but a constant.
//!
//! A [`Source`] answers which share of its largest power a load takes at a [`Moment`]. It is a
//! function of time alone, so that a plant can be entered anywhere.

mod moment;
mod recording;
mod solar;

use std::sync::Arc;

pub(crate) use moment::{DAY_MS, Moment, timestamp};
pub(crate) use recording::{CommercialProfile, HOUSEHOLD_COLUMNS, Recording};
pub(crate) use solar::SolarSite;

use crate::physics::Noise;

/// Where the shape of a load comes from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Source {
    Constant,
    Recorded(Arc<Recording>),
    Commercial(Arc<CommercialProfile>),
    Solar(SolarSite),
}

impl Source {
    /// The share of the largest power, from 0 to 1.
    pub(crate) fn share(&self, moment: &Moment, shift_ms: i64, noise: Noise) -> f64 {
        match self {
            Self::Constant => 1.0,
            Self::Recorded(recording) => recording.at(moment, shift_ms),
            Self::Commercial(profile) => profile.at(moment, shift_ms),
            Self::Solar(site) => site.at(moment, noise),
        }
    }
}
