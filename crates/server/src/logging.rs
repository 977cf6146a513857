use std::io::IsTerminal;

use anyhow::Context;
use tracing_subscriber::EnvFilter;

/// Everything worth a line to an operator, and nothing of what libraries whisper.
const DEFAULT: &str = "info";

/// Sends logs to standard error, one line per event.
pub(crate) fn start(filter: Option<&str>) -> anyhow::Result<()> {
    let text = filter.unwrap_or(DEFAULT);
    let filter =
        EnvFilter::try_new(text).with_context(|| format!("`{text}` does not say what to log"))?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    Ok(())
}
