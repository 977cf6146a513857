use model::electrical::{mean_of_present, power_factor, tan_phi, unbalance_amplitude_pct};
use model::{Measurand, Phase, Quantity, Quantity as Q, RankRange, WiringType};

use super::circuit::{CircuitState, PhaseState, Power};
use super::network::NetworkState;
use super::phasor::{Phasor, Sequence, normalised_degrees};
use super::waveform::Conductor;

/// One instantaneous value with its name.
pub(crate) type Observed = (Measurand, Option<f64>);

const PHASES: [Phase; 3] = [Phase::L1, Phase::L2, Phase::L3];
const LINES: [Phase; 3] = [Phase::L12, Phase::L23, Phase::L31];

/// Sense of a power factor: where P and Q have the same sign, the current lags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sense {
    Undefined,
    Leading,
    Lagging,
}

impl Sense {
    pub(crate) fn of(p_w: f64, q_var: f64) -> Self {
        if p_w == 0.0 || q_var == 0.0 {
            Self::Undefined
        } else if (p_w > 0.0) == (q_var > 0.0) {
            Self::Lagging
        } else {
            Self::Leading
        }
    }

    /// The value of [`Quantity::PowerFactorType`].
    pub(crate) fn code(self) -> f64 {
        match self {
            Self::Undefined => 0.0,
            Self::Leading => 1.0,
            Self::Lagging => 2.0,
        }
    }
}

/// Collects values in a fixed order: the same for every instant of one point.
#[derive(Default)]
struct Sheet {
    values: Vec<Observed>,
}

impl Sheet {
    fn put(&mut self, quantity: Quantity, phase: Phase, value: impl Into<Option<f64>>) {
        self.values
            .push((Measurand::new(quantity, phase), value.into()));
    }

    /// One value per conductor and their mean as the system value.
    fn put_with_mean(
        &mut self,
        quantity: Quantity,
        phases: &[(Phase, &Conductor)],
        value: impl Fn(&Conductor) -> Option<f64>,
    ) {
        let values: Vec<Option<f64>> = phases.iter().map(|(_, x)| value(x)).collect();
        for ((phase, _), value) in phases.iter().zip(&values) {
            self.put(quantity, *phase, *value);
        }
        self.put(quantity, Phase::System, mean_of_present(&values));
    }

    fn put_each(
        &mut self,
        quantity: Quantity,
        phases: &[(Phase, &Conductor)],
        value: impl Fn(&Conductor) -> Option<f64>,
    ) {
        for (phase, conductor) in phases {
            self.put(quantity, *phase, value(conductor));
        }
    }
}

fn magnitude(conductor: &Conductor) -> f64 {
    conductor.waveform.fundamental().magnitude()
}

fn degrees(conductor: &Conductor) -> Option<f64> {
    conductor.waveform.fundamental().degrees()
}

/// Conductors with the names that a meter gives them.
type Named<'a> = Vec<(Phase, &'a Conductor)>;

fn named(phases: [Phase; 3], conductors: &[Conductor; 3]) -> Named<'_> {
    phases.into_iter().zip(conductors).collect()
}

/// Everything that a voltage module says of a network.
pub(crate) fn network_values(network: &NetworkState) -> Vec<Observed> {
    let mut sheet = Sheet::default();
    let volts = named(PHASES, &network.phases);
    let lines = named(LINES, &network.lines);
    voltages(&mut sheet, network, &volts, &lines, true);

    let of = |conductors: &[Conductor; 3]| {
        Sequence::of(conductors.each_ref().map(|x| x.waveform.fundamental()))
    };
    let rms = |conductors: &[Conductor; 3]| conductors.each_ref().map(|x| x.rms);
    let phase_sequence = of(&network.phases);
    let line_sequence = of(&network.lines);
    for (quantity, value) in [
        (Q::VoltagePositiveSequence, Some(phase_sequence.positive)),
        (Q::VoltageNegativeSequence, Some(phase_sequence.negative)),
        (Q::VoltageZeroSequence, Some(phase_sequence.zero)),
        (Q::VoltageUnbalance, phase_sequence.unbalance_pct()),
        (
            Q::VoltageUnbalanceAmplitude,
            unbalance_amplitude_pct(rms(&network.phases)),
        ),
        (Q::LineVoltagePositiveSequence, Some(line_sequence.positive)),
        (Q::LineVoltageNegativeSequence, Some(line_sequence.negative)),
        (Q::LineVoltageUnbalance, line_sequence.unbalance_pct()),
        (
            Q::LineVoltageUnbalanceAmplitude,
            unbalance_amplitude_pct(rms(&network.lines)),
        ),
    ] {
        sheet.put(quantity, Phase::Total, value);
    }
    let crest = |x: &Conductor| x.waveform.crest_factor();
    sheet.put_each(Q::VoltageCrestFactor, &volts, crest);
    sheet.put_each(Q::LineVoltageCrestFactor, &lines, crest);
    sheet.values
}

fn voltages(
    sheet: &mut Sheet,
    network: &NetworkState,
    volts: &[(Phase, &Conductor)],
    lines: &[(Phase, &Conductor)],
    has_neutral: bool,
) {
    sheet.put(Q::Frequency, Phase::Total, network.frequency_hz);
    let rms = |x: &Conductor| Some(x.rms);
    let thd = |x: &Conductor| x.waveform.thd_pct();
    if !volts.is_empty() {
        sheet.put_with_mean(Q::Voltage, volts, rms);
        sheet.put_each(Q::VoltageFundamental, volts, |x| Some(magnitude(x)));
        sheet.put_each(Q::VoltageAngle, volts, degrees);
        sheet.put_with_mean(Q::VoltageThd, volts, thd);
    }
    if has_neutral {
        let neutral = [(Phase::N, &network.neutral)];
        sheet.put_each(Q::Voltage, &neutral, rms);
        sheet.put_each(Q::VoltageFundamental, &neutral, |x| Some(magnitude(x)));
        sheet.put_each(Q::VoltageAngle, &neutral, degrees);
    }
    if !lines.is_empty() {
        sheet.put_with_mean(Q::LineVoltage, lines, rms);
        sheet.put_each(Q::LineVoltageFundamental, lines, |x| Some(magnitude(x)));
        sheet.put_each(Q::LineVoltageAngle, lines, degrees);
        sheet.put_with_mean(Q::LineVoltageThd, lines, thd);
    }
}

/// Everything that a current module or meter says of a circuit.
pub(crate) fn circuit_values(
    network: &NetworkState,
    circuit: &CircuitState,
    nominal_va: Option<f64>,
) -> Vec<Observed> {
    let mut sheet = Sheet::default();
    let (volts, lines) = seen_voltages(network, circuit);
    let has_neutral = circuit.wiring.has_neutral();
    voltages(&mut sheet, network, &volts, &lines, has_neutral);
    currents(&mut sheet, circuit);
    sheet.put(Quantity::NominalApparentPower, Phase::Total, nominal_va);
    powers(
        &mut sheet,
        Phase::Total,
        circuit.total,
        circuit.total_fundamental,
        nominal_va,
    );
    directions(&mut sheet, circuit.total);
    if has_neutral {
        for (phase, state) in PHASES.into_iter().zip(&circuit.phases) {
            powers(&mut sheet, phase, state.power, state.fundamental, None);
            sheet.put(Quantity::PhiAngle, phase, phi(state));
        }
        if let Some(neutral) = &circuit.neutral {
            let phi = degrees(&network.neutral)
                .zip(degrees(neutral))
                .map(|(v, i)| normalised_degrees(v - i));
            sheet.put(Quantity::PhiAngle, Phase::N, phi);
        }
    }
    sheet.values
}

/// Voltages as a meter in the circuit names them: phase-neutral ones, then lines.
fn seen_voltages<'a>(network: &'a NetworkState, circuit: &CircuitState) -> (Named<'a>, Named<'a>) {
    let first = circuit.first_phase;
    match circuit.wiring {
        WiringType::SinglePhase => (vec![(Phase::L1, &network.phases[first])], Vec::new()),
        WiringType::TwoPhase => (Vec::new(), vec![(Phase::L12, &network.lines[first])]),
        WiringType::ThreePhaseBalanced | WiringType::ThreePhaseUnbalanced => {
            (Vec::new(), named(LINES, &network.lines))
        }
        WiringType::ThreePhaseNeutralBalanced | WiringType::ThreePhaseNeutralUnbalanced => {
            (named(PHASES, &network.phases), named(LINES, &network.lines))
        }
    }
}

/// Phase currents, then the neutral where it is measured.
fn measured_currents(circuit: &CircuitState) -> Named<'_> {
    PHASES
        .into_iter()
        .zip(circuit.phases.iter().map(|phase| &phase.current))
        .chain(circuit.neutral.iter().map(|neutral| (Phase::N, neutral)))
        .collect()
}

fn phi(state: &PhaseState) -> Option<f64> {
    let (v, i) = degrees(&state.voltage).zip(degrees(&state.current))?;
    Some(normalised_degrees(v - i))
}

fn currents(sheet: &mut Sheet, circuit: &CircuitState) {
    let all = measured_currents(circuit);
    let phases = &all[..circuit.phases.len()];
    sheet.put_with_mean(Q::Current, phases, |x| Some(x.rms));
    sheet.put_with_mean(Q::CurrentThd, phases, |x| x.waveform.thd_pct());
    if let Some(neutral) = &circuit.neutral {
        sheet.put(Q::Current, Phase::N, neutral.rms);
        sheet.put(Q::CurrentThd, Phase::N, neutral.waveform.thd_pct());
    }
    sheet.put_each(Q::CurrentFundamental, &all, |x| Some(magnitude(x)));
    sheet.put_each(Q::CurrentAngle, &all, degrees);
    sheet.put_each(Q::KFactor, &all, |x| x.waveform.k_factor());
    sheet.put_each(Q::CurrentCrestFactor, &all, |x| x.waveform.crest_factor());

    if let [a, b, c] = circuit.phases.as_slice() {
        let phases = [a, b, c];
        let sequence = Sequence::of(phases.map(|x| x.current.waveform.fundamental()));
        for (quantity, value) in [
            (Q::CurrentPositiveSequence, Some(sequence.positive)),
            (Q::CurrentNegativeSequence, Some(sequence.negative)),
            (Q::CurrentZeroSequence, Some(sequence.zero)),
            (Q::CurrentUnbalance, sequence.unbalance_pct()),
            (
                Q::CurrentUnbalanceAmplitude,
                unbalance_amplitude_pct(phases.map(|x| x.current.rms)),
            ),
        ] {
            sheet.put(quantity, Phase::Total, value);
        }
    }
}

fn powers(
    sheet: &mut Sheet,
    phase: Phase,
    power: Power,
    fundamental: Phasor,
    nominal_va: Option<f64>,
) {
    let Power { p_w, q_var, s_va } = power;
    let sense = Sense::of(p_w, q_var);
    let when = |asked: Sense| if sense == asked { q_var } else { 0.0 };
    for (quantity, value) in [
        (Q::ActivePower, Some(p_w)),
        (Q::ReactivePower, Some(q_var)),
        (Q::ReactivePowerLagging, Some(when(Sense::Lagging))),
        (Q::ReactivePowerLeading, Some(when(Sense::Leading))),
        (Q::ApparentPower, Some(s_va)),
        (Q::PowerFactor, power_factor(p_w, s_va)),
        (Q::PowerFactorType, Some(sense.code())),
        (Q::ActivePowerFundamental, Some(fundamental.re)),
        (Q::ReactivePowerFundamental, Some(fundamental.im)),
        (Q::ApparentPowerFundamental, Some(fundamental.magnitude())),
        (
            Q::CosPhi,
            power_factor(fundamental.re, fundamental.magnitude()),
        ),
        (Q::TanPhi, tan_phi(p_w, q_var, nominal_va)),
    ] {
        sheet.put(quantity, phase, value);
    }
}

fn directions(sheet: &mut Sheet, total: Power) {
    for (quantity, value) in [
        (Q::ActivePowerImport, total.p_w),
        (Q::ActivePowerExport, -total.p_w),
        (Q::ReactivePowerPlus, total.q_var),
        (Q::ReactivePowerMinus, -total.q_var),
    ] {
        sheet.put(quantity, Phase::Total, value.max(0.0));
    }
}

/// A harmonic of a voltage, computed only when asked for.
pub(crate) fn network_harmonic(
    network: &NetworkState,
    quantity: Quantity,
    phase: Phase,
    ranks: RankRange,
) -> Option<f64> {
    let conductors = match quantity {
        Quantity::VoltageHarmonic => named(PHASES, &network.phases),
        Quantity::LineVoltageHarmonic => named(LINES, &network.lines),
        _ => return None,
    };
    harmonic(&conductors, phase, ranks)
}

/// A harmonic of a voltage or current of a circuit, computed only when asked for.
pub(crate) fn circuit_harmonic(
    network: &NetworkState,
    circuit: &CircuitState,
    quantity: Quantity,
    phase: Phase,
    ranks: RankRange,
) -> Option<f64> {
    let conductors = match quantity {
        Quantity::VoltageHarmonic => seen_voltages(network, circuit).0,
        Quantity::LineVoltageHarmonic => seen_voltages(network, circuit).1,
        Quantity::CurrentHarmonic => measured_currents(circuit),
        _ => return None,
    };
    harmonic(&conductors, phase, ranks)
}

fn harmonic(conductors: &[(Phase, &Conductor)], phase: Phase, ranks: RankRange) -> Option<f64> {
    let (_, conductor) = conductors.iter().find(|(name, _)| *name == phase)?;
    conductor.waveform.harmonic_pct(ranks)
}
