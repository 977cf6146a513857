use std::fmt;

use rand::TryRngCore;
use rand::rngs::OsRng;

use super::Password;

/// Letters and digits that nobody mistakes for one another, 32 of them: five bits each.
const LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
/// 50 bits: at five guesses a minute for everybody together, beyond guessing.
const LETTERS_MAX: usize = 10;
/// Letters between two dashes.
const GROUP: usize = 5;

/// The one-time code that proves to a server that somebody read what it printed.
///
/// Factory passwords are known to all the world: a first password set from another machine needs this
/// code beside it, or whoever comes first would own the site.
#[derive(Clone)]
pub struct FirstCode(String);

impl FirstCode {
    /// A new code from the operating system's random numbers.
    pub(super) fn random() -> Self {
        let mut bytes = [0u8; LETTERS_MAX];
        OsRng
            .try_fill_bytes(&mut bytes)
            .expect("the operating system hands out random numbers once it has started");
        let letters = bytes.map(|byte| char::from(LETTERS[usize::from(byte) % LETTERS.len()]));
        Self(letters.iter().collect())
    }

    /// A code as somebody typed it: cases, spaces and dashes do not count.
    pub fn typed(text: &str) -> Self {
        let letters = text.chars().filter(char::is_ascii_alphanumeric);
        Self(letters.map(|letter| letter.to_ascii_uppercase()).collect())
    }

    /// The code for the eyes of whoever started the server.
    pub fn reveal(&self) -> String {
        let (first, second) = self.0.split_at(GROUP);
        format!("{first}-{second}")
    }

    /// Shows the code on the standard output and not in the log, which is kept and read by others.
    pub fn print(&self) {
        let code = self.reveal();
        println!("one-time code for a first password set from another machine: {code}");
    }

    pub(super) fn as_password(&self) -> Password {
        Password::new(&*self.0)
    }
}

/// Never shows the code, so that no log line can.
impl fmt::Debug for FirstCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FirstCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_typed_back_however_it_is_written() {
        let code = FirstCode::random();
        let shown = code.reveal();
        assert_eq!(shown.len(), LETTERS_MAX + 1);
        for typed in [
            shown.clone(),
            shown.to_lowercase(),
            shown.replace('-', " "),
            format!(" {} ", shown.replace('-', "")),
        ] {
            assert_eq!(FirstCode::typed(&typed).0, code.0);
        }
        assert_ne!(FirstCode::random().0, code.0);
        assert!(!format!("{code:?}").contains(&code.0));
    }
}
