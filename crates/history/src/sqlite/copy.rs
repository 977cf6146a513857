//! Copies of the file, and what is in one: for backups.

use std::path::Path;

use jiff::Timestamp;
use rusqlite::Connection;

use super::chunk_row;
use super::damage::Part;
use super::schema::{self, OpenFault};
use super::unavailable;
use crate::HistoryError;
use crate::journal::JournalRow;

/// Faults that are told one by one; a file with more is lost anyway.
const FAULTS_MAX: usize = 20;

/// What is in a history file, every part of it read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FileSummary {
    pub version: i64,
    pub series: u64,
    pub chunks: u64,
    /// Samples in chunks and in the journal; one that lies in both counts twice.
    pub samples: u64,
    pub oldest_at: Option<Timestamp>,
    pub newest_at: Option<Timestamp>,
    /// What cannot be read, one sentence each.
    pub faults: Vec<String>,
}

/// Copies a history file, consistently and without free space, while it may be in use: nobody
/// who reads or writes it waits. `to` must not exist, or be empty.
///
/// # Errors
///
/// [`HistoryError::Unavailable`] if one cannot be read, or the other not be written.
pub fn copy_file(from: &Path, to: &Path) -> Result<(), HistoryError> {
    let copy = || {
        let connection = schema::open_reader(from)?;
        connection.execute("VACUUM INTO ?1", [to.to_string_lossy()])
    };
    copy().map(drop).map_err(|source| unavailable(from, source))
}

/// Reads every part of a history file that nobody writes.
///
/// # Errors
///
/// [`HistoryError::NewerFile`], and [`HistoryError::Unavailable`] for what is no history file at
/// all; parts that cannot be read are in the summary.
pub fn inspect_file(path: &Path) -> Result<FileSummary, HistoryError> {
    let inspect = || -> Result<FileSummary, OpenFault> {
        let connection = schema::open_reader(path)?;
        let version = schema::known_version(&connection)?;
        let mut summary = FileSummary {
            version,
            ..FileSummary::default()
        };
        inspect_pages(&connection, &mut summary)?;
        summary.series = connection.query_row("SELECT count(*) FROM series", [], count)?;
        inspect_chunks(&connection, &mut summary)?;
        inspect_journal(&connection, &mut summary)?;
        Ok(summary)
    };
    inspect().map_err(|fault| fault.of_file(path))
}

fn count(row: &rusqlite::Row<'_>) -> rusqlite::Result<u64> {
    row.get::<_, i64>(0).map(|n| n as u64)
}

impl FileSummary {
    fn add_fault(&mut self, fault: String) {
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(fault);
        }
    }

    fn add_span(&mut self, first_ms: i64, last_ms: i64) {
        let (first, last) = (
            Timestamp::from_millisecond(first_ms).ok(),
            Timestamp::from_millisecond(last_ms).ok(),
        );
        self.oldest_at = self.oldest_at.into_iter().chain(first).min();
        self.newest_at = self.newest_at.into_iter().chain(last).max();
    }
}

fn inspect_pages(connection: &Connection, summary: &mut FileSummary) -> Result<(), OpenFault> {
    let sql = format!("PRAGMA quick_check({FAULTS_MAX})");
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let verdict: String = row.get(0)?;
        if verdict != "ok" {
            summary.add_fault(verdict);
        }
    }
    Ok(())
}

fn inspect_chunks(connection: &Connection, summary: &mut FileSummary) -> Result<(), OpenFault> {
    let read_on = chunk_row::visit_all(connection, |row| {
        summary.chunks += 1;
        match row.unpack() {
            Ok(points) if points.len() as i64 == row.n() => {
                summary.samples += points.len() as u64;
                if let (Some(first), Some(last)) = (points.first(), points.last()) {
                    summary.add_span(first.at_ms(), last.at_ms());
                }
            }
            Ok(_) => summary.add_fault(format!("{} has another number", Part::Chunk(row.id()))),
            Err(fault) => summary.add_fault(format!("{}: {fault}", Part::Chunk(row.id()))),
        }
    });
    match read_on {
        Err(error) if super::around::is_damage(&error) => {
            summary.add_fault(format!("chunks cannot be read any further: {error}"));
            Ok(())
        }
        read_on => Ok(read_on?),
    }
}

fn inspect_journal(connection: &Connection, summary: &mut FileSummary) -> Result<(), OpenFault> {
    let mut statement = connection.prepare("SELECT seq, data FROM journal ORDER BY seq")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let seq: i64 = row.get(0)?;
        let data: Vec<u8> = row.get(1)?;
        match JournalRow::decode(&data) {
            Some(JournalRow::Samples(samples)) => {
                summary.samples += samples.len() as u64;
                for (_, point) in samples {
                    summary.add_span(point.at_ms(), point.at_ms());
                }
            }
            Some(JournalRow::Deletion { .. }) => {}
            None => {
                let part = Part::JournalRow(seq);
                summary.add_fault(format!("{part}: its checksum does not match"));
            }
        }
    }
    Ok(())
}
