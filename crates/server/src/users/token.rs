use std::fmt::{self, Write as _};

use rand::TryRngCore;
use rand::rngs::OsRng;
use sha2::{Digest, Sha256};

/// 256 bits: beyond guessing, at any rate of tries.
const TOKEN_BYTES: usize = 32;

/// The secret of a session, as the browser's cookie holds it. The server keeps only its [`SessionId`].
#[derive(Clone)]
pub struct SessionToken(String);

impl SessionToken {
    /// A new token from the operating system's random numbers.
    pub(super) fn random() -> SessionToken {
        let mut bytes = [0u8; TOKEN_BYTES];
        OsRng
            .try_fill_bytes(&mut bytes)
            .expect("the operating system hands out random numbers once it has started");
        SessionToken(hex(&bytes))
    }

    /// A token as it came from a cookie; anything may come.
    pub fn received(text: &str) -> SessionToken {
        SessionToken(text.to_owned())
    }

    /// The text for the cookie.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    pub fn id(&self) -> SessionId {
        SessionId(Sha256::digest(self.0.as_bytes()).into())
    }
}

/// Never shows the token, so that no log line can.
impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(…)")
    }
}

/// The SHA-256 of a token: names a session without opening it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId([u8; 32]);

impl SessionId {
    pub(super) fn from_bytes(bytes: [u8; 32]) -> SessionId {
        SessionId(bytes)
    }

    pub(super) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// The first digits tell sessions apart in a log.
impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionId({}…)", hex(&self.0[..4]))
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        write!(text, "{byte:02x}").expect("a string takes all that is written");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_long_random_and_never_printed() {
        let (one, other) = (SessionToken::random(), SessionToken::random());
        assert_eq!(one.reveal().len(), 2 * TOKEN_BYTES);
        assert_ne!(one.reveal(), other.reveal());
        assert!(!format!("{one:?} {:?}", one.id()).contains(one.reveal()));
    }

    #[test]
    fn a_token_that_comes_back_names_the_same_session() {
        let token = SessionToken::random();
        assert_eq!(SessionToken::received(token.reveal()).id(), token.id());
        assert_ne!(SessionToken::received("").id(), token.id());
    }
}
