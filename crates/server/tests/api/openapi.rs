//! The contract of the API and its copy in the repository.

use std::collections::HashSet;
use std::path::Path;

use serde_json::Value;
use server::api::openapi;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi/v1.json");

/// Set by `make bless`: rewrite the file instead of comparing with it.
#[expect(
    clippy::disallowed_methods,
    reason = "a test is told by the environment only"
)]
fn is_blessing() -> bool {
    std::env::var("BLESS").is_ok_and(|value| value == "1")
}

#[test]
fn the_document_in_the_repository_is_that_of_the_program() {
    let document = openapi::document();
    if is_blessing() {
        let folder = Path::new(FILE).parent().expect("a folder");
        std::fs::create_dir_all(folder).expect("the folder of the document");
        std::fs::write(FILE, &document).expect("the document");
    }
    let kept = std::fs::read_to_string(FILE).unwrap_or_default();
    assert!(
        kept == document,
        "openapi/v1.json is not that of the routes any more: `make bless` rewrites it"
    );
}

#[test]
fn operations_have_names_of_their_own_and_refusals_one_shape() {
    let document: Value = serde_json::from_str(&openapi::document()).expect("JSON");
    let mut names = HashSet::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let name = operation["operationId"].as_str().expect("a name");
            assert!(names.insert(name.to_owned()), "{name} twice");
            for (status, response) in operation["responses"].as_object().expect("responses") {
                if !status.starts_with('2') {
                    let content = response["content"].as_object().expect("content");
                    let kinds: Vec<_> = content.keys().collect();
                    assert_eq!(
                        kinds,
                        ["application/problem+json"],
                        "{method} {path} {status}"
                    );
                }
            }
        }
    }
}

#[test]
fn every_schema_that_is_named_is_there() {
    let text = openapi::document();
    let document: Value = serde_json::from_str(&text).expect("JSON");
    let schemas = document["components"]["schemas"]
        .as_object()
        .expect("schemas");
    for reference in text.split("\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().expect("a name");
        assert!(schemas.contains_key(name), "{name} is missing");
    }
}
