//! The limits of EN 50160 for the voltage of a public low-voltage supply, as far as pages draw
//! them. They hold for means over ten minutes during 95 % of a week: a single reading above one
//! is a hint and no verdict.

/// The edition that the figures are of; later amendments change ranks 15 and 21.
pub const EDITION: &str = "EN 50160:2010";
/// Distortion of all ranks together, relative to the fundamental.
pub const THD_LIMIT_PCT: f64 = 8.0;
/// Inverse ÷ direct component.
pub const UNBALANCE_LIMIT_PCT: f64 = 2.0;
/// The last rank with a limit of its own.
pub const LAST_LIMITED_RANK: u8 = 25;

/// The limit of one harmonic rank relative to the fundamental; `None` where it has none.
pub fn harmonic_limit_pct(rank: u8) -> Option<f64> {
    Some(match rank {
        5 => 6.0,
        3 | 7 => 5.0,
        11 => 3.5,
        13 => 3.0,
        2 | 17 => 2.0,
        9 | 19 | 23 | 25 => 1.5,
        4 => 1.0,
        15 | 21 => 0.5,
        6..LAST_LIMITED_RANK if rank.is_multiple_of(2) => 0.5,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rank_up_to_25_has_a_limit_and_none_beyond() {
        for rank in 2..=LAST_LIMITED_RANK {
            assert!(harmonic_limit_pct(rank).is_some(), "rank {rank}");
        }
        assert_eq!(harmonic_limit_pct(1), None);
        assert_eq!(harmonic_limit_pct(26), None);
    }

    #[test]
    fn even_ranks_and_multiples_of_three_are_limited_more_tightly() {
        for (rank, limit) in [(5, 6.0), (6, 0.5), (15, 0.5), (24, 0.5), (25, 1.5)] {
            assert_eq!(harmonic_limit_pct(rank), Some(limit), "rank {rank}");
        }
    }
}
