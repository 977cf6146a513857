use std::cell::RefCell;
use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

/// One mistake in a profile text. `Display` draws it with file, line, caret and hint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    pub message: String,
    pub hint: Option<String>,
    source_line: String,
    /// The bytes of `source_line` that the caret marks.
    marked: Range<usize>,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let snippet = Snippet::source(&self.source_line)
            .line_start(self.line)
            .path(&self.file)
            .annotation(AnnotationKind::Primary.span(self.marked.clone()));
        let mut report = Level::ERROR.primary_title(&self.message).element(snippet);
        if let Some(hint) = &self.hint {
            report = report.element(Level::HELP.message(hint));
        }
        formatter.write_str(&Renderer::plain().render(&[report]))
    }
}

/// Collects the mistakes of one text while it is read.
pub(crate) struct Findings<'t> {
    file: &'t str,
    text: &'t str,
    found: RefCell<Vec<Diagnostic>>,
}

impl<'t> Findings<'t> {
    pub(crate) fn new(file: &'t str, text: &'t str) -> Self {
        Self {
            file,
            text,
            found: RefCell::default(),
        }
    }

    pub(crate) fn report(&self, span: &Range<usize>, message: impl Into<String>) {
        self.add(span, message.into(), None);
    }

    pub(crate) fn report_with_hint(
        &self,
        span: &Range<usize>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.add(span, message.into(), Some(hint.into()));
    }

    fn add(&self, span: &Range<usize>, message: String, hint: Option<String>) {
        let start = span.start.min(self.text.len());
        let line_start = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = self.text[start..]
            .find('\n')
            .map_or(self.text.len(), |at| start + at);
        let end = span.end.clamp(start, line_end);
        self.found.borrow_mut().push(Diagnostic {
            file: self.file.to_owned(),
            line: self.text[..line_start].matches('\n').count() + 1,
            column: self.text[line_start..start].chars().count() + 1,
            message,
            hint,
            source_line: self.text[line_start..line_end].to_owned(),
            marked: start - line_start..end - line_start,
        });
    }

    /// `value` when nothing was found, else everything found, in the order of the text.
    pub(crate) fn into_result<T>(self, value: Option<T>) -> Result<T, Vec<Diagnostic>> {
        let mut found = self.found.into_inner();
        match value {
            Some(value) if found.is_empty() => Ok(value),
            _ => {
                found.sort_by_key(|diagnostic| (diagnostic.line, diagnostic.column));
                Err(found)
            }
        }
    }
}

/// The candidate that `word` was probably meant to be: the shortest that goes on with an
/// underscore (`timeout_ms` for `timeout`), else the one with the fewest letters changed.
pub(crate) fn nearest<'c>(
    word: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    // A third of the letters may differ: fewer misses plain typing errors, more only guesses.
    let distance_max = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let goes_on = candidate
                .strip_prefix(word)
                .is_some_and(|rest| rest.starts_with('_'));
            if goes_on {
                return Some((0, candidate.len(), candidate));
            }
            let distance = strsim::osa_distance(word, candidate);
            (distance <= distance_max).then_some((distance, 0, candidate))
        })
        .min()
        .map(|(.., candidate)| candidate)
}
