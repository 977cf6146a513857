use std::path::{Path, PathBuf};

use clap::Args;
use model::Clock;
use server::backup::{self, Summary};
use server::clock::SystemClock;

#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// The backup to write; one that is there is replaced once the new one is whole
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Data folder, of a server that may be running
    #[arg(
        long,
        env = "WATTLINE_DATA",
        value_name = "DIR",
        default_value = "data"
    )]
    data: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The backup to read
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Data folder, of a server that is stopped
    #[arg(
        long,
        env = "WATTLINE_DATA",
        value_name = "DIR",
        default_value = "data"
    )]
    data: PathBuf,
    /// Put the data that the folder holds aside, into a folder there
    #[arg(long)]
    replace: bool,
    /// Only read the backup through and tell what is in it
    #[arg(long, conflicts_with = "replace")]
    check: bool,
}

pub(crate) fn back_up(arguments: &Backup) -> anyhow::Result<()> {
    let now = SystemClock.now();
    let summary = backup::back_up(&arguments.data, &arguments.file, now)?;
    tell("wrote", &arguments.file, &summary);
    Ok(())
}

pub(crate) fn restore(arguments: &Restore) -> anyhow::Result<()> {
    let Restore {
        file,
        data,
        replace,
        check,
    } = arguments;
    if *check {
        let summary = backup::check(file, &std::env::temp_dir())?;
        tell("checked", file, &summary);
        return Ok(());
    }
    let restored = backup::restore(file, data, *replace, SystemClock.now())?;
    tell("restored", file, &restored.summary);
    if let Some(before) = restored.before {
        println!("what was there before lies in {}", before.display());
    }
    Ok(())
}

fn tell(did: &str, file: &Path, summary: &Summary) {
    let (manifest, history) = (&summary.manifest, &summary.history);
    println!("{did} {}", file.display());
    println!(
        "made {} by version {}; every part was read and is whole",
        manifest.created_at, manifest.program
    );
    for member in &manifest.members {
        println!("{}: {} bytes", member.name, member.bytes);
    }
    let span = match (history.oldest_at, history.newest_at) {
        (Some(oldest), Some(newest)) => format!(", from {oldest} until {newest}"),
        _ => String::new(),
    };
    println!(
        "history: {} series, {} samples in {} chunks and the journal{span}",
        history.series, history.samples, history.chunks
    );
}
