use std::collections::HashSet;

use jiff::Timestamp;
use model::Channel;

use crate::{
    Catalogue, Decoded, Diagnostic, Head, Identity, LinkOptions, MeasurandInfo, PollClass,
    ReadPlan, RegisterImage, RegisterMemory, TableKey, ValueSource,
};

/// What the registers of one product mean.
#[derive(Debug, Clone)]
pub struct DeviceProfile {
    head: Head,
    link: LinkOptions,
    channels: Vec<Channel>,
}

impl DeviceProfile {
    /// Checks a profile text. All mistakes come at once, each with line, column and hint.
    pub fn parse(
        _file_name: &str,
        _text: &str,
        _catalogue: &Catalogue,
    ) -> Result<Self, Vec<Diagnostic>> {
        Err(Vec::new())
    }

    pub fn id(&self) -> &str {
        &self.head.id
    }

    pub fn head(&self) -> &Head {
        &self.head
    }

    pub fn link(&self) -> &LinkOptions {
        &self.link
    }

    /// All channels that the profile offers.
    pub fn channels(&self) -> &[Channel] {
        &self.channels
    }

    /// What `channel` offers; empty for a channel that the profile does not have.
    pub fn measurands(&self, _channel: Channel) -> &[MeasurandInfo] {
        &[]
    }

    /// The requests that bring all values of `class` on `channels`, without the tables that are
    /// known to be absent.
    pub fn read_plan(
        &self,
        _class: PollClass,
        _channels: &[Channel],
        _absent: &HashSet<TableKey>,
    ) -> ReadPlan {
        ReadPlan::default()
    }

    /// Every value of `channels` that lies wholly inside `image`.
    pub fn decode(&self, _image: &RegisterImage, _channels: &[Channel]) -> Decoded {
        Decoded::default()
    }

    pub fn identity_plan(&self) -> ReadPlan {
        ReadPlan::default()
    }

    pub fn identify(&self, _image: &RegisterImage) -> Identity {
        Identity::Unknown
    }

    /// The registers of a device that measures what `source` says: the inverse of
    /// [`DeviceProfile::decode`].
    pub fn encode(&self, _source: &dyn ValueSource, _now: Timestamp) -> RegisterMemory {
        RegisterMemory::default()
    }
}
