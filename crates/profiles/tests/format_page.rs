//! Keeps `docs/profile-format.md` true: its example is right and it has every key there is.

use std::collections::BTreeSet;

use profiles::check_file;

const PAGE: &str = include_str!("../../../docs/profile-format.md");

/// The first TOML block of the page: a whole profile.
fn example() -> &'static str {
    let (_, behind) = PAGE
        .split_once("```toml\n")
        .expect("the page has an example");
    behind.split_once("```").expect("the example ends").0
}

/// The keys that could have stood where `mistaken` has one that is unknown.
fn keys_known_beside(text: &str) -> Vec<String> {
    let mistakes = check_file("page.toml", text).expect_err("there is an unknown key");
    let hints = mistakes
        .iter()
        .filter_map(|mistake| mistake.hint.as_deref());
    hints
        .filter_map(|hint| hint.strip_prefix("possible here: "))
        .flat_map(|keys| keys.split(", "))
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_example_of_the_page_is_right() {
    let summary = check_file("example.toml", example()).map_err(|mistakes| {
        let drawn: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        drawn.join("\n\n")
    });
    insta::assert_snapshot!(summary.unwrap());
}

#[test]
fn the_page_has_every_key() {
    const UNKNOWN: &str = "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq";
    let example = example();
    let mut known = BTreeSet::new();
    // An unknown key is put in front, behind each header and into each inline table.
    known.extend(keys_known_beside(&format!("{UNKNOWN} = 1\n{example}")));
    for (at, _) in example.match_indices("]\n") {
        if example[..at]
            .rsplit('\n')
            .next()
            .is_some_and(|line| line.starts_with('['))
        {
            let (before, behind) = example.split_at(at + 2);
            known.extend(keys_known_beside(&format!(
                "{before}{UNKNOWN} = 1\n{behind}"
            )));
        }
    }
    for (at, _) in example.match_indices("{ ") {
        let (before, behind) = example.split_at(at + 2);
        known.extend(keys_known_beside(&format!(
            "{before}{UNKNOWN} = 1, {behind}"
        )));
    }
    assert!(known.len() > 60, "the keys were not found: {known:?}");
    let missing: Vec<&String> = known
        .iter()
        .filter(|key| {
            let spellings = [format!("`{key}`"), format!("[{key}]")];
            !spellings.iter().any(|spelling| PAGE.contains(spelling))
        })
        .collect();
    assert!(missing.is_empty(), "the page does not tell {missing:?}");
}
