use std::collections::HashSet;
use std::fmt;

use crate::{Catalogue, DeviceProfile, Diagnostic, PollClass};

/// What a profile file is worth, for the person who wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    pub id: String,
    pub title: String,
    /// An abstract profile stands for no product, so it has no channels.
    pub is_abstract: bool,
    pub tables: usize,
    pub channels: Vec<ChannelSummary>,
    /// Requests of one sweep over all channels.
    pub requests: Vec<(PollClass, usize)>,
}

/// How many values a channel offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelSummary {
    pub channel: model::Channel,
    pub values: usize,
}

/// Checks a profile text against the shipped profiles, which it may extend.
///
/// # Errors
///
/// All mistakes at once, in the order of the text; `Display` draws each.
pub fn check_file(name: &str, text: &str) -> Result<Summary, Vec<Diagnostic>> {
    let parts = Catalogue::shipped().read(name, text)?;
    let summary = Summary {
        id: parts.id.clone(),
        title: parts.title.clone(),
        is_abstract: parts.is_abstract,
        tables: parts.tables.len(),
        channels: Vec::new(),
        requests: Vec::new(),
    };
    if parts.is_abstract {
        return Ok(summary);
    }
    let profile = DeviceProfile::new(parts);
    let channels = profile.channels();
    Ok(Summary {
        channels: channels
            .iter()
            .map(|channel| ChannelSummary {
                channel: *channel,
                values: profile.measurands(*channel).len(),
            })
            .collect(),
        requests: PollClass::ALL
            .into_iter()
            .map(|class| {
                let plan = profile.read_plan(class, channels, &HashSet::new());
                (class, plan.requests.len())
            })
            .collect(),
        ..summary
    })
}

impl fmt::Display for Summary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}: {}", self.id, self.title)?;
        if self.is_abstract {
            writeln!(formatter, "  abstract, to be extended")?;
        }
        writeln!(formatter, "  tables: {}", self.tables)?;
        for ChannelSummary { channel, values } in &self.channels {
            writeln!(formatter, "  values of {channel}: {values}")?;
        }
        for (class, requests) in &self.requests {
            writeln!(
                formatter,
                "  requests per {} sweep: {requests}",
                class.name()
            )?;
        }
        Ok(())
    }
}
