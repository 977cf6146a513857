use std::sync::Arc;

use model::Measurand;

use crate::{PollClass, TableKey};

/// What kind of product a profile describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProductClass {
    /// Gives access to the devices below it.
    Gateway,
    /// Measures the voltages of a network.
    VoltageModule,
    /// Measures the currents of circuits; its voltages come from a voltage module.
    CurrentModule,
    /// Measures voltages and currents by itself.
    Measurement,
}

impl ProductClass {
    pub const ALL: [Self; 4] = [
        Self::Gateway,
        Self::VoltageModule,
        Self::CurrentModule,
        Self::Measurement,
    ];

    /// The spelling in profiles and API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::VoltageModule => "voltage_module",
            Self::CurrentModule => "current_module",
            Self::Measurement => "measurement",
        }
    }
}

/// How far a register map can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RegisterMapStatus {
    /// Published or confirmed by the vendor for exactly this product.
    Official,
    /// Confirmed on a device.
    Verified,
    /// Put together from other products of the family or from public copies.
    Unofficial,
    /// Nothing of the product is public: a placeholder, all of whose registers are
    /// [`Confidence::Assumed`].
    Assumed,
}

impl RegisterMapStatus {
    pub const ALL: [Self; 4] = [
        Self::Official,
        Self::Verified,
        Self::Unofficial,
        Self::Assumed,
    ];

    /// The spelling in profiles and API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Official => "official",
            Self::Verified => "verified",
            Self::Unofficial => "unofficial",
            Self::Assumed => "assumed",
        }
    }
}

/// How sure the meaning of one register is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Confidence {
    /// The product's own table and at least one other source agree.
    Verified,
    /// One source only, usually the official table.
    SingleSource,
    /// Put right or completed from another table of the family.
    Derived,
    /// A placeholder; never shown as the vendor's address.
    Assumed,
}

impl Confidence {
    pub const ALL: [Self; 4] = [
        Self::Verified,
        Self::SingleSource,
        Self::Derived,
        Self::Assumed,
    ];

    /// The spelling in profiles.
    pub fn name(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::SingleSource => "single_source",
            Self::Derived => "derived",
            Self::Assumed => "assumed",
        }
    }
}

/// Where a register comes from: a document, a program, a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// What registers name it by.
    pub key: Arc<str>,
    pub title: String,
    pub url: Option<String>,
    /// Public repository and path in it, for sources that live in one.
    pub repository: Option<String>,
    pub path: Option<String>,
    pub note: Option<String>,
}

/// Who a profile is for and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Never reused with another meaning.
    pub id: String,
    pub revision: u32,
    pub vendor: String,
    pub models: Vec<String>,
    pub title: String,
    pub class: ProductClass,
    pub status: RegisterMapStatus,
    pub sources: Vec<Source>,
    pub notes: Vec<String>,
}

/// One value that a channel offers, and how well its register is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasurandInfo {
    pub measurand: Measurand,
    /// Decimals of the register's scale in the canonical unit.
    pub decimals: u8,
    /// What one count of the register is worth, in billionths of the canonical unit.
    pub resolution_billionths: i128,
    /// Of a counter: the first count after the largest, where the vendor says so. The width of
    /// the register says less: most counters turn at a number of digits.
    pub rolls_at: Option<i64>,
    pub class: PollClass,
    pub confidence: Confidence,
    /// Keys of [`Head::sources`].
    pub sources: Vec<Arc<str>>,
    /// The table that it is read from: a device that lacks it does not give the value.
    pub table: TableKey,
}
