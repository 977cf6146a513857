//! What a start reads: the series with the ends of their chunks, and the poll journal.

use std::path::Path;
use std::time::Instant;

use model::{Coverage, Measurand, PointId, Quality, SeriesKey};
use rusqlite::Connection;

use super::damage::{Damage, Part};
use super::schema::{self, OpenFault};
use super::seal::keep_damaged;
use super::tails::{SealedEnds, Tails};
use super::writer::JournalState;
use crate::journal::JournalRow;
use crate::point::Point;

pub(super) struct Loaded {
    pub(super) connection: Connection,
    pub(super) tails: Tails,
    pub(super) journal: JournalState,
    pub(super) damage: Damage,
}

pub(super) fn load(path: &Path) -> Result<Loaded, OpenFault> {
    let mut connection = schema::open_writer(path)?;
    let damage = Damage::default();
    let mut tails = Tails::default();
    load_series(&connection, &mut tails)?;
    let journal = replay_journal(&mut connection, &mut tails, &damage)?;
    Ok(Loaded {
        connection,
        tails,
        journal,
        damage,
    })
}

fn load_series(connection: &Connection, tails: &mut Tails) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(
        "SELECT id, point, measurand, recording, first_at, last_at, last_value, last_decimals,
                last_quality, last_coverage
         FROM series",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let id: u32 = row.get(0)?;
        let spelled: [String; 2] = [row.get(2)?, row.get(3)?];
        let known = spelled[0].parse::<Measurand>().ok();
        if let Some((measurand, recording)) = known.zip(spelled[1].parse().ok()) {
            let key = SeriesKey::new(PointId(row.get(1)?), measurand);
            tails.register(key.with_recording(recording), id);
        } else {
            // Its samples stay, for the program that knows it.
            let [measurand, recording] = spelled;
            tracing::warn!(
                measurand,
                recording,
                "the history holds a series nobody can ask for"
            );
        }
        let last: Option<Point> = match row.get::<_, Option<i64>>(5)? {
            Some(at_ms) => {
                let quality = Quality::from_bits(row.get(8)?);
                let coverage = Coverage::of_half_percents(row.get(9)?);
                let last = Point::new(at_ms, row.get(6)?, row.get(7)?, quality);
                Some(last.with_coverage(coverage))
            }
            None => None,
        };
        let first_ms = row.get(4)?;
        tails.set_sealed_ends(id, SealedEnds { first_ms, last });
    }
    Ok(())
}

/// Rows that cannot be read are put aside and reported; all others count.
fn replay_journal(
    connection: &mut Connection,
    tails: &mut Tails,
    damage: &Damage,
) -> rusqlite::Result<JournalState> {
    let mut journal = JournalState::default();
    let mut torn: Vec<(i64, Vec<u8>)> = Vec::new();
    let mut statement = connection.prepare("SELECT seq, data FROM journal ORDER BY seq")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let seq: i64 = row.get(0)?;
        let data = row.get_ref(1)?.as_blob()?;
        if let Some(row) = JournalRow::decode(data) {
            tails.apply(&row);
            journal.bytes += data.len() as u64;
        } else {
            damage.report(Part::JournalRow(seq), &"its checksum does not match");
            torn.push((seq, data.to_vec()));
        }
        journal.last_seq = seq;
        journal.since.get_or_insert_with(Instant::now);
    }
    drop(rows);
    drop(statement);
    if !torn.is_empty() {
        let transaction = connection.transaction()?;
        for (seq, data) in torn {
            keep_damaged(&transaction, Part::JournalRow(seq), &data)?;
            transaction.execute("DELETE FROM journal WHERE seq = ?1", [seq])?;
        }
        transaction.commit()?;
    }
    Ok(journal)
}
