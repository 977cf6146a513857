use std::collections::BTreeMap;

use model::PointKind;

use crate::action::ActionSpec;
use crate::identity::IdentityRules;
use crate::sentinels::Sentinels;
use crate::signs::{AngleSign, PowerFactorSign};
use crate::table::Table;
use crate::word_order::WordOrder;
use crate::{LinkOptions, ProductClass, ReadFunction, RegisterMapStatus, Source};

/// All that a profile file says, with what it takes from the file that it extends.
///
/// Enough to be extended in turn; a file that is not abstract becomes a
/// [`DeviceProfile`](crate::DeviceProfile).
#[derive(Debug, Clone)]
pub(crate) struct Parts {
    pub(crate) id: String,
    pub(crate) is_abstract: bool,
    pub(crate) revision: u32,
    pub(crate) vendor: String,
    pub(crate) models: Vec<String>,
    pub(crate) title: String,
    /// An abstract profile may leave it open.
    pub(crate) class: Option<ProductClass>,
    pub(crate) status: RegisterMapStatus,
    pub(crate) sources: Vec<Source>,
    pub(crate) notes: Vec<String>,
    pub(crate) function: ReadFunction,
    pub(crate) link: LinkOptions,
    /// Of every number that takes more than one word.
    pub(crate) word_order: WordOrder,
    pub(crate) power_factor_sign: Option<PowerFactorSign>,
    pub(crate) angle_sign: AngleSign,
    pub(crate) sentinels: Sentinels,
    /// How many channels of each kind the product has.
    pub(crate) channels: BTreeMap<PointKind, u8>,
    pub(crate) identity: Option<IdentityRules>,
    pub(crate) tables: Vec<Table>,
    pub(crate) actions: Vec<ActionSpec>,
}

impl Parts {
    /// How many instances `table` has in a product with these channels.
    pub(crate) fn instances(&self, table: &Table) -> u8 {
        let channels = self.channels.get(&table.kind).copied();
        table.count.or(channels).unwrap_or(1)
    }
}
