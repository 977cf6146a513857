use std::fmt;

/// Languages with a complete message catalogue, the default first.
const LANGUAGES: [&str; 2] = ["en", "fr"];

/// The language of a session: one of those that have a catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Language(&'static str);

impl Language {
    /// All that may be chosen at log-in.
    pub fn all() -> impl Iterator<Item = Language> {
        LANGUAGES.into_iter().map(Language)
    }

    /// The language with this tag (`en`, `fr`), if there is a catalogue for it.
    pub fn with_tag(tag: &str) -> Option<Language> {
        Language::all().find(|language| language.0 == tag)
    }

    pub fn tag(self) -> &'static str {
        self.0
    }
}

impl Default for Language {
    fn default() -> Self {
        Language(LANGUAGES[0])
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
