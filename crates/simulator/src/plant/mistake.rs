use std::cell::RefCell;
use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

/// One mistake in a plant file. `Display` draws it with file, line and caret, as mistakes in
/// profiles are drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlantMistake {
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    pub message: String,
    source_line: String,
    /// The bytes of `source_line` that the caret marks.
    marked: Range<usize>,
}

impl fmt::Display for PlantMistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let snippet = Snippet::source(&self.source_line)
            .line_start(self.line)
            .path(&self.file)
            .annotation(AnnotationKind::Primary.span(self.marked.clone()));
        let report = Level::ERROR.primary_title(&self.message).element(snippet);
        formatter.write_str(&Renderer::plain().render(&[report]))
    }
}

/// A plant file that cannot be used, with all its mistakes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlantError {
    /// In the order of the file; never empty.
    pub mistakes: Vec<PlantMistake>,
}

impl fmt::Display for PlantError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.mistakes.iter().enumerate() {
            if index > 0 {
                formatter.write_str("\n\n")?;
            }
            write!(formatter, "{mistake}")?;
        }
        Ok(())
    }
}

impl std::error::Error for PlantError {}

/// Collects the mistakes of one file while it is checked.
pub(crate) struct Mistakes<'t> {
    file: &'t str,
    text: &'t str,
    found: RefCell<Vec<PlantMistake>>,
}

impl<'t> Mistakes<'t> {
    pub(crate) fn new(file: &'t str, text: &'t str) -> Self {
        Self {
            file,
            text,
            found: RefCell::default(),
        }
    }

    pub(crate) fn report(&self, span: Range<usize>, message: impl Into<String>) {
        let start = span.start.min(self.text.len());
        let line_start = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = self.text[start..]
            .find('\n')
            .map_or(self.text.len(), |at| start + at);
        let end = span.end.clamp(start, line_end);
        self.found.borrow_mut().push(PlantMistake {
            file: self.file.to_owned(),
            line: self.text[..line_start].matches('\n').count() + 1,
            column: self.text[line_start..start].chars().count() + 1,
            message: message.into(),
            source_line: self.text[line_start..line_end].to_owned(),
            marked: start - line_start..end - line_start,
        });
    }

    /// `value` when nothing was found, else everything found.
    pub(crate) fn into_result<T>(self, value: Option<T>) -> Result<T, PlantError> {
        let mut mistakes = self.found.into_inner();
        match value {
            Some(value) if mistakes.is_empty() => Ok(value),
            _ => {
                mistakes.sort_by_key(|mistake| (mistake.line, mistake.column));
                Err(PlantError { mistakes })
            }
        }
    }
}
