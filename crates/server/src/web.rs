//! The web pages, built from `/web` and carried inside the program.
//!
//! Files lie there precompressed (`.br` and `.gz` beside each) and are chosen by
//! `Accept-Encoding`. A path without a file extension is a page of the app, and so `index.html`.
//!
//! A debug build reads `web/dist` while running, a release build holds it. Without it the program
//! builds all the same, and answers with one page that says how to build the rest.
//!
//! # Invariants
//!
//! - What lies under `assets/` has its hash in its name and is kept by the browser for good;
//!   everything else is asked for again each time, and costs a 304 while it is the same.
//! - A missing file is a 404, never `index.html` in disguise: an old tab after an update must notice.

mod encoding;

use std::borrow::Cow;
use std::fmt::Write as _;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use crate::api::{ApiError, ApiState, ProblemCode};
use encoding::Encoding;

/// The page that the app starts from.
const INDEX: &str = "index.html";

/// How the web build writes the base path, for [`WebPages::index`] to replace.
const BASE_AS_BUILT: &str = r#"<base href="/""#;

const UNBUILT: &str = include_str!("web/unbuilt.html");

/// Below this folder every name carries the hash of its content.
const HASHED_FOLDER: &str = "assets/";
const KEPT_FOR_GOOD: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const ASKED_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../web/dist"]
#[allow_missing = true]
struct Dist;

/// A file of the web pages.
#[derive(Debug, Clone)]
pub struct WebFile {
    pub bytes: Cow<'static, [u8]>,
    pub sha256: [u8; 32],
}

impl WebFile {
    pub fn new(bytes: impl Into<Cow<'static, [u8]>>) -> WebFile {
        let bytes = bytes.into();
        let sha256 = Sha256::digest(&bytes).into();
        WebFile { bytes, sha256 }
    }
}

type FindFile = dyn Fn(&str) -> Option<WebFile> + Send + Sync;

/// The web pages, published under some path.
pub struct WebPages {
    find: Box<FindFile>,
    base_path: String,
}

impl WebPages {
    /// The pages that the program was built with. `base_path` is "/" unless a proxy publishes the
    /// server below another path.
    pub fn built_in(base_path: &str) -> WebPages {
        WebPages::new(base_path, |path| {
            let file = Dist::get(path)?;
            Some(WebFile {
                sha256: file.metadata.sha256_hash(),
                bytes: file.data,
            })
        })
    }

    /// Pages from elsewhere: `find` answers by the path inside `web/dist`.
    pub fn new(
        base_path: &str,
        find: impl Fn(&str) -> Option<WebFile> + Send + Sync + 'static,
    ) -> WebPages {
        let inner = base_path.trim_matches('/');
        WebPages {
            find: Box::new(find),
            base_path: if inner.is_empty() {
                "/".to_owned()
            } else {
                format!("/{inner}/")
            },
        }
    }

    fn answer(&self, path: &str, headers: &HeaderMap) -> Response {
        let path = path.trim_start_matches('/');
        if path == INDEX || !has_extension(path) {
            return self.index(headers);
        }
        for encoding in Encoding::accepted(headers) {
            if let Some(file) = (self.find)(&format!("{path}{}", encoding.suffix())) {
                return answer_file(path, encoding, file, headers);
            }
        }
        ApiError::new(ProblemCode::NotFound)
            .detail(format!("there is no file {path}"))
            .into_response()
    }

    fn index(&self, headers: &HeaderMap) -> Response {
        let Some(file) = (self.find)(INDEX) else {
            return answer_file(
                INDEX,
                Encoding::Identity,
                WebFile::new(UNBUILT.as_bytes()),
                headers,
            );
        };
        let html = String::from_utf8_lossy(&file.bytes);
        let base = format!(r#"<base href="{}""#, escaped(&self.base_path));
        let html = html.replacen(BASE_AS_BUILT, &base, 1).into_bytes();
        answer_file(INDEX, Encoding::Identity, WebFile::new(html), headers)
    }
}

impl std::fmt::Debug for WebPages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebPages")
            .field("base_path", &self.base_path)
            .finish_non_exhaustive()
    }
}

/// Everything that is not the API.
pub(crate) fn router() -> Router<ApiState> {
    Router::new().fallback(page)
}

async fn page(State(state): State<ApiState>, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return ApiError::new(ProblemCode::MethodNotAllowed).into_response();
    }
    state.pages.answer(request.uri().path(), request.headers())
}

fn has_extension(path: &str) -> bool {
    path.rsplit('/')
        .next()
        .is_some_and(|name| name.contains('.'))
}

fn answer_file(path: &str, encoding: Encoding, file: WebFile, headers: &HeaderMap) -> Response {
    let tag = entity_tag(&file, encoding);
    let is_known = headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .any(|known| lists(known, &tag));
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Body::from(bytes_of(file)).into_response()
    };
    let answer = response.headers_mut();
    let lasts = path.starts_with(HASHED_FOLDER);
    answer.insert(
        header::CACHE_CONTROL,
        if lasts { KEPT_FOR_GOOD } else { ASKED_AGAIN },
    );
    answer.insert(header::ETAG, tag);
    answer.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    answer.insert(header::CONTENT_TYPE, media_type(path));
    if let Some(word) = encoding.word().filter(|_| !is_known) {
        answer.insert(header::CONTENT_ENCODING, HeaderValue::from_static(word));
    }
    response
}

fn bytes_of(file: WebFile) -> axum::body::Bytes {
    match file.bytes {
        Cow::Borrowed(bytes) => axum::body::Bytes::from_static(bytes),
        Cow::Owned(bytes) => bytes.into(),
    }
}

/// Weak, since the frame may compress the plain form on its way out.
fn entity_tag(file: &WebFile, encoding: Encoding) -> HeaderValue {
    let mut tag = String::from("W/\"");
    for byte in &file.sha256[..16] {
        write!(tag, "{byte:02x}").expect("a string takes all that is written");
    }
    if let Some(word) = encoding.word() {
        tag.push('-');
        tag.push_str(word);
    }
    tag.push('"');
    HeaderValue::try_from(tag).expect("digits and letters make a header")
}

fn lists(known: &HeaderValue, tag: &HeaderValue) -> bool {
    let (Ok(known), Ok(tag)) = (known.to_str(), tag.to_str()) else {
        return false;
    };
    known
        .split(',')
        .map(str::trim)
        .any(|one| one == "*" || one == tag)
}

fn media_type(path: &str) -> HeaderValue {
    let guess = mime_guess::from_path(path).first_or_octet_stream();
    let text = if guess.type_() == mime_guess::mime::TEXT {
        format!("{guess}; charset=utf-8")
    } else {
        guess.to_string()
    };
    HeaderValue::try_from(text).expect("a media type is a header")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    const HTML: &str = r#"<html><head><base href="/" /></head></html>"#;

    fn pages(base_path: &str) -> WebPages {
        WebPages::new(base_path, |path| {
            let bytes: &'static [u8] = match path {
                INDEX => HTML.as_bytes(),
                "assets/app-1a2b.js" => b"plain",
                "assets/app-1a2b.js.br" => b"brotli",
                "assets/app-1a2b.js.gz" => b"gzip",
                "favicon.svg" => b"<svg/>",
                _ => return None,
            };
            Some(WebFile::new(bytes))
        })
    }

    fn asking(name: header::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::try_from(value).expect("a header"))])
    }

    async fn text(response: Response) -> String {
        let body = axum::body::to_bytes(response.into_body(), 4096)
            .await
            .expect("a body");
        String::from_utf8_lossy(&body).into_owned()
    }

    #[track_caller]
    fn check(response: &Response, name: &header::HeaderName, expected: Option<&str>) {
        let found = response.headers().get(name);
        let found = found.map(|value| value.to_str().expect("text"));
        assert_eq!(found, expected, "{name}");
    }

    #[tokio::test]
    async fn a_file_comes_in_the_smallest_form_that_the_browser_takes() {
        for (accepted, coding, body) in [
            ("br, gzip", Some("br"), "brotli"),
            ("gzip", Some("gzip"), "gzip"),
            ("identity", None, "plain"),
        ] {
            let headers = asking(header::ACCEPT_ENCODING, accepted);
            let response = pages("/").answer("/assets/app-1a2b.js", &headers);
            check(&response, &header::CONTENT_ENCODING, coding);
            check(
                &response,
                &header::CONTENT_TYPE,
                Some("text/javascript; charset=utf-8"),
            );
            assert_eq!(text(response).await, body);
        }
    }

    #[test]
    fn hashed_names_are_kept_for_good_and_all_else_is_asked_again() {
        let none = HeaderMap::new();
        for (path, expected) in [
            ("/assets/app-1a2b.js", "public, max-age=31536000, immutable"),
            ("/favicon.svg", "no-cache"),
            ("/", "no-cache"),
            ("/monitor/12", "no-cache"),
        ] {
            let response = pages("/").answer(path, &none);
            check(&response, &header::CACHE_CONTROL, Some(expected));
        }
    }

    #[tokio::test]
    async fn what_the_browser_has_already_is_not_sent_again() {
        let none = HeaderMap::new();
        for path in ["/", "/favicon.svg", "/assets/app-1a2b.js"] {
            let first = pages("/").answer(path, &none);
            let tag = first.headers()[header::ETAG].to_str().expect("text");
            let known = asking(header::IF_NONE_MATCH, &format!("\"other\", {tag}"));
            let second = pages("/").answer(path, &known);
            assert_eq!(second.status(), StatusCode::NOT_MODIFIED, "{path}");
            assert_eq!(text(second).await, "");
        }
    }

    #[test]
    fn forms_of_one_file_have_tags_of_their_own() {
        let tag = |accepted: &str| {
            let headers = asking(header::ACCEPT_ENCODING, accepted);
            pages("/").answer("/assets/app-1a2b.js", &headers).headers()[header::ETAG].clone()
        };
        assert_ne!(tag("br"), tag("gzip"));
    }

    #[tokio::test]
    async fn a_path_without_extension_is_a_page_of_the_app() {
        let none = HeaderMap::new();
        for path in ["/", "/monitor/circuits/12", "/index.html"] {
            let response = pages("/").answer(path, &none);
            assert_eq!(response.status(), StatusCode::OK, "{path}");
            assert_eq!(text(response).await, HTML);
        }
    }

    #[test]
    fn a_missing_file_is_missing() {
        let none = HeaderMap::new();
        for path in [
            "/assets/app-0000.js",
            "/robots.txt",
            "/monitor/../secret.db",
        ] {
            let response = pages("/").answer(path, &none);
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        }
    }

    #[tokio::test]
    async fn below_the_path_of_a_proxy_the_page_says_so() {
        let none = HeaderMap::new();
        for (base_path, expected) in [
            ("/power/", r#"<base href="/power/" />"#),
            ("power/house", r#"<base href="/power/house/" />"#),
            (r#"/a"b<c"#, r#"<base href="/a&quot;b&lt;c/" />"#),
        ] {
            let html = text(pages(base_path).answer("/", &none)).await;
            assert!(html.contains(expected), "{html}");
        }
    }

    #[tokio::test]
    async fn without_built_pages_one_page_says_how_to_build_them() {
        let unbuilt = WebPages::new("/", |_| None);
        let response = unbuilt.answer("/", &HeaderMap::new());
        assert_eq!(response.status(), StatusCode::OK);
        let html = text(response).await;
        assert!(html.contains("make demo"), "{html}");
        // The policy of every answer forbids inline styles and scripts.
        assert!(
            !html.contains("style") && !html.contains("<script"),
            "{html}"
        );
    }
}
