use std::cell::RefCell;
use std::fmt::Display;
use std::ops::{Range, RangeInclusive};

use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

use crate::diagnostic::{Findings, nearest};

/// The keys of one TOML table. What is asked for is known; [`Fields::finish`] reports the rest.
pub(super) struct Fields<'t> {
    table: &'t DeTable<'t>,
    span: Range<usize>,
    findings: &'t Findings<'t>,
    asked: RefCell<Vec<&'static str>>,
}

impl<'t> Fields<'t> {
    pub(super) fn new(
        table: &'t DeTable<'t>,
        span: Range<usize>,
        findings: &'t Findings<'t>,
    ) -> Self {
        Self {
            table,
            span,
            findings,
            asked: RefCell::default(),
        }
    }

    pub(super) fn findings(&self) -> &'t Findings<'t> {
        self.findings
    }

    /// Where the table itself stands: its header or its first brace.
    pub(super) fn span(&self) -> &Range<usize> {
        &self.span
    }

    /// Where the value of `key` stands, or the table when the key is missing.
    pub(super) fn span_of(&self, key: &str) -> Range<usize> {
        self.table
            .get(key)
            .map_or_else(|| self.span.clone(), Spanned::span)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Whether `key` is a list with something in it.
    pub(super) fn has_entries(&self, key: &str) -> bool {
        let value = self.table.get(key).map(Spanned::get_ref);
        value.is_some_and(|value| value.as_array().is_some_and(|array| !array.is_empty()))
    }

    fn value(&self, key: &'static str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.asked.borrow_mut().push(key);
        self.table.get(key)
    }

    fn wrong_type(&self, value: &Spanned<DeValue<'_>>, key: &str, expected: &str) {
        self.findings.report(
            &value.span(),
            format!(
                "`{key}` must be {expected}, not {}",
                with_article(value.get_ref().type_str())
            ),
        );
    }

    /// Reports that `key` is missing unless `value` is there or was already refused.
    pub(super) fn require<T>(&self, key: &str, value: Option<T>) -> Option<T> {
        if value.is_none() && !self.has(key) {
            self.findings
                .report(&self.span, format!("`{key}` is missing here"));
        }
        value
    }

    pub(super) fn text(&self, key: &'static str) -> Option<String> {
        let value = self.value(key)?;
        let text = value.get_ref().as_str();
        if text.is_none() {
            self.wrong_type(value, key, "a text");
        }
        text.map(str::to_owned)
    }

    pub(super) fn flag(&self, key: &'static str) -> Option<bool> {
        let value = self.value(key)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong_type(value, key, "true or false");
        }
        flag
    }

    pub(super) fn integer<N>(&self, key: &'static str, allowed: RangeInclusive<N>) -> Option<N>
    where
        N: TryFrom<i128> + PartialOrd + Display + Copy,
    {
        let value = self.value(key)?;
        let Some(integer) = value.get_ref().as_integer().and_then(to_i128) else {
            self.wrong_type(value, key, "a whole number");
            return None;
        };
        let number = N::try_from(integer)
            .ok()
            .filter(|number| allowed.contains(number));
        if number.is_none() {
            self.findings.report(
                &value.span(),
                format!(
                    "`{key}` must lie between {} and {}",
                    allowed.start(),
                    allowed.end()
                ),
            );
        }
        number
    }

    pub(super) fn number(&self, key: &'static str) -> Option<f64> {
        let value = self.value(key)?;
        let number = match value.get_ref() {
            DeValue::Integer(integer) => to_i128(integer).map(|integer| integer as f64),
            DeValue::Float(float) => float.as_str().replace('_', "").parse().ok(),
            _ => None,
        };
        if number.is_none() {
            self.wrong_type(value, key, "a number");
        }
        number
    }

    /// One of the named values of `choices`.
    pub(super) fn choice<T: Copy>(
        &self,
        key: &'static str,
        choices: &[T],
        name: impl Fn(T) -> &'static str,
    ) -> Option<T> {
        let text = self.text(key)?;
        let found = choices.iter().copied().find(|value| name(*value) == text);
        if found.is_none() {
            let names: Vec<&str> = choices.iter().map(|value| name(*value)).collect();
            self.findings.report_with_hint(
                &self.span_of(key),
                format!("`{text}` is no {key}"),
                suggestion(&text, &names),
            );
        }
        found
    }

    /// The texts of an array, each with its place.
    pub(super) fn texts(&self, key: &'static str) -> Option<Vec<(String, Range<usize>)>> {
        let values = self.array(key, "a list of texts")?;
        Some(
            values
                .iter()
                .filter_map(|value| {
                    let text = value.get_ref().as_str();
                    if text.is_none() {
                        self.wrong_type(value, key, "a list of texts");
                    }
                    Some((text?.to_owned(), value.span()))
                })
                .collect(),
        )
    }

    /// The whole numbers of an array, each with its place.
    pub(super) fn integers(&self, key: &'static str) -> Option<Vec<(i128, Range<usize>)>> {
        let values = self.array(key, "a list of whole numbers")?;
        Some(
            values
                .iter()
                .filter_map(|value| {
                    let integer = value.get_ref().as_integer().and_then(to_i128);
                    if integer.is_none() {
                        self.wrong_type(value, key, "a list of whole numbers");
                    }
                    Some((integer?, value.span()))
                })
                .collect(),
        )
    }

    pub(super) fn table(&self, key: &'static str) -> Option<Self> {
        let value = self.value(key)?;
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.wrong_type(value, key, "a table");
        }
        Some(Self::new(table?, value.span(), self.findings))
    }

    pub(super) fn tables(&self, key: &'static str) -> Option<Vec<Self>> {
        let values = self.array(key, "a list of tables")?;
        Some(
            values
                .iter()
                .filter_map(|value| {
                    let table = value.get_ref().as_table();
                    if table.is_none() {
                        self.wrong_type(value, key, "a list of tables");
                    }
                    Some(Self::new(table?, value.span(), self.findings))
                })
                .collect(),
        )
    }

    fn array(&self, key: &'static str, expected: &str) -> Option<&'t [Spanned<DeValue<'t>>]> {
        let value = self.value(key)?;
        let array = value.get_ref().as_array();
        if array.is_none() {
            self.wrong_type(value, key, expected);
        }
        array.map(|array| &array[..])
    }

    /// Reports every key that nothing asked for.
    pub(super) fn finish(self) {
        let asked = self.asked.borrow();
        for key in self.table.keys() {
            let name = key.get_ref().as_ref();
            if !asked.contains(&name) {
                self.findings.report_with_hint(
                    &key.span(),
                    format!("`{name}` is not a key that belongs here"),
                    suggestion(name, &asked),
                );
            }
        }
    }
}

/// "did you mean", or the whole choice when nothing is near.
pub(super) fn suggestion(word: &str, choices: &[&str]) -> String {
    match nearest(word, choices.iter().copied()) {
        Some(choice) => format!("did you mean `{choice}`?"),
        None => format!("possible here: {}", choices.join(", ")),
    }
}

fn to_i128(integer: &DeInteger<'_>) -> Option<i128> {
    i128::from_str_radix(&integer.as_str().replace('_', ""), integer.radix()).ok()
}

fn with_article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {noun}")
}
