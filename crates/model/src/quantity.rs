use std::fmt;

/// The canonical unit of a quantity. Prefixes (kW, MWh) exist only where values are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    Volt,
    Ampere,
    Hertz,
    Watt,
    Var,
    VoltAmpere,
    WattHour,
    VarHour,
    VoltAmpereHour,
    Percent,
    Degree,
    Second,
    Ohm,
    Farad,
    /// Seconds since 1970-01-01 00:00:00 UTC.
    Instant,
    /// A pure number, such as cos φ.
    Ratio,
    /// A code with named values, such as the sense of a power factor.
    Code,
}

impl Unit {
    /// The last part of a measurand's spelling; empty where the unit is not spelled.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Volt => "v",
            Self::Ampere => "a",
            Self::Hertz => "hz",
            Self::Watt => "w",
            Self::Var => "var",
            Self::VoltAmpere => "va",
            Self::WattHour => "wh",
            Self::VarHour => "varh",
            Self::VoltAmpereHour => "vah",
            Self::Percent => "pct",
            Self::Degree => "deg",
            Self::Second => "s",
            Self::Ohm => "ohm",
            Self::Farad => "f",
            Self::Instant | Self::Ratio | Self::Code => "",
        }
    }

    /// The symbol that people read; empty for pure numbers, codes and instants.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Volt => "V",
            Self::Ampere => "A",
            Self::Hertz => "Hz",
            Self::Watt => "W",
            Self::Var => "var",
            Self::VoltAmpere => "VA",
            Self::WattHour => "Wh",
            Self::VarHour => "varh",
            Self::VoltAmpereHour => "VAh",
            Self::Percent => "%",
            Self::Degree => "°",
            Self::Second => "s",
            Self::Ohm => "Ω",
            Self::Farad => "F",
            Self::Instant | Self::Ratio | Self::Code => "",
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.symbol())
    }
}

/// How values of a quantity behave over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ValueKind {
    /// Goes up and down; a step of time has a mean.
    Gauge,
    /// Only grows, but for resets and roll-overs; a step of time has an increase.
    Counter,
    /// Takes named values; a step of time has shares.
    State,
}

macro_rules! quantities {
    ($($(#[$doc:meta])* $name:ident = $stem:literal, $unit:ident, $kind:ident;)*) => {
        /// What kind of thing is measured. With a phase, a rank, a tariff and a statistic it
        /// makes a [`Measurand`](crate::Measurand).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Quantity { $($(#[$doc])* $name,)* }

        impl Quantity {
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The first part of a measurand's spelling.
            pub fn stem(self) -> &'static str {
                match self { $(Self::$name => $stem,)* }
            }

            pub fn unit(self) -> Unit {
                match self { $(Self::$name => Unit::$unit,)* }
            }

            pub fn kind(self) -> ValueKind {
                match self { $(Self::$name => ValueKind::$kind,)* }
            }
        }
    };
}

quantities! {
    /// Phase-neutral voltage V, RMS.
    Voltage = "v", Volt, Gauge;
    /// Phase-phase voltage U, RMS.
    LineVoltage = "u", Volt, Gauge;
    Current = "i", Ampere, Gauge;
    Frequency = "frequency", Hertz, Gauge;
    /// Active power P; positive is imported.
    ActivePower = "p", Watt, Gauge;
    /// The imported part of the active power, as load curves give it; never negative.
    ActivePowerImport = "p_import", Watt, Gauge;
    /// The exported part of the active power; never negative.
    ActivePowerExport = "p_export", Watt, Gauge;
    /// Reactive power Q; positive is inductive while P is imported.
    ReactivePower = "q", Var, Gauge;
    ReactivePowerPlus = "q_plus", Var, Gauge;
    ReactivePowerMinus = "q_minus", Var, Gauge;
    ReactivePowerLagging = "q_lagging", Var, Gauge;
    ReactivePowerLeading = "q_leading", Var, Gauge;
    ApparentPower = "s", VoltAmpere, Gauge;
    NominalApparentPower = "s_nominal", VoltAmpere, Gauge;
    /// P / S with the sign of P (IEC), harmonics included.
    PowerFactor = "power_factor", Ratio, Gauge;
    /// 0 undefined, 1 leading (capacitive), 2 lagging (inductive).
    PowerFactorType = "power_factor_type", Code, State;
    /// Displacement factor: of the fundamental alone.
    CosPhi = "cos_phi", Ratio, Gauge;
    /// Q / P; positive is inductive.
    TanPhi = "tan_phi", Ratio, Gauge;
    VoltageFundamental = "v_fund", Volt, Gauge;
    LineVoltageFundamental = "u_fund", Volt, Gauge;
    CurrentFundamental = "i_fund", Ampere, Gauge;
    ActivePowerFundamental = "p_fund", Watt, Gauge;
    ReactivePowerFundamental = "q_fund", Var, Gauge;
    ApparentPowerFundamental = "s_fund", VoltAmpere, Gauge;
    VoltageAngle = "v_angle", Degree, Gauge;
    LineVoltageAngle = "u_angle", Degree, Gauge;
    CurrentAngle = "i_angle", Degree, Gauge;
    /// Angle of the voltage minus angle of the current of one phase; positive is inductive.
    PhiAngle = "phi", Degree, Gauge;
    /// Unbalance by symmetrical components: inverse ÷ direct.
    VoltageUnbalance = "v_unbalance_neg", Percent, Gauge;
    LineVoltageUnbalance = "u_unbalance_neg", Percent, Gauge;
    CurrentUnbalance = "i_unbalance_neg", Percent, Gauge;
    /// Unbalance by amplitude: largest deviation from the mean ÷ mean.
    VoltageUnbalanceAmplitude = "v_unbalance_amp", Percent, Gauge;
    LineVoltageUnbalanceAmplitude = "u_unbalance_amp", Percent, Gauge;
    CurrentUnbalanceAmplitude = "i_unbalance_amp", Percent, Gauge;
    VoltagePositiveSequence = "v_positive_seq", Volt, Gauge;
    VoltageNegativeSequence = "v_negative_seq", Volt, Gauge;
    VoltageZeroSequence = "v_zero_seq", Volt, Gauge;
    LineVoltagePositiveSequence = "u_positive_seq", Volt, Gauge;
    LineVoltageNegativeSequence = "u_negative_seq", Volt, Gauge;
    CurrentPositiveSequence = "i_positive_seq", Ampere, Gauge;
    CurrentNegativeSequence = "i_negative_seq", Ampere, Gauge;
    CurrentZeroSequence = "i_zero_seq", Ampere, Gauge;
    /// Total harmonic distortion relative to the fundamental.
    VoltageThd = "thd_v", Percent, Gauge;
    LineVoltageThd = "thd_u", Percent, Gauge;
    CurrentThd = "thd_i", Percent, Gauge;
    /// One harmonic rank, or a group of ranks, relative to the fundamental.
    VoltageHarmonic = "harmonic_v", Percent, Gauge;
    LineVoltageHarmonic = "harmonic_u", Percent, Gauge;
    CurrentHarmonic = "harmonic_i", Percent, Gauge;
    /// Σ h² Ih² / Σ Ih².
    KFactor = "k_factor", Ratio, Gauge;
    VoltageCrestFactor = "crest_factor_v", Ratio, Gauge;
    LineVoltageCrestFactor = "crest_factor_u", Ratio, Gauge;
    CurrentCrestFactor = "crest_factor_i", Ratio, Gauge;
    ActiveEnergyImport = "ea_import", WattHour, Counter;
    ActiveEnergyExport = "ea_export", WattHour, Counter;
    ReactiveEnergyPlus = "er_plus", VarHour, Counter;
    ReactiveEnergyMinus = "er_minus", VarHour, Counter;
    ReactiveEnergyPlusLagging = "er_plus_lagging", VarHour, Counter;
    ReactiveEnergyMinusLagging = "er_minus_lagging", VarHour, Counter;
    ReactiveEnergyPlusLeading = "er_plus_leading", VarHour, Counter;
    ReactiveEnergyMinusLeading = "er_minus_leading", VarHour, Counter;
    ApparentEnergy = "es", VoltAmpereHour, Counter;
    OperatingTime = "operating_time", Second, Counter;
    /// When the partial counters were last set to zero.
    PartialResetAt = "partial_reset_at", Instant, State;
    /// The voltage and the frequency that an insulation monitor is set for.
    NominalVoltage = "v_nominal", Volt, State;
    NominalFrequency = "frequency_nominal", Hertz, State;
    /// Rf: of a whole network or of one circuit, to earth.
    InsulationResistance = "insulation_resistance", Ohm, Gauge;
    /// Cf: of a whole network or of one circuit, to earth.
    LeakageCapacitance = "leakage_capacitance", Farad, Gauge;
    /// Zc, as the device gives it.
    InsulationImpedance = "insulation_impedance", Ohm, Gauge;
    /// The vector sum of the currents of a circuit, drawn as `IΔn`.
    ResidualCurrent = "residual_current", Ampere, Gauge;
    /// The part of the locating signal that flows in a circuit, drawn as `IL`.
    LocatingCurrent = "locating_current", Ampere, Gauge;
    /// 0 unknown, 1 normal, 2 pre-alarm, 3 alarm.
    InsulationState = "insulation_state", Code, State;
    /// Whether the locating signal is injected: 0 no, 1 yes.
    LocatingInjection = "locating_injection", Code, State;
    /// Where a transfer switch stands: 0 unknown, 1 open (0), 2 on source 1 (I), 3 on source 2 (II).
    SwitchPosition = "switch_position", Code, State;
    /// 0 manual, 1 automatic, 2 remote control, 3 inhibited.
    AtsMode = "ats_mode", Code, State;
    /// The preferred source: 0 the network, 1 source 1, 2 source 2.
    AtsPriority = "ats_priority", Code, State;
    /// The test in progress: 0 none, 1 off load, 2 external off load, 3 on load, 4 external on load.
    AtsTest = "ats_test", Code, State;
    /// The voltages that a transfer switch is made for: 0 for 127/230 V, 1 for 230/400 V.
    AtsNetworkType = "ats_network_type", Code, State;
    /// How often a transfer switch has switched: told, not metered.
    SwitchingCycles = "switching_cycles", Ratio, State;
    /// Of a source before a transfer switch: 0 below threshold, 1 present, 2 available.
    SourceState = "source_state", Code, State;
    /// Whether the generator of a source is told to start: 0 no, 1 yes.
    GeneratorStart = "generator_start", Code, State;
    /// The averaging time set in the device.
    IntegrationPeriod = "integration_period", Second, State;
}

impl Quantity {
    /// Of a phase against neutral: exists only where there is a neutral.
    pub fn is_phase_neutral(self) -> bool {
        matches!(
            self,
            Self::Voltage
                | Self::VoltageFundamental
                | Self::VoltageAngle
                | Self::VoltageUnbalance
                | Self::VoltageUnbalanceAmplitude
                | Self::VoltagePositiveSequence
                | Self::VoltageNegativeSequence
                | Self::VoltageZeroSequence
                | Self::VoltageThd
                | Self::VoltageHarmonic
                | Self::VoltageCrestFactor
        )
    }

    /// Of a phase against another: exists only where there are two.
    pub fn is_phase_phase(self) -> bool {
        matches!(
            self,
            Self::LineVoltage
                | Self::LineVoltageFundamental
                | Self::LineVoltageAngle
                | Self::LineVoltageUnbalance
                | Self::LineVoltageUnbalanceAmplitude
                | Self::LineVoltagePositiveSequence
                | Self::LineVoltageNegativeSequence
                | Self::LineVoltageThd
                | Self::LineVoltageHarmonic
                | Self::LineVoltageCrestFactor
        )
    }

    /// Of the conductor's current: one per sensor.
    pub fn is_of_current(self) -> bool {
        matches!(
            self,
            Self::Current
                | Self::CurrentFundamental
                | Self::CurrentAngle
                | Self::PhiAngle
                | Self::CurrentUnbalance
                | Self::CurrentUnbalanceAmplitude
                | Self::CurrentPositiveSequence
                | Self::CurrentNegativeSequence
                | Self::CurrentZeroSequence
                | Self::CurrentThd
                | Self::CurrentHarmonic
                | Self::KFactor
                | Self::CurrentCrestFactor
        )
    }

    /// A power, or a relation between powers: of one phase it exists only against a neutral.
    pub fn is_of_power(self) -> bool {
        matches!(self.unit(), Unit::Watt | Unit::Var | Unit::VoltAmpere)
            || matches!(
                self,
                Self::PowerFactor
                    | Self::PowerFactorType
                    | Self::CosPhi
                    | Self::TanPhi
                    | Self::PhiAngle
            )
    }

    /// Made of three phases: an unbalance or a symmetrical component.
    pub fn needs_three_phases(self) -> bool {
        matches!(
            self,
            Self::VoltageUnbalance
                | Self::LineVoltageUnbalance
                | Self::CurrentUnbalance
                | Self::VoltageUnbalanceAmplitude
                | Self::LineVoltageUnbalanceAmplitude
                | Self::CurrentUnbalanceAmplitude
                | Self::VoltagePositiveSequence
                | Self::VoltageNegativeSequence
                | Self::VoltageZeroSequence
                | Self::LineVoltagePositiveSequence
                | Self::LineVoltageNegativeSequence
                | Self::CurrentPositiveSequence
                | Self::CurrentNegativeSequence
                | Self::CurrentZeroSequence
        )
    }
}
