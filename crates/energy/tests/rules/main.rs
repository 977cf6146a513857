//! What energy promises, through its public face.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests may panic; the lint only knows test functions themselves"
)]

mod field_lessons;
mod gaps;
mod mounts;
mod stories;
mod support;
mod truth;
mod verdicts;
mod worked_cases;
mod zones;
