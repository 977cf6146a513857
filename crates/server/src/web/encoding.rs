use axum::http::{HeaderMap, header};

/// A form in which a file lies ready, the smallest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Brotli,
    Gzip,
    Identity,
}

impl Encoding {
    /// What the client takes, best first. `Identity` is always among them: whoever refuses it too
    /// is served plainly all the same.
    pub(super) fn accepted(headers: &HeaderMap) -> impl Iterator<Item = Encoding> + use<> {
        let accepted: Vec<String> = headers
            .get_all(header::ACCEPT_ENCODING)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .filter_map(wanted_coding)
            .collect();
        [Encoding::Brotli, Encoding::Gzip, Encoding::Identity]
            .into_iter()
            .filter(move |encoding| {
                encoding
                    .word()
                    .is_none_or(|word| accepted.iter().any(|coding| coding == word))
            })
    }

    /// The word of HTTP; none for the plain form.
    pub(super) fn word(self) -> Option<&'static str> {
        match self {
            Encoding::Brotli => Some("br"),
            Encoding::Gzip => Some("gzip"),
            Encoding::Identity => None,
        }
    }

    /// What the web build appends to the name of a file.
    pub(super) fn suffix(self) -> &'static str {
        match self {
            Encoding::Brotli => ".br",
            Encoding::Gzip => ".gz",
            Encoding::Identity => "",
        }
    }
}

/// The coding of one element of the list, unless it is given the weight zero.
fn wanted_coding(element: &str) -> Option<String> {
    let mut parts = element.split(';').map(str::trim);
    let coding = parts.next()?.to_ascii_lowercase();
    let is_refused = parts
        .filter_map(|parameter| parameter.strip_prefix("q="))
        .any(|weight| weight.parse() == Ok(0.0));
    (!is_refused).then_some(coding)
}

#[cfg(test)]
mod tests {
    use super::Encoding::{Brotli, Gzip, Identity};
    use super::*;
    use axum::http::HeaderValue;

    #[track_caller]
    fn check(accept_encoding: &'static str, expected: &[Encoding]) {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::ACCEPT_ENCODING,
            HeaderValue::from_static(accept_encoding),
        );
        let accepted: Vec<_> = Encoding::accepted(&headers).collect();
        assert_eq!(accepted, expected);
    }

    #[test]
    fn the_smallest_form_that_the_browser_takes_comes_first() {
        check("gzip, deflate, br, zstd", &[Brotli, Gzip, Identity]);
        check("gzip", &[Gzip, Identity]);
        check("GZIP;q=0.5", &[Gzip, Identity]);
        check("", &[Identity]);
    }

    #[test]
    fn a_form_with_weight_zero_is_refused() {
        check("br;q=0, gzip;q=1.0", &[Gzip, Identity]);
        check("br; q=0.000, gzip ;q=0", &[Identity]);
    }
}
