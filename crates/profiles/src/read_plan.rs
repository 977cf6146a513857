use std::collections::HashSet;
use std::ops::Range;

use model::Channel;

use crate::table::{Table, words_at};
use crate::{DeviceProfile, PollClass, ReadPlan, ReadRequest, TableKey};

impl DeviceProfile {
    /// The fewest requests that bring every value of `class` on `channels`.
    ///
    /// - A request never has more words than the link allows, and lies inside one table, or in
    ///   neighbouring tables with no more undeclared words between them than the link allows.
    /// - No value is torn: a number, its remainder, its time and its quality come in one answer.
    /// - Tables in `absent` are left out, as are channels that the profile does not have.
    pub fn read_plan(
        &self,
        class: PollClass,
        channels: &[Channel],
        absent: &HashSet<TableKey>,
    ) -> ReadPlan {
        let mut pieces: Vec<Piece> = Vec::new();
        for (key, table) in self.keyed_tables(channels) {
            if table.class == class && !absent.contains(&key) {
                let offset = u32::from(table.offset(key.instance));
                pieces.extend(indivisible(table).into_iter().map(|words| Piece {
                    key,
                    words: words.start + offset..words.end + offset,
                }));
            }
        }
        pieces.sort_by_key(|piece| (piece.words.start, piece.key));
        self.pack(&pieces)
    }

    fn pack(&self, pieces: &[Piece]) -> ReadPlan {
        let link = self.link();
        let mut requests: Vec<ReadRequest> = Vec::new();
        for piece in pieces {
            if let Some(request) = requests.last_mut() {
                let start = u32::from(request.start);
                let hole = piece.words.start - (start + u32::from(request.count));
                let same_table = request.tables.last() == Some(&piece.key);
                let count = piece.words.end - start;
                if count <= u32::from(link.words_max)
                    && (same_table || hole <= u32::from(link.hole_words_max))
                {
                    request.count = count as u16;
                    if !same_table {
                        request.tables.push(piece.key);
                    }
                    continue;
                }
            }
            requests.push(ReadRequest {
                function: self.function(),
                start: piece.words.start as u16,
                count: (piece.words.end - piece.words.start) as u16,
                tables: vec![piece.key],
            });
        }
        ReadPlan { requests }
    }
}

/// Words of one table instance that must come in one answer.
struct Piece {
    key: TableKey,
    words: Range<u32>,
}

/// The words of the first instance of `table` that are read, in parts that must not be torn, in
/// the order of their addresses.
pub(crate) fn indivisible(table: &Table) -> Vec<Range<u32>> {
    let status = table
        .load_status
        .map(|address| words_at(address, 1))
        .filter(|words| table.contains(words));
    let computed_at = table.computed_at.map(|address| words_at(address, 2));
    let mut parts: Vec<Range<u32>> = table
        .registers
        .iter()
        .map(crate::table::Register::span)
        .chain(status)
        .chain(computed_at)
        .collect();
    parts.sort_by_key(|words| words.start);
    let mut joined: Vec<Range<u32>> = Vec::new();
    for words in parts {
        match joined.last_mut() {
            Some(last) if words.start < last.end => last.end = last.end.max(words.end),
            _ => joined.push(words),
        }
    }
    joined
}
