//! The rows of an import under way, beside the history until all of them are in it.
//!
//! The file has the form of a history file in which ids and instants are spelled out, so that
//! another start completes it as it takes any other.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use tokio_util::sync::CancellationToken;

use super::instant;
use super::rows::{FileRows, SeriesRows};

const FILE: &str = "import.csv";
/// Until it is whole and on the disk.
const UNFINISHED_FILE: &str = "import.csv.new";

/// How often a stop is looked for, in rows.
const LOOK_EVERY: usize = 10_000;

/// Writes down what is to be stored; survives a power cut once it returned. Answers whether it
/// did: a stop leaves nothing.
pub(super) fn keep(
    folder: &Path,
    file: &FileRows,
    stopping: &CancellationToken,
) -> std::io::Result<bool> {
    let unfinished = folder.join(UNFINISHED_FILE);
    let written = write(&unfinished, file, stopping);
    if !matches!(written, Ok(true)) {
        // Of no use to anybody; the next import would replace it anyway.
        let _ = std::fs::remove_file(&unfinished);
        return written;
    }
    std::fs::rename(&unfinished, folder.join(FILE))?;
    sync_names(folder)?;
    Ok(true)
}

fn write(path: &Path, file: &FileRows, stopping: &CancellationToken) -> std::io::Result<bool> {
    let mut text = BufWriter::with_capacity(1 << 16, File::create(path)?);
    writeln!(text, "circuit;quantity;time;value;quality")?;
    for SeriesRows { series, rows, .. } in &file.series {
        for some in rows.chunks(LOOK_EVERY) {
            if stopping.is_cancelled() {
                return Ok(false);
            }
            for row in some {
                let (point, measurand) = (series.point, series.measurand);
                write!(text, "{point};{measurand};{};", instant(row.at_ms))?;
                write!(text, "{};", row.value)?;
                for (i, word) in row.quality.names().enumerate() {
                    let space = if i > 0 { " " } else { "" };
                    write!(text, "{space}{word}")?;
                }
                writeln!(text)?;
            }
        }
    }
    text.flush()?;
    text.get_ref().sync_all()?;
    Ok(true)
}

/// What was kept and not dropped since.
pub(super) fn open(folder: &Path) -> std::io::Result<Option<File>> {
    match File::open(folder.join(FILE)) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// All of it is in the history, or never will be.
pub(super) fn discard(folder: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(folder.join(FILE)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The name of a file survives a power cut with its folder only.
fn sync_names(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}
