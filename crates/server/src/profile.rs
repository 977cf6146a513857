use std::path::PathBuf;

use anyhow::Context;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum Profile {
    /// Check a profile file and tell what it offers
    Check {
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

pub(crate) fn run(command: &Profile) -> anyhow::Result<()> {
    let Profile::Check { file } = command;
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("the profile {} cannot be read", file.display()))?;
    match profiles::check_file(&file.display().to_string(), &text) {
        Ok(summary) => {
            println!("{summary}");
            Ok(())
        }
        Err(diagnostics) => {
            for diagnostic in &diagnostics {
                eprintln!("{diagnostic}\n");
            }
            anyhow::bail!(
                "{} has {} {}",
                file.display(),
                diagnostics.len(),
                if diagnostics.len() == 1 {
                    "mistake"
                } else {
                    "mistakes"
                }
            )
        }
    }
}
