//! How mistakes in a profile look to the person who made them. Each file under `mistakes` is a
//! profile with mistakes of one kind; all of them must be found at once.

use std::fs;
use std::path::Path;

use profiles::check_file;

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
