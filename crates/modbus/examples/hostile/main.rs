//! Lets seeded hostile peers do their worst to real buses, and prints what became of it.
//!
//! ```text
//! cargo run -p modbus --example hostile -- 100000 [SEED]
//! ```
//!
//! Ends with a panic, and so with a failure, at the first wrong value or the first sweep that
//! takes too long. `make test` runs a tenth of this, see `tests/hostile.rs`.

mod cases;
mod peer;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number = |name: &str, otherwise: u64| match arguments.next() {
        None => otherwise,
        Some(text) => text
            .parse()
            .unwrap_or_else(|error| panic!("{name} `{text}`: {error}")),
    };
    let n_cases = number("the number of cases", 10_000);
    let seed = number("the seed", cases::SEED);
    println!("{n_cases} cases, seed {seed}");
    print!("{}", cases::run(n_cases as usize, seed));
}
