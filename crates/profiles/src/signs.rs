/// What the sign of a power factor register says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PowerFactorSign {
    /// Negative is leading (capacitive), positive is lagging (inductive).
    Sense,
    /// The sign of P.
    Iec,
    /// Negative is lagging while importing.
    Ieee,
}

impl PowerFactorSign {
    pub(crate) const ALL: [Self; 3] = [Self::Sense, Self::Iec, Self::Ieee];

    /// The spelling in profiles.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sense => "sense",
            Self::Iec => "iec",
            Self::Ieee => "ieee",
        }
    }
}

/// What the sign of an angle between current and voltage says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AngleSign {
    /// Positive is inductive, as in the whole program.
    LaggingPositive,
    LeadingPositive,
    /// The register table does not say: the sign is that of Q.
    Unstated,
}

impl AngleSign {
    pub(crate) const ALL: [Self; 3] =
        [Self::LaggingPositive, Self::LeadingPositive, Self::Unstated];

    /// The spelling in profiles.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::LaggingPositive => "lagging_positive",
            Self::LeadingPositive => "leading_positive",
            Self::Unstated => "unstated",
        }
    }
}

/// The codes of `power_factor_type`.
pub(crate) mod sense {
    pub(crate) const UNDEFINED: f64 = 0.0;
    pub(crate) const LEADING: f64 = 1.0;
    pub(crate) const LAGGING: f64 = 2.0;
}
