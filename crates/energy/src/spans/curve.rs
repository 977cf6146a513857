use jiff::Timestamp;
use model::Quality;

use super::piece::{Piece, Way, parts_of};
use super::{OpenAmount, StepEnergy};
use crate::index::elapsed_ns;
use crate::journal::Plateau;
use crate::{Amount, CounterJournal, IndexReading, Span};

/// The energy accumulated at a point since its first reading.
///
/// It is made from a journal alone. The readings come with each question: any choice of them, in
/// order of time, that holds for each asked instant the last reading at or before it and the first
/// one at or after it, in counts of the meter mounted then. More of them change nothing, and
/// glitches among them are passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Curve {
    /// Without a gap from the first reading to the last.
    pieces: Vec<Piece>,
}

impl Curve {
    pub fn new(journal: &CounterJournal) -> Self {
        let mut drawing = Drawing { pieces: Vec::new() };
        let (Some(opening), Some(last)) = (journal.opening(), journal.last()) else {
            return Self { pieces: Vec::new() };
        };
        let (mut from, mut unit) = (opening.reading, opening.unit);
        let mut plateaus = journal.plateaus().iter().copied().peekable();
        let entries = journal.confirmed_entries();
        for decided in entries.filter(|decided| decided.entry.after.at > opening.reading.at) {
            let entry = decided.entry;
            while let Some(plateau) =
                plateaus.next_if(|plateau| plateau.span.from < entry.before.at)
            {
                drawing.stand_still(&mut from, plateau, unit);
            }
            drawing.follow_readings(&from, &entry.before, unit);
            for (until, step, way) in parts_of(&decided) {
                drawing.draw(
                    until.min(entry.after.at),
                    step,
                    way,
                    decided.is_lower_bound(),
                );
            }
            (from, unit) = (entry.after, entry.unit_after);
        }
        for plateau in plateaus {
            drawing.stand_still(&mut from, plateau, unit);
        }
        drawing.follow_readings(&from, &last, unit);
        if let Some(pending) = journal.pending() {
            let way = Way::Open { proposal: None };
            drawing.draw(pending.after.at, Amount::ZERO, way, false);
        }
        Self {
            pieces: drawing.pieces,
        }
    }

    /// From the first reading to the last one, even if that one is not confirmed yet.
    pub fn span(&self) -> Option<Span> {
        let (first, last) = (self.pieces.first()?, self.pieces.last()?);
        Some(Span::new(first.span.from, last.span.until))
    }

    /// The energy accumulated at an instant: zero before the first reading, all of it after the
    /// last one.
    pub fn at(&self, at: Timestamp, readings: &[IndexReading]) -> Amount {
        let index = self.pieces.partition_point(|piece| piece.span.until <= at);
        match self.pieces.get(index) {
            Some(piece) if piece.span.from <= at => piece.at(at, readings),
            Some(_) => Amount::ZERO,
            None => self.pieces.last().map_or(Amount::ZERO, Piece::end),
        }
    }

    /// Whether the readings around an instant matter there; elsewhere the journal knows all.
    pub fn needs_readings_at(&self, at: Timestamp) -> bool {
        let index = self.pieces.partition_point(|piece| piece.span.until <= at);
        self.pieces
            .get(index)
            .is_some_and(|piece| piece.span.from < at && matches!(piece.way, Way::Readings { .. }))
    }

    /// The energy of each of some spans, in their order. Those of neighbours add up exactly to
    /// that of both.
    pub fn energies(&self, spans: &[Span], readings: &[IndexReading]) -> Vec<StepEnergy> {
        let mut bound: Option<(Timestamp, Amount)> = None;
        let mut energies = Vec::with_capacity(spans.len());
        for span in spans {
            let start = match bound {
                Some((at, amount)) if at == span.from => amount,
                _ => self.at(span.from, readings),
            };
            let end = self.at(span.until, readings);
            bound = Some((span.until, end));
            energies.push(self.judge(*span, end - start, readings));
        }
        energies
    }

    /// The energy of one span.
    pub fn energy(&self, span: Span, readings: &[IndexReading]) -> StepEnergy {
        let amount = self.at(span.until, readings) - self.at(span.from, readings);
        self.judge(span, amount, readings)
    }

    /// Says how well an amount is known.
    fn judge(&self, span: Span, amount: Amount, readings: &[IndexReading]) -> StepEnergy {
        let mut known = Knowledge::default();
        let first = self
            .pieces
            .partition_point(|piece| piece.span.until <= span.from);
        for piece in &self.pieces[first..] {
            if piece.span.from >= span.until {
                break;
            }
            known.add(piece, span, readings);
        }
        known.of(span, amount)
    }
}

/// Draws a curve from left to right.
struct Drawing {
    pieces: Vec<Piece>,
}

impl Drawing {
    fn draw(&mut self, until: Timestamp, step: Amount, way: Way, lower_bound: bool) {
        let (from, start) = self.pieces.last().map_or((until, Amount::ZERO), |piece| {
            (piece.span.until, piece.end())
        });
        self.pieces.push(Piece {
            span: Span::new(from, until),
            start,
            step,
            way,
            lower_bound,
        });
    }

    fn follow_readings(&mut self, from: &IndexReading, until: &IndexReading, unit: Amount) {
        if self.pieces.is_empty() {
            // Where the curve begins; a piece of no length.
            self.draw(from.at, Amount::ZERO, Way::Measured, false);
        }
        if from.at < until.at {
            let step = unit.times(until.count.saturating_sub(from.count));
            let count = from.count;
            self.draw(until.at, step, Way::Readings { count, unit }, false);
        }
    }

    fn stand_still(&mut self, from: &mut IndexReading, plateau: Plateau, unit: Amount) {
        let begin = IndexReading::new(plateau.span.from, plateau.count);
        self.follow_readings(from, &begin, unit);
        self.draw(plateau.span.until, Amount::ZERO, Way::Measured, false);
        *from = IndexReading::new(plateau.span.until, plateau.count);
    }
}

/// What is known of the parts of a span.
#[derive(Default)]
struct Knowledge {
    covered_ns: i128,
    is_known: bool,
    is_estimated: bool,
    open: Option<OpenAmount>,
    lower_bound: bool,
}

impl Knowledge {
    fn add(&mut self, piece: &Piece, span: Span, readings: &[IndexReading]) {
        let Some(shared) = piece.span.overlap(span) else {
            return;
        };
        let is_whole = shared == piece.span;
        match piece.way {
            Way::Readings { .. } => {
                self.covered_ns += elapsed_ns(shared.from, shared.until);
                self.is_estimated |= piece.has_no_reading_in(span, readings);
            }
            Way::Measured => self.covered_ns += elapsed_ns(shared.from, shared.until),
            Way::Silent if is_whole => self.covered_ns += elapsed_ns(shared.from, shared.until),
            Way::Silent | Way::Typed => self.is_estimated = true,
            Way::Open { .. } => {
                let share = piece
                    .proposed_until(shared.until)
                    .zip(piece.proposed_until(shared.from));
                let share = share.map(|(until, from)| until - from);
                let open = self.open.get_or_insert_default();
                open.proposal = open.proposal.into_iter().chain(share).reduce(|a, b| a + b);
            }
            Way::Void => {}
        }
        self.is_known |= !matches!(piece.way, Way::Open { .. } | Way::Void);
        self.lower_bound |= piece.lower_bound;
    }

    fn of(self, span: Span, amount: Amount) -> StepEnergy {
        let length_ns = elapsed_ns(span.from, span.until);
        let mut quality = Quality::MEASURED;
        if self.covered_ns < length_ns {
            quality = quality.with(Quality::INCOMPLETE);
        }
        if self.is_estimated {
            quality = quality.with(Quality::ESTIMATED);
        }
        if self.open.is_some() {
            quality = quality.with(Quality::SUSPECT);
        }
        StepEnergy {
            span,
            energy: self.is_known.then_some(amount),
            coverage: if length_ns > 0 {
                self.covered_ns as f64 / length_ns as f64
            } else {
                0.0
            },
            quality,
            open: self.open,
            lower_bound: self.lower_bound,
        }
    }
}
