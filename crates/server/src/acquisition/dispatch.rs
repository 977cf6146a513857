use std::sync::Arc;

use history::{Recorder, Sample};
use model::{Coverage, Measurand, Quantity, Statistic, ValueKind};

use super::DeviceHealth;
use crate::averages::Averages;
use crate::energy::EnergyService;
use crate::live::{LiveBoard, LiveReading};

/// What one sweep of a device brought.
#[derive(Debug)]
pub struct Batch {
    pub readings: Vec<LiveReading>,
    pub health: DeviceHealth,
}

/// The only fan-out of readings. Nothing here waits: a full recorder drops and counts, a slow
/// listener skips.
#[derive(Debug, Clone)]
pub struct Dispatch {
    pub recorder: Arc<Recorder>,
    pub energy: Arc<EnergyService>,
    pub averages: Arc<Averages>,
    pub live: Arc<LiveBoard>,
}

impl Dispatch {
    pub fn dispatch(&self, batch: &Batch) {
        let mut samples = samples(&batch.readings);
        self.energy.note(&samples);
        samples.extend(self.averages.take(&batch.readings));
        self.recorder.record(samples);
        self.live.update(&batch.readings);
        self.live.update_health(&batch.health);
    }
}

fn samples(readings: &[LiveReading]) -> Vec<Sample> {
    readings
        .iter()
        .map(|live| live.reading)
        .filter(|reading| is_recorded(reading.series.measurand))
        .filter_map(|reading| {
            Some(Sample {
                series: reading.series,
                at: reading.at,
                value: reading.value?,
                decimals: reading.decimals,
                quality: reading.quality,
                coverage: Coverage::FULL,
            })
        })
        .collect()
}

/// What goes into history: every counter, and the instantaneous values that trends draw. Extremes
/// stay the device's; means are made beside, see [`Averages`]; single harmonic ranks would be most
/// of the file.
pub fn is_recorded(measurand: Measurand) -> bool {
    match measurand.kind() {
        ValueKind::Counter => true,
        ValueKind::State => false,
        ValueKind::Gauge => {
            measurand.statistic == Statistic::Instant
                && measurand.rank.is_none()
                && matches!(
                    measurand.quantity,
                    Quantity::Voltage
                        | Quantity::LineVoltage
                        | Quantity::Current
                        | Quantity::Frequency
                        | Quantity::ActivePower
                        | Quantity::ReactivePower
                        | Quantity::ApparentPower
                        | Quantity::PowerFactor
                        | Quantity::VoltageThd
                        | Quantity::LineVoltageThd
                        | Quantity::CurrentThd
                )
        }
    }
}
