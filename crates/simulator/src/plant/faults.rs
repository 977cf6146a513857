use std::ops::RangeInclusive;

use jiff::Timestamp;
use serde::Deserialize;

/// How much a current transformer can be declared wrong.
const FACTORS: RangeInclusive<f64> = 0.001..=1_000.0;
/// Widths and jumps of counters.
const ENERGIES_KWH: RangeInclusive<f64> = 0.001..=1e9;
const PHASES: [&str; 3] = ["L1", "L2", "L3"];

/// What is wrong with the meter of a load, and from when until when in plant time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct LoadFault {
    pub(crate) kind: LoadFaultKind,
    pub(crate) from_ms: Option<i64>,
    /// Not included.
    pub(crate) until_ms: Option<i64>,
}

/// Phases are conductors of the network, from 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum LoadFaultKind {
    /// The current transformer of one phase, or of all, is mounted the wrong way round.
    ReversedCurrent(Option<usize>),
    /// Two current transformers are exchanged.
    SwappedPhases(usize, usize),
    /// The meter lacks the voltage of a phase.
    MissingVoltage(usize),
    /// Currents are shown too large by this factor.
    WrongRatio(f64),
    /// Counters begin again at zero after this.
    CounterWidth { wh: f64 },
    /// All counters fall to zero at the begin of the fault.
    CounterReset,
    /// Counters show so much more, or less, while it lasts.
    CounterGlitch { wh: f64 },
}

impl LoadFault {
    pub(crate) fn holds_at(&self, at_ms: i64) -> bool {
        self.from_ms.is_none_or(|from_ms| from_ms <= at_ms)
            && self.until_ms.is_none_or(|until_ms| at_ms < until_ms)
    }

    /// A reset that happens after `before_ms` and no later than `at_ms`.
    pub(crate) fn resets_within(&self, before_ms: i64, at_ms: i64) -> bool {
        self.kind == LoadFaultKind::CounterReset
            && self
                .from_ms
                .is_some_and(|from_ms| before_ms < from_ms && from_ms <= at_ms)
    }
}

/// A fault as plant files and the control interface write it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoadFaultShape {
    kind: String,
    phase: Option<String>,
    with: Option<String>,
    factor: Option<f64>,
    kwh: Option<f64>,
    from: Option<String>,
    until: Option<String>,
}

impl LoadFaultShape {
    /// The fault, or what is wrong with what was written.
    pub(crate) fn checked(&self) -> Result<LoadFault, String> {
        let kind = self.checked_kind()?;
        let (from_ms, until_ms) = (instant(self.from.as_ref())?, instant(self.until.as_ref())?);
        if from_ms
            .zip(until_ms)
            .is_some_and(|(from, until)| until <= from)
        {
            return Err("`until` lies before `from`".to_owned());
        }
        Ok(LoadFault {
            kind,
            from_ms,
            until_ms,
        })
    }

    fn checked_kind(&self) -> Result<LoadFaultKind, String> {
        let phase = phase("phase", self.phase.as_ref())?;
        let with = self::phase("with", self.with.as_ref())?;
        let factor = in_range("factor", self.factor, &FACTORS)?;
        let size_kwh = in_range("kwh", self.kwh.map(f64::abs), &ENERGIES_KWH)?;
        let wh = size_kwh.and(self.kwh).map(|kwh| kwh * 1000.0);
        let needs = |members: &str| format!("`{}` needs {members}", self.kind);
        let (kind, members) = match self.kind.as_str() {
            "reversed_current" => (
                LoadFaultKind::ReversedCurrent(phase),
                [true, false, false, false],
            ),
            "swapped_phases" => {
                let (Some(phase), Some(with)) = (phase, with) else {
                    return Err(needs("`phase` and `with`"));
                };
                (
                    LoadFaultKind::SwappedPhases(phase, with),
                    [true, true, false, false],
                )
            }
            "missing_voltage" => {
                let phase = phase.ok_or_else(|| needs("`phase`"))?;
                (
                    LoadFaultKind::MissingVoltage(phase),
                    [true, false, false, false],
                )
            }
            "wrong_ratio" => {
                let factor = factor.ok_or_else(|| needs("`factor`"))?;
                (
                    LoadFaultKind::WrongRatio(factor),
                    [false, false, true, false],
                )
            }
            "counter_width" => {
                let wh = wh.filter(|wh| *wh > 0.0);
                let wh = wh.ok_or_else(|| needs("`kwh` above 0"))?;
                (
                    LoadFaultKind::CounterWidth { wh },
                    [false, false, false, true],
                )
            }
            "counter_reset" => (LoadFaultKind::CounterReset, [false; 4]),
            "counter_glitch" => {
                let wh = wh.ok_or_else(|| needs("`kwh`"))?;
                (
                    LoadFaultKind::CounterGlitch { wh },
                    [false, false, false, true],
                )
            }
            other => {
                return Err(format!(
                    "`{other}` is not a fault; there are reversed_current, swapped_phases, \
                     missing_voltage, wrong_ratio, counter_width, counter_reset, counter_glitch"
                ));
            }
        };
        let written = [
            ("phase", self.phase.is_some()),
            ("with", self.with.is_some()),
            ("factor", self.factor.is_some()),
            ("kwh", self.kwh.is_some()),
        ];
        match written
            .into_iter()
            .zip(members)
            .find(|((_, is), may)| *is && !may)
        {
            Some(((member, _), _)) => Err(format!("`{}` has no `{member}`", self.kind)),
            None => Ok(kind),
        }
    }
}

fn phase(member: &str, name: Option<&String>) -> Result<Option<usize>, String> {
    let Some(name) = name else { return Ok(None) };
    let place = PHASES.iter().position(|known| known == name);
    let place = place.ok_or_else(|| format!("`{member}` is L1, L2 or L3, not `{name}`"))?;
    Ok(Some(place))
}

fn in_range(
    member: &str,
    number: Option<f64>,
    range: &RangeInclusive<f64>,
) -> Result<Option<f64>, String> {
    match number {
        Some(number) if !range.contains(&number) => Err(format!(
            "`{member}` is not between {} and {}",
            range.start(),
            range.end()
        )),
        number => Ok(number),
    }
}

fn instant(text: Option<&String>) -> Result<Option<i64>, String> {
    let Some(text) = text else { return Ok(None) };
    let at: Timestamp = text.parse().map_err(|_error: jiff::Error| {
        format!("`{text}` is not an instant such as `2026-01-15T08:00:00Z`")
    })?;
    Ok(Some(at.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<LoadFaultKind, &str>) {
        let shape: LoadFaultShape = serde_json::from_str(text).unwrap();
        let checked = shape.checked().map(|fault| fault.kind);
        assert_eq!(checked, expected.map_err(str::to_owned), "{text}");
    }

    #[test]
    fn a_fault_is_what_was_written_or_says_what_is_wrong() {
        check(
            r#"{"kind":"reversed_current"}"#,
            Ok(LoadFaultKind::ReversedCurrent(None)),
        );
        check(
            r#"{"kind":"swapped_phases","phase":"L1","with":"L3"}"#,
            Ok(LoadFaultKind::SwappedPhases(0, 2)),
        );
        check(
            r#"{"kind":"counter_glitch","kwh":-5}"#,
            Ok(LoadFaultKind::CounterGlitch { wh: -5_000.0 }),
        );
        check(
            r#"{"kind":"swapped_phases","phase":"L1"}"#,
            Err("`swapped_phases` needs `phase` and `with`"),
        );
        check(
            r#"{"kind":"counter_width","kwh":-5}"#,
            Err("`counter_width` needs `kwh` above 0"),
        );
        check(
            r#"{"kind":"counter_reset","kwh":5}"#,
            Err("`counter_reset` has no `kwh`"),
        );
        check(
            r#"{"kind":"missing_voltage","phase":"L4"}"#,
            Err("`phase` is L1, L2 or L3, not `L4`"),
        );
        check(
            r#"{"kind":"wrong_ratio","factor":0}"#,
            Err("`factor` is not between 0.001 and 1000"),
        );
    }
}
