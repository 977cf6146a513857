//! How mistakes in a profile look to the person who made them. Each file under `mistakes` is a
//! profile with mistakes of one kind; all of them must be found at once.

use std::fs;
use std::path::Path;

use profiles::{Catalogue, check_file};

const MISTAKES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mistakes");

#[test]
fn mistakes_are_shown_with_line_caret_and_hint() {
    let mut files: Vec<_> = fs::read_dir(Path::new(MISTAKES))
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    assert!(!files.is_empty());
    for path in files {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).unwrap();
        let drawn: Vec<String> = match check_file(&name, &text) {
            Ok(_) => panic!("{name} has no mistakes"),
            Err(mistakes) => mistakes.iter().map(ToString::to_string).collect(),
        };
        insta::assert_snapshot!(
            path.file_stem().unwrap().to_str().unwrap(),
            drawn.join("\n\n")
        );
    }
}

fn messages(found: Result<impl Sized, Vec<profiles::Diagnostic>>) -> Vec<String> {
    let mistakes = found.map(|_| ()).expect_err("there is a mistake");
    mistakes
        .into_iter()
        .map(|mistake| mistake.message)
        .collect()
}

/// SEC-15
#[test]
fn a_text_that_is_too_long_is_not_even_read() {
    let text = "#".repeat(300_000);
    assert_eq!(
        messages(check_file("long.toml", &text)),
        ["this is too long for a profile: more than 262144 bytes"]
    );
}

/// SEC-15
#[test]
fn a_profile_cannot_have_millions_of_values() {
    let text = fs::read_to_string(Path::new(MISTAKES).join("../bounds.toml")).unwrap();
    assert_eq!(
        messages(check_file("bounds.toml", &text)),
        ["this profile has 63240 values, more than 50000"]
    );
}

#[test]
fn two_profiles_cannot_have_one_id() {
    let text = include_str!("../../../profiles/socomec/common.toml");
    let files = [("one.toml", text), ("two.toml", text)];
    assert_eq!(
        messages(Catalogue::load(files)),
        ["there is already a profile `socomec.common`"]
    );
}

#[test]
fn profiles_that_extend_one_another_in_a_circle_are_refused() {
    let extending =
        |id: &str, base: &str| format!("schema = 1\nid = \"{id}\"\nextends = \"{base}\"\n");
    let (one, two) = (extending("a.one", "a.two"), extending("a.two", "a.one"));
    let files = [("one.toml", one.as_str()), ("two.toml", two.as_str())];
    assert_eq!(
        messages(Catalogue::load(files)),
        [
            "there is no profile `a.two` to extend",
            "there is no profile `a.one` to extend"
        ]
    );
}
