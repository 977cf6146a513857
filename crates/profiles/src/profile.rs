use std::collections::BTreeMap;

use model::{Channel, Measurand, PointKind, Quantity};

use crate::diagnostic::Findings;
use crate::parts::Parts;
use crate::scale::Scale;
use crate::signs::PowerFactorSign;
use crate::table::{Register, Table};
use crate::{
    Catalogue, Diagnostic, Head, LinkOptions, MeasurandInfo, ReadFunction, TableKey, format,
};

/// What the registers of one product mean.
///
/// - **Reading**: [`DeviceProfile::read_plan`], then [`DeviceProfile::decode`] on what came.
/// - **Who is it**: [`DeviceProfile::identity_plan`], then [`DeviceProfile::identify`].
/// - **Pretending to be one**: [`DeviceProfile::encode`].
#[derive(Debug, Clone)]
pub struct DeviceProfile {
    head: Head,
    parts: Parts,
    channels: Vec<Channel>,
    offered: BTreeMap<Channel, Vec<MeasurandInfo>>,
}

impl DeviceProfile {
    /// Checks a profile text; `catalogue` has the profiles that it may extend.
    ///
    /// # Errors
    ///
    /// All mistakes at once, in the order of the text.
    pub fn parse(
        file_name: &str,
        text: &str,
        catalogue: &Catalogue,
    ) -> Result<Self, Vec<Diagnostic>> {
        let findings = Findings::new(file_name, text);
        let parts = format::read(text, &findings, catalogue);
        if parts.as_ref().is_some_and(|parts| parts.is_abstract) {
            findings.report_with_hint(
                &(0..0),
                "an abstract profile stands for no product",
                "it exists to be extended; use a profile that extends it",
            );
        }
        findings.into_result(parts).map(Self::new)
    }

    /// `parts` were checked and are not abstract.
    pub(crate) fn new(parts: Parts) -> Self {
        let head = Head {
            id: parts.id.clone(),
            revision: parts.revision,
            vendor: parts.vendor.clone(),
            models: parts.models.clone(),
            title: parts.title.clone(),
            class: parts.class.expect("only an abstract profile has no class"),
            status: parts.status,
            sources: parts.sources.clone(),
            notes: parts.notes.clone(),
        };
        let channels: Vec<Channel> = PointKind::ALL
            .into_iter()
            .flat_map(|kind| {
                let count = parts.channels.get(&kind).copied().unwrap_or(0);
                (1..=count).map(move |number| Channel { kind, number })
            })
            .collect();
        let mut profile = Self {
            head,
            parts,
            offered: BTreeMap::new(),
            channels: Vec::new(),
        };
        profile.offered = channels
            .iter()
            .map(|channel| (*channel, profile.offers(*channel)))
            .collect();
        profile.channels = channels;
        profile
    }

    pub fn id(&self) -> &str {
        &self.head.id
    }

    pub fn head(&self) -> &Head {
        &self.head
    }

    pub fn link(&self) -> &LinkOptions {
        &self.parts.link
    }

    /// The function that reads all registers of the product.
    pub fn function(&self) -> ReadFunction {
        self.parts.function
    }

    /// All channels that the profile offers.
    pub fn channels(&self) -> &[Channel] {
        &self.channels
    }

    /// What `channel` offers, in the order of the registers; empty for a channel that the profile
    /// does not have.
    pub fn measurands(&self, channel: Channel) -> &[MeasurandInfo] {
        self.offered.get(&channel).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.parts
    }

    /// Every table instance that belongs to one of `channels`.
    pub(crate) fn keyed_tables(
        &self,
        channels: &[Channel],
    ) -> impl Iterator<Item = (TableKey, &Table)> {
        self.parts
            .tables
            .iter()
            .enumerate()
            .flat_map(move |(index, table)| {
                (1..=self.parts.instances(table))
                    .filter(|number| channels.contains(&table.channel(*number)))
                    .map(move |instance| {
                        let key = TableKey {
                            table: index as u16,
                            instance,
                        };
                        (key, table)
                    })
            })
    }

    /// The sense that the sign of `register` tells where the device has no register for it.
    pub(crate) fn sense_told_by(&self, table: &Table, register: &Register) -> Option<Measurand> {
        let tells = matches!(
            self.parts.power_factor_sign,
            Some(PowerFactorSign::Sense | PowerFactorSign::Ieee)
        );
        if !tells || register.measurand.quantity != Quantity::PowerFactor {
            return None;
        }
        let sense = Measurand {
            quantity: Quantity::PowerFactorType,
            ..register.measurand
        };
        let has_register = self
            .parts
            .tables
            .iter()
            .filter(|other| other.kind == table.kind)
            .flat_map(|other| &other.registers)
            .any(|other| other.measurand == sense);
        (!has_register).then_some(sense)
    }

    fn offers(&self, channel: Channel) -> Vec<MeasurandInfo> {
        let mut offered = Vec::new();
        for (key, table) in self.keyed_tables(&[channel]) {
            for register in &table.registers {
                let info = MeasurandInfo {
                    measurand: register.measurand,
                    decimals: register.decimals,
                    resolution_billionths: register.step().billionths(),
                    rolls_at: register.rolls_at,
                    class: table.class,
                    confidence: register.confidence,
                    sources: register.sources.clone(),
                    table: key,
                };
                if let Some(sense) = self.sense_told_by(table, register) {
                    offered.push(MeasurandInfo {
                        measurand: sense,
                        decimals: 0,
                        resolution_billionths: Scale::ONE.billionths(),
                        ..info.clone()
                    });
                }
                offered.push(info);
            }
        }
        offered
    }
}
