//! Many buses at once, each against a hostile peer of its own, and what is demanded of them.
//!
//! A case is one sweep. Whatever the peer does, a block that is taken has the words that its
//! registers held when it was asked for, and the sweep ends in time. At the end each peer turns
//! honest, and its bus must read it again.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use modbus::{Bus, Endpoint, ReadOutcome};
use profiles::{LinkOptions, ReadFunction, ReadPlan, ReadRequest};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::peer::{Framing, Told, serve, word};

/// Of the run that belongs to the tests.
pub(crate) const SEED: u64 = 20_261_122;
/// Most of a case is waiting, so that many go on at once.
const N_BUSES: usize = 64;
/// Far more than all tries of all requests of a case take.
const SWEEP_MAX: Duration = Duration::from_secs(20);
/// How soon an honest peer is read again; what is owed on a line is forgotten within 10 s.
const RECOVERY_MAX: Duration = Duration::from_secs(20);

/// What became of all requests.
#[derive(Debug, Default)]
pub(crate) struct Report {
    n_cases: usize,
    n_blocks: usize,
    n_requests: usize,
    /// Sweeps dropped before their end.
    n_dropped: usize,
    faults: BTreeMap<&'static str, usize>,
    longest: Duration,
    longest_recovery: Duration,
}

impl Report {
    fn add(&mut self, other: Self) {
        self.n_cases += other.n_cases;
        self.n_blocks += other.n_blocks;
        self.n_requests += other.n_requests;
        self.n_dropped += other.n_dropped;
        for (code, count) in other.faults {
            *self.faults.entry(code).or_default() += count;
        }
        self.longest = self.longest.max(other.longest);
        self.longest_recovery = self.longest_recovery.max(other.longest_recovery);
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut row = |name: &str, count: usize| writeln!(formatter, "{count:>9}  {name}");
        row("cases, no wrong value among them", self.n_cases)?;
        row("sweeps dropped half-way", self.n_dropped)?;
        row("requests sent", self.n_requests)?;
        row("blocks read, all right", self.n_blocks)?;
        for (code, count) in &self.faults {
            row(code, *count)?;
        }
        writeln!(formatter, "longest sweep {:?}", self.longest)?;
        writeln!(formatter, "longest recovery {:?}", self.longest_recovery)
    }
}

#[derive(Debug)]
struct StoppedClock;

impl model::Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
}

/// Runs at least `n_cases`.
///
/// # Panics
///
/// At the first wrong value, late end or bus that does not recover.
pub(crate) fn run(n_cases: usize, seed: u64) -> Report {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("threads are to be had");
    runtime.block_on(async {
        let mut buses = JoinSet::new();
        for index in 0..N_BUSES {
            let framing = [Framing::Tcp, Framing::Rtu][index % 2];
            let bus_seed = seed.wrapping_add(index as u64);
            buses.spawn(run_bus(framing, n_cases.div_ceil(N_BUSES), bus_seed));
        }
        let mut report = Report::default();
        while let Some(bus) = buses.join_next().await {
            report.add(bus.expect("a panic of a bus is the end of the run"));
        }
        report
    })
}

async fn run_bus(framing: Framing, n_cases: usize, seed: u64) -> Report {
    let mut dice = StdRng::seed_from_u64(seed);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("it is bound").port();
    let told = Arc::new(Told::default());
    let peer_dice = StdRng::seed_from_u64(!seed);
    let peer = tokio::spawn(serve(listener, framing, peer_dice, Arc::clone(&told)));
    let endpoint = match framing {
        Framing::Tcp => Endpoint::tcp("127.0.0.1", port),
        Framing::Rtu => Endpoint::rtu_over_tcp("127.0.0.1", port),
    };
    let mut bus = Bus::new(endpoint, Arc::new(StoppedClock));

    let mut report = Report::default();
    for case in 0..n_cases {
        told.case.store(case as u16, Ordering::SeqCst);
        let begin = Instant::now();
        let sweep = sweep(&mut bus, case as u16, &mut dice, &mut report);
        let ended = timeout(SWEEP_MAX, sweep).await;
        assert!(
            ended.is_ok(),
            "seed {seed}, case {case}: a sweep did not end"
        );
        report.longest = report.longest.max(begin.elapsed());
        report.n_cases += 1;
    }

    told.case.store(n_cases as u16, Ordering::SeqCst);
    told.is_honest.store(true, Ordering::SeqCst);
    let begin = Instant::now();
    loop {
        let plan = any_plan(&mut dice);
        let link = LinkOptions {
            timeout: Duration::from_secs(1),
            ..any_link(&mut dice)
        };
        let outcome = bus.read(1, &plan, &link).await;
        check(&outcome, 1, &plan, n_cases as u16);
        if outcome.faults.is_empty() {
            break;
        }
        assert!(
            begin.elapsed() < RECOVERY_MAX,
            "seed {seed}: an honest peer is not read: {:?}",
            outcome.faults
        );
        sleep(Duration::from_millis(10)).await;
    }
    report.longest_recovery = begin.elapsed();
    peer.abort();
    report
}

async fn sweep(bus: &mut Bus, case: u16, dice: &mut StdRng, report: &mut Report) {
    // On a line, whoever was asked in vain may be let be for a while: mostly ask somebody else.
    let unit_id = dice.random_range(1..=100);
    let plan = any_plan(dice);
    let link = any_link(dice);
    let outcome = match dice.random_range(0..20) {
        0 => {
            let patience = Duration::from_millis(dice.random_range(1..20));
            bus.probe(unit_id, &plan, &link, patience).await
        }
        1 => {
            let patience = Duration::from_millis(dice.random_range(0..10));
            match timeout(patience, bus.read(unit_id, &plan, &link)).await {
                Ok(outcome) => outcome,
                Err(_dropped) => {
                    report.n_dropped += 1;
                    return;
                }
            }
        }
        _ => bus.read(unit_id, &plan, &link).await,
    };
    check(&outcome, unit_id, &plan, case);
    report.n_blocks += outcome.image.blocks.len();
    report.n_requests += outcome.requests as usize;
    for (_, fault) in &outcome.faults {
        *report.faults.entry(fault.code()).or_default() += 1;
    }
}

/// Each block is one that was asked for, and right.
fn check(outcome: &ReadOutcome, unit_id: u8, plan: &ReadPlan, case: u16) {
    for block in &outcome.image.blocks {
        let function = match block.function {
            ReadFunction::Holding => 3,
            ReadFunction::Input => 4,
        };
        let due: Vec<u16> = (block.start..)
            .take(block.words.len())
            .map(|register| word(unit_id, function, register, case))
            .collect();
        assert_eq!(block.words, due, "unit {unit_id}, case {case}: {block:?}");
        let was_asked = plan.requests.iter().any(|asked| {
            (asked.function, asked.start, usize::from(asked.count))
                == (block.function, block.start, block.words.len())
        });
        assert!(was_asked, "{block:?} was not asked for");
    }
}

fn any_plan(dice: &mut StdRng) -> ReadPlan {
    let requests = (0..dice.random_range(1..=4)).map(|_| ReadRequest {
        function: ReadFunction::ALL[dice.random_range(0..2)],
        start: dice.random_range(0..=10) * 1000,
        // Few lengths, so that answers could be mistaken for each other.
        count: [2, 10, 10, 125][dice.random_range(0..4)],
        tables: Vec::new(),
    });
    ReadPlan {
        requests: requests.collect(),
    }
}

fn any_link(dice: &mut StdRng) -> LinkOptions {
    LinkOptions {
        timeout: Duration::from_millis(dice.random_range(5..20)),
        retries: dice.random_range(0..3),
        pause_after_connect: Duration::from_millis(dice.random_range(0..2)),
        pause_between: Duration::from_millis(dice.random_range(0..2)),
        words_max: 125,
        hole_words_max: 0,
        any_unit_id: dice.random_bool(0.1),
        window: dice.random_range(1..=4),
        close_after_sweep: dice.random_bool(0.05),
    }
}
