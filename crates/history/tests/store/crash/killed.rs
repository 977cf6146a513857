use std::time::Duration;

use super::{Expected, WRITERS, check_file, rounds, run_and_kill};

#[tokio::test]
async fn nothing_acknowledged_is_lost_by_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let mut expected = Expected::new();
    let mut first = WRITERS;
    let mut n_acknowledged = 0;
    for round in 0..rounds() {
        // Spread over the start, the replay and the writing; no two rounds alike.
        let delay = Duration::from_millis(30 + round * 7919 % 240);
        let acknowledged = run_and_kill(delay, &path, first, &[]);
        n_acknowledged += acknowledged.len();
        check_file(
            &path,
            first,
            &acknowledged,
            &mut expected,
            &format!("{round}"),
        )
        .await;
        let last = acknowledged.iter().max().map_or(first, |last| last + 1);
        first = last.next_multiple_of(WRITERS) + WRITERS * 2;
    }
    // Were every child killed before it wrote, the test would prove nothing.
    assert!(n_acknowledged > rounds() as usize * 10, "{n_acknowledged}");
}
