//! Bytes that seldom change (decimals, quality), as (length, byte) runs: one run for most chunks.

use super::varint::{self, Cursor};

pub(crate) fn put(bytes: &mut Vec<u8>, values: impl Iterator<Item = u8>) {
    let mut open: Option<(u64, u8)> = None;
    for value in values {
        match &mut open {
            Some((length, same)) if *same == value => *length += 1,
            _ => {
                close(bytes, open);
                open = Some((1, value));
            }
        }
    }
    close(bytes, open);
}

fn close(bytes: &mut Vec<u8>, run: Option<(u64, u8)>) {
    if let Some((length, value)) = run {
        varint::put(bytes, length);
        bytes.push(value);
    }
}

/// Reads `n` values; `None` if the runs do not end exactly there.
pub(crate) fn take(cursor: &mut Cursor<'_>, n: usize) -> Option<Vec<u8>> {
    let mut values = Vec::with_capacity(n);
    while values.len() < n {
        let length = usize::try_from(cursor.varint()?).ok()?;
        if length == 0 || length > n - values.len() {
            return None;
        }
        let value = cursor.byte()?;
        values.resize(values.len() + length, value);
    }
    Some(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(values: &[u8], n_bytes: usize) {
        let mut bytes = Vec::new();
        put(&mut bytes, values.iter().copied());
        assert_eq!(bytes.len(), n_bytes);
        assert_eq!(
            take(&mut Cursor::new(&bytes), values.len()).as_deref(),
            Some(values)
        );
    }

    #[test]
    fn what_never_changes_is_one_run() {
        check(&[2; 100], 2);
        check(&[2; 4096], 3);
        check(&[], 0);
        check(&[0, 0, 1, 0], 6);
    }

    #[test]
    fn runs_beyond_the_end_are_refused() {
        assert_eq!(take(&mut Cursor::new(&[5, 0]), 4), None);
        assert_eq!(take(&mut Cursor::new(&[0, 0]), 4), None);
        assert_eq!(take(&mut Cursor::new(&[3, 0]), 4), None);
    }

    proptest! {
        #[test]
        fn any_bytes_read_back(values in proptest::collection::vec(0..4u8, 0..200)) {
            let mut bytes = Vec::new();
            put(&mut bytes, values.iter().copied());
            prop_assert_eq!(take(&mut Cursor::new(&bytes), values.len()), Some(values));
        }
    }
}
