//! The form of a history file: `circuit;quantity;time;value;quality`, one row per value.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Take};

use csv::{ReaderBuilder, StringRecord, Terminator};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, civil};
use model::{Measurand, PointId, Quality, SeriesKey};
use tokio_util::sync::CancellationToken;

use super::report::Told;
use super::wall_clock::{Fold, resolve};
use super::{ImportError, ImportPhase, ImportProgress};
use crate::site::Site;

/// Rows of one file, 40 bytes each while it is imported: a year by ten minutes of 150 counters.
const ROWS_MAX: usize = 8_000_000;

/// A line of years of remarks has some hundred bytes; a quote that is not closed makes one of the
/// rest of the file.
const LINE_BYTES_MAX: u64 = 64 << 10;

/// So much of a cell is quoted in a message.
const QUOTED_CHARS_MAX: usize = 60;

/// How often the progress is told and a stop looked for, in rows.
const TELL_EVERY: u64 = 10_000;

/// Separators that are told from the title row.
const SEPARATORS: [u8; 3] = [b';', b',', b'\t'];

const UTF8_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The columns of the title row; the last may be left out.
const COLUMNS: [&str; 5] = ["circuit", "quantity", "time", "value", "quality"];
const NEEDED_COLUMNS: usize = 4;

/// One value on its way into the history.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Row {
    pub(super) line: u32,
    pub(super) at_ms: i64,
    pub(super) value: f64,
    pub(super) decimals: u8,
    pub(super) quality: Quality,
}

/// The rows of one series, by time.
#[derive(Debug)]
pub(super) struct SeriesRows {
    pub(super) series: SeriesKey,
    pub(super) rows: Vec<Row>,
    /// Rows whose wall-clock time comes twice, by index in file order; resolved at the end.
    folds: Vec<(usize, Fold)>,
}

/// A whole file.
#[derive(Debug, Default)]
pub(super) struct FileRows {
    pub(super) n_rows: u64,
    pub(super) n_equal: u64,
    pub(super) n_gaps: u64,
    pub(super) series: Vec<SeriesRows>,
    pub(super) refusals: Told,
    pub(super) warnings: Told,
}

/// Reads a file. What is wrong with single lines is in the answer.
pub(super) fn read(
    file: impl Read,
    site: &Site,
    progress: &ImportProgress,
    stopping: &CancellationToken,
) -> Result<FileRows, ImportError> {
    progress.enter(ImportPhase::Reading);
    let mut text = BufReader::with_capacity(1 << 16, file);
    let separator = separator_of(&mut text).map_err(ImportError::Read)?;
    let mut reader = ReaderBuilder::new()
        .delimiter(separator)
        // Of CR LF, the CR is trimmed from the last cell: so lines are counted right.
        .terminator(Terminator::Any(b'\n'))
        .has_headers(false)
        .flexible(true)
        .from_reader(text.take(LINE_BYTES_MAX));
    let mut reading = Reading::new(site);
    let mut record = StringRecord::new();
    if !read_line(&mut reader, &mut record)? || !reading.take_title(&record) {
        return Ok(reading.file);
    }
    while read_line(&mut reader, &mut record)? {
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let line = record.position().map_or(0, csv::Position::line);
        reading.file.n_rows += 1;
        if reading.file.n_rows > ROWS_MAX as u64 {
            return Err(ImportError::TooManyRows { max: ROWS_MAX });
        }
        if reading.file.n_rows.is_multiple_of(TELL_EVERY) {
            progress.pass(TELL_EVERY as usize);
            if stopping.is_cancelled() {
                return Err(ImportError::Stopped);
            }
        }
        if let Err(problem) = reading.take(line, &record) {
            reading.file.refusals.tell(line, problem);
        }
    }
    Ok(reading.finish())
}

/// The next line, which may be so long and no longer.
fn read_line<R: Read>(
    reader: &mut csv::Reader<Take<R>>,
    record: &mut StringRecord,
) -> Result<bool, ImportError> {
    reader.get_mut().set_limit(LINE_BYTES_MAX);
    let line = reader.position().line();
    let is_there = reader.read_record(record);
    // Looked at first: a line that was cut may end within a letter.
    if reader.get_ref().limit() == 0 {
        let max = LINE_BYTES_MAX;
        return Err(ImportError::LongLine { line, max });
    }
    Ok(is_there?)
}

/// What separates the names of the title row; the mark of an encoding before it is passed over.
fn separator_of(text: &mut impl BufRead) -> std::io::Result<u8> {
    if text.fill_buf()?.starts_with(UTF8_MARK) {
        text.consume(UTF8_MARK.len());
    }
    let start = text.fill_buf()?;
    let title = start
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let columns = |separator: &u8| title.split(|byte| byte == separator).count();
    let most = SEPARATORS.into_iter().rev().max_by_key(columns);
    Ok(most.unwrap_or(SEPARATORS[0]))
}

struct Reading<'s> {
    site: &'s Site,
    zone: &'s TimeZone,
    /// Where each of [`COLUMNS`] stands.
    columns: [Option<usize>; COLUMNS.len()],
    points: HashMap<String, PointId>,
    measurands: HashMap<String, Measurand>,
    places: HashMap<SeriesKey, usize>,
    file: FileRows,
}

impl<'s> Reading<'s> {
    fn new(site: &'s Site) -> Self {
        Self {
            site,
            zone: site.time_zone(),
            columns: [None; COLUMNS.len()],
            points: HashMap::new(),
            measurands: HashMap::new(),
            places: HashMap::new(),
            file: FileRows::default(),
        }
    }

    /// Finds the columns. Answers whether all that are needed are there.
    fn take_title(&mut self, record: &StringRecord) -> bool {
        let line = record.position().map_or(1, csv::Position::line);
        let mut ignored = Vec::new();
        for (index, title) in record.iter().enumerate() {
            let title = title.trim();
            match COLUMNS.iter().position(|column| *column == title) {
                Some(column) if self.columns[column].is_none() => {
                    self.columns[column] = Some(index);
                }
                Some(_) => self
                    .file
                    .refusals
                    .tell(line, format!("the column `{}` comes twice", quoted(title))),
                None => ignored.push(title.to_owned()),
            }
        }
        for (name, column) in COLUMNS.iter().zip(self.columns).take(NEEDED_COLUMNS) {
            if column.is_none() {
                let problem = format!(
                    "the first line must be the title row `{}`; `{name}` is missing",
                    COLUMNS.join(";")
                );
                self.file.refusals.tell(line, problem);
            }
        }
        if self.file.refusals.count > 0 {
            return false;
        }
        for title in ignored {
            let problem = format!("the column `{}` is ignored", quoted(&title));
            self.file.warnings.tell(line, problem);
        }
        true
    }

    fn take(&mut self, line: u64, record: &StringRecord) -> Result<(), String> {
        let cell = |column: usize| -> Result<&str, String> {
            match self.columns[column] {
                None => Ok(""),
                // A line may end before its quality.
                Some(index) if column >= NEEDED_COLUMNS => {
                    Ok(record.get(index).unwrap_or_default().trim())
                }
                Some(index) => record
                    .get(index)
                    .map(str::trim)
                    .ok_or_else(|| format!("the line ends before its `{}`", COLUMNS[column])),
            }
        };
        let (circuit, quantity) = (unguarded(cell(0)?), cell(1)?);
        let (time, value, quality) = (cell(2)?, cell(3)?, cell(4)?);
        let site = self.site;
        let point = cached(&mut self.points, circuit, |name| point_named(site, name))?;
        let measurand = cached(&mut self.measurands, quantity, |spelling| {
            spelling
                .parse()
                .map_err(|_unknown| model::UnknownMeasurand(quoted(spelling).into()).to_string())
        })?;
        let (at_ms, fold) = self.instant_of(time)?;
        let quality = quality_of(quality)?;
        let Some((value, decimals)) = number(value)? else {
            self.file.n_gaps += 1;
            return Ok(());
        };
        let series = SeriesKey::new(point, measurand);
        let place = *self.places.entry(series).or_insert_with(|| {
            self.file.series.push(SeriesRows {
                series,
                rows: Vec::new(),
                folds: Vec::new(),
            });
            self.file.series.len() - 1
        });
        let rows = &mut self.file.series[place];
        if let Some(fold) = fold {
            rows.folds.push((rows.rows.len(), fold));
        }
        rows.rows.push(Row {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            at_ms,
            value,
            decimals,
            quality,
        });
        Ok(())
    }

    /// The instant of a stamp, the earlier one where the wall clock shows it twice.
    fn instant_of(&self, time: &str) -> Result<(i64, Option<Fold>), String> {
        if let Ok(at) = time.parse::<Timestamp>() {
            return Ok((storable(at, time)?, None));
        }
        let wall: civil::DateTime = time.parse().map_err(|_no_time| {
            let time = quoted(time);
            format!("`{time}` is no time such as 2026-03-02T08:50:00")
        })?;
        let shown = quoted(time);
        let instant_by = |offset: jiff::tz::Offset| {
            let at = offset
                .to_timestamp(wall)
                .map_err(|_outside| format!("`{shown}` is out of the calendar"))?;
            storable(at, time)
        };
        match self.zone.to_ambiguous_timestamp(wall).offset() {
            AmbiguousOffset::Unambiguous { offset } => Ok((instant_by(offset)?, None)),
            AmbiguousOffset::Fold { before, after } => {
                let (earlier_ms, later_ms) = (instant_by(before)?, instant_by(after)?);
                Ok((
                    earlier_ms,
                    Some(Fold::new(earlier_ms, later_ms, wall, before)),
                ))
            }
            AmbiguousOffset::Gap { .. } => Err(format!(
                "the clocks of the site never showed `{shown}`: they were put forward over it"
            )),
        }
    }

    /// Puts the rows of each series in order of time.
    fn finish(mut self) -> FileRows {
        for rows in &mut self.file.series {
            let folds = std::mem::take(&mut rows.folds);
            for index in resolve(rows.series.measurand, &mut rows.rows, &folds) {
                self.file.warnings.tell(
                    u64::from(rows.rows[index].line),
                    "the clocks showed this time twice, and nothing tells which is meant: \
                     it is taken for the earlier one",
                );
            }
            rows.rows.sort_by_key(|row| (row.at_ms, row.line));
            let (mut n_equal, refusals) = (0, &mut self.file.refusals);
            rows.rows.dedup_by(|later, kept| {
                if later.at_ms != kept.at_ms {
                    return false;
                }
                if later.value.to_bits() == kept.value.to_bits() && later.quality == kept.quality {
                    n_equal += 1;
                } else {
                    let problem = format!("line {} has another value for this instant", kept.line);
                    refusals.tell(u64::from(later.line), problem);
                }
                true
            });
            self.file.n_equal += n_equal;
        }
        self.file
    }
}

/// A text cell without the mark that keeps a spreadsheet from taking it for a formula.
fn unguarded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@', '\t', '\r']) => rest,
        _ => cell,
    }
}

/// A cell as messages show it.
fn quoted(cell: &str) -> Cow<'_, str> {
    match cell.char_indices().nth(QUOTED_CHARS_MAX) {
        None => Cow::Borrowed(cell),
        Some((end, _)) => Cow::Owned(format!("{}…", &cell[..end])),
    }
}

/// Remembers what was found, and only that: there are few names and any number of mistakes.
fn cached<T: Copy>(
    known: &mut HashMap<String, T>,
    spelling: &str,
    find: impl FnOnce(&str) -> Result<T, String>,
) -> Result<T, String> {
    if let Some(found) = known.get(spelling) {
        return Ok(*found);
    }
    let found = find(spelling)?;
    known.insert(spelling.to_owned(), found);
    Ok(found)
}

/// The measuring point with this id, or the only one of this name.
fn point_named(site: &Site, name: &str) -> Result<PointId, String> {
    let by_id = name.parse().ok().and_then(|id| site.point(PointId(id)));
    if let Some(point) = by_id {
        return Ok(point.id);
    }
    let mut named = site.points().iter().filter(|point| point.name == name);
    match (named.next(), named.next()) {
        (Some(point), None) => Ok(point.id),
        (Some(_), Some(_)) => {
            let name = quoted(name);
            Err(format!("several circuits are called `{name}`; use the id"))
        }
        (None, _) => Err(format!("there is no circuit `{}`", quoted(name))),
    }
}

fn storable(at: Timestamp, time: &str) -> Result<i64, String> {
    let is_storable = at >= Timestamp::UNIX_EPOCH && at.as_second() <= i64::from(u32::MAX);
    is_storable
        .then(|| at.as_millisecond())
        .ok_or_else(|| format!("`{}` is not between 1970 and 2106", quoted(time)))
}

/// A number as files have it: digits and a decimal point, nothing else. Empty is a gap.
fn number(cell: &str) -> Result<Option<(f64, u8)>, String> {
    if cell.is_empty() {
        return Ok(None);
    }
    let digits = cell.strip_prefix('-').unwrap_or(cell);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let value = (is_number(whole) && is_number(fraction))
        .then(|| cell.parse::<f64>().ok())
        .flatten()
        .filter(|value| value.is_finite());
    let decimals = fraction.trim_end_matches('0').len();
    value
        .map(|value| Some((value, u8::try_from(decimals).unwrap_or(u8::MAX))))
        .ok_or_else(|| format!("`{}` is no number such as 1254300 or -0.5", quoted(cell)))
}

/// Words of the glossary, separated by spaces; none is measured.
fn quality_of(cell: &str) -> Result<Quality, String> {
    let mut quality = Quality::MEASURED;
    for word in cell.split_ascii_whitespace() {
        let flag = (0..8)
            .map(|bit| Quality::from_bits(1 << bit))
            .find(|flag| flag.names().eq([word]));
        quality = quality.with(flag.ok_or_else(|| {
            let word = quoted(word);
            format!("`{word}` is no word of quality")
        })?);
    }
    Ok(quality)
}
