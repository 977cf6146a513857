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

/// The web pages, published under some path.
pub struct WebPages {
    find: Box<dyn Fn(&str) -> Option<WebFile> + Send + Sync>,
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
        let _ = write!(tag, "{byte:02x}");
    }
    if let Some(word) = encoding.word() {
        let _ = write!(tag, "-{word}");
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
