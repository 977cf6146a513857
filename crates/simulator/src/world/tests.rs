use std::sync::LazyLock;
use std::time::Instant;

use jiff::SignedDuration;
use model::{CounterKind, Phase, Quantity, Statistic};
use proptest::prelude::*;

use super::*;

/// One load of every wiring and kind of source, and a sum.
const PLANT: &str = r#"
[plant]
name = "test"
seed = 5
time_zone = "Asia/Kathmandu"
off_peak = { from = "22:00", until = "06:00" }

[[network]]
name = "main"
voltage_v = 230
frequency_hz = 50
voltage_wander_pct = 2
frequency_wander_hz = 0.05
unbalance_pct = 1.5
harmonics = [[3, 0.8], [5, 3], [7, 1.5]]

[[load]]
name = "four wires"
network = "main"
wiring = "3p_n"
nominal_current_a = 63
source = { kind = "bdew_g25" }
p_max_w = 20000
cos_phi = 0.9
phase_split = [0.5, 0.3, 0.2]
harmonics = [[3, 20], [5, 10]]

[[load]]
name = "three wires"
network = "main"
wiring = "3p"
source = { kind = "household" }
p_max_w = 9000
cos_phi = 0.8
phase_split = [0.4, 0.35, 0.25]
harmonics = [[3, 5], [5, 30]]

[[load]]
name = "balanced"
network = "main"
wiring = "3p_n_balanced"
source = { kind = "household_hourly" }
p_max_w = 9000
cos_phi = 0.95

[[load]]
name = "balanced without neutral"
network = "main"
wiring = "3p_balanced"
source = { kind = "constant" }
p_max_w = 3000

[[load]]
name = "second phase"
network = "main"
wiring = "1p_n"
phase = "L2"
source = { kind = "household", column = "sub_metering_1_wh" }
p_max_w = 3000
p_min_w = 20
cos_phi = 0.7
reactive = "capacitive"
harmonics = [[3, 60]]

[[load]]
name = "between phases"
network = "main"
wiring = "2p"
phase = "L31"
source = { kind = "constant" }
p_max_w = 5000

[[load]]
name = "sun"
network = "main"
source = { kind = "solar", latitude = 27.7, longitude = 85.3 }
p_max_w = 30000
direction = "export"

[[load]]
name = "all"
network = "main"
sum_of = ["four wires", "three wires", "second phase", "between phases", "sun"]

[[gateway]]
name = "none"
listen = "127.0.0.1:0"
"#;

/// Morning in Kathmandu, in the middle of a period: the sun exports, offices begin.
const NOW: &str = "2026-05-12T03:47:13Z";

/// Reading the recordings takes longer than the tests.
static PARSED: LazyLock<Arc<Plant>> =
    LazyLock::new(|| Arc::new(Plant::parse("test.toml", PLANT).unwrap()));

fn plant() -> Arc<Plant> {
    Arc::clone(&PARSED)
}

fn world_at(at: Timestamp) -> World {
    World::new(plant(), at, None)
}

fn world() -> World {
    world_at(NOW.parse().unwrap())
}

fn load(name: &str) -> Mounted {
    Mounted::Load(
        plant()
            .loads
            .iter()
            .position(|load| load.name == name)
            .unwrap(),
    )
}

fn value(world: &World, load_name: &str, spelling: &str) -> f64 {
    world
        .value(load(load_name), spelling.parse().unwrap())
        .unwrap_or_else(|| panic!("{load_name} has no {spelling}"))
}

#[track_caller]
fn check_close(value: f64, expected: f64, tolerance: f64) {
    assert!(
        (value - expected).abs() <= tolerance,
        "{value} is not {expected}"
    );
}

#[test]
fn the_same_seed_and_instant_give_the_same_values_at_any_pace() {
    let now: Timestamp = NOW.parse().unwrap();
    let later_ms = now.as_millisecond() + 1_800_000;
    let mut slow = world();
    let mut fast = world();
    slow.advance(later_ms, 1_000);
    fast.advance(later_ms, 30_000);
    for spelling in ["p_w", "q_var", "i1_a", "u12_v", "thd_i1_pct"] {
        let (a, b) = (
            value(&slow, "four wires", spelling),
            value(&fast, "four wires", spelling),
        );
        assert_eq!(a.to_bits(), b.to_bits(), "{spelling}");
    }
}

#[test]
fn values_move_each_second() {
    let mut world = world();
    let mut last = value(&world, "four wires", "p_w");
    for second in 1..=20 {
        world.advance(world.now_ms + 1_000, STEP_MS);
        let next = value(&world, "four wires", "p_w");
        assert!((next - last).abs() > 0.001, "second {second}");
        last = next;
    }
}

/// Energies against an own integral over the steps, kept by hand.
#[test]
fn energies_are_exactly_the_integral_of_power() {
    let mut world = world();
    let loads = ["four wires", "second phase", "sun", "all"];
    let energies = [
        ("ea_import_wh", "p_import_w"),
        ("ea_export_wh", "p_export_w"),
        ("er_plus_varh", "q_plus_var"),
        ("er_minus_varh", "q_minus_var"),
        ("es_vah", "s_va"),
    ];
    let read = |world: &World, column: fn((&'static str, &'static str)) -> &'static str| {
        loads
            .iter()
            .flat_map(|load| energies.map(|pair| value(world, load, column(pair))))
            .collect::<Vec<f64>>()
    };
    let before = read(&world, |(energy, _)| energy);
    let mut counted = vec![0u128; before.len()];
    for _ in 0..3_000 {
        let from_ms = world.now_ms;
        let powers = read(&world, |(_, power)| power);
        world.advance(from_ms + STEP_MS, STEP_MS);
        let held_ms = (world.now_ms - from_ms) as u128;
        for (sum, power) in counted.iter_mut().zip(powers) {
            *sum += (power * 1000.0).round() as u128 * held_ms;
        }
    }
    let after = read(&world, |(energy, _)| energy);
    for ((before, after), counted) in before.iter().zip(&after).zip(counted) {
        check_close(
            after - before,
            counted as f64 / 3.6e9,
            1e-9 * after.abs().max(1.0),
        );
    }
}

#[test]
fn the_mean_power_of_a_period_is_its_gain_of_energy() {
    let mut world = world();
    let end_ms = block_start(&world.plant, world.now_ms) + BLOCK_MS;
    world.advance(end_ms, STEP_MS);
    let names = ["four wires", "second phase", "sun", "all"];
    let before = names.map(|name| value(&world, name, "ea_import_wh"));
    let exported = names.map(|name| value(&world, name, "ea_export_wh"));
    world.advance(end_ms + BLOCK_MS, STEP_MS);
    for (index, name) in names.into_iter().enumerate() {
        let import = value(&world, name, "ea_import_wh") - before[index];
        let export = value(&world, name, "ea_export_wh") - exported[index];
        check_close(value(&world, name, "p_import_avg_w") / 6.0, import, 1e-6);
        check_close(value(&world, name, "p_export_avg_w") / 6.0, export, 1e-6);
        check_close(value(&world, name, "p_avg_w") / 6.0, import - export, 1e-6);
    }
    let period_end = world.occurred_at(load("all"), "p_avg_w".parse().unwrap());
    assert_eq!(period_end, Some(timestamp(end_ms + BLOCK_MS)));
}

#[test]
fn periods_follow_the_clock_of_the_site_and_not_utc() {
    let mut world = world();
    world.advance(world.now_ms + 2 * BLOCK_MS, STEP_MS);
    let end = world
        .occurred_at(load("all"), "p_avg_w".parse().unwrap())
        .unwrap();
    // Kathmandu is 5 h 45 min ahead: its full ten minutes are at :05 and :15 of UTC.
    assert_eq!(end.as_millisecond().rem_euclid(BLOCK_MS), 300_000);
}

#[test]
fn tariffs_change_at_their_hours_and_add_up() {
    let evening: Timestamp = "2026-05-12T16:10:00Z".parse().unwrap();
    let mut world = world_at(evening);
    let name = "balanced without neutral";
    let read = |world: &World| {
        ["ea_import_t1_wh", "ea_import_t2_wh", "ea_import_wh"].map(|x| value(world, name, x))
    };
    let before = read(&world);
    // 22:00 in Kathmandu is 16:15 in UTC.
    world.advance(evening.as_millisecond() + 1_200_000, STEP_MS);
    let after = read(&world);
    let gained: [f64; 3] = std::array::from_fn(|index| after[index] - before[index]);
    check_close(gained[0], 250.0, 2.0);
    check_close(gained[1], 750.0, 4.0);
    check_close(gained[0] + gained[1], gained[2], 1e-6);
}

#[test]
fn extremes_bound_all_that_was_seen_and_know_when() {
    let mut world = world();
    let place = load("four wires");
    let instant: Measurand = "i1_a".parse().unwrap();
    let largest = instant.with_statistic(Statistic::Maximum);
    let mut seen = 0.0f64;
    let started = world.now();
    world.advance(world.now_ms + STEP_MS, STEP_MS);
    for _ in 0..2_000 {
        let value = world.value(place, instant).unwrap();
        let maximum = world.value(place, largest).unwrap();
        let at = world.occurred_at(place, largest).unwrap();
        assert!(value <= maximum && at <= world.now());
        if value > seen && at == world.now() {
            assert_eq!(value.to_bits(), maximum.to_bits());
        }
        seen = seen.max(value);
        world.advance(world.now_ms + STEP_MS, STEP_MS);
    }
    let average = instant.with_statistic(Statistic::MaximumOfAverages);
    assert!(world.value(place, average).unwrap() <= world.value(place, largest).unwrap());
    assert!(world.occurred_at(place, average).unwrap() <= world.now());
    assert!(world.now() > started);
}

#[test]
fn a_sum_is_its_branches() {
    let world = world();
    let parts = [
        "four wires",
        "three wires",
        "second phase",
        "between phases",
        "sun",
    ];
    for spelling in ["p_w", "q_var"] {
        let sum: f64 = parts.iter().map(|part| value(&world, part, spelling)).sum();
        check_close(value(&world, "all", spelling), sum, 0.01);
    }
    assert!(
        value(&world, "sun", "p_w") < -1_000.0,
        "the sun shines in this test"
    );
}

#[test]
fn a_year_before_the_start_is_crossed_quickly_and_counted() {
    let text = PLANT.replace(
        "seed = 5",
        "seed = 5\ncounting_since = \"2025-05-12T00:00:00Z\"",
    );
    let plant = Arc::new(Plant::parse("test.toml", &text).unwrap());
    let started = Instant::now();
    let world = World::new(plant, NOW.parse().unwrap(), None);
    let hours = 366.0 * 24.0;
    let energy = value(&world, "balanced without neutral", "ea_import_wh");
    check_close(energy / hours, 3_000.0, 60.0);
    let partial: Measurand = "ea_import_wh".parse().unwrap();
    let partial = partial.with_counter(CounterKind::Partial);
    let index = load("balanced without neutral");
    assert_eq!(world.value(index, partial), Some(energy));
    // A generous bound: the point is that work does not grow with the span.
    assert!(started.elapsed().as_secs() < 60);
}

#[test]
fn what_a_wiring_does_not_have_is_missing_and_not_zero() {
    let world = world();
    for (name, spelling) in [
        ("second phase", "v2_v"),
        ("second phase", "u12_v"),
        ("second phase", "in_a"),
        ("three wires", "v1_v"),
        ("three wires", "p1_w"),
        ("three wires", "in_a"),
        ("between phases", "v1_v"),
        ("between phases", "i2_a"),
        ("balanced", "i2_a"),
    ] {
        let measurand: Measurand = spelling.parse().unwrap();
        assert_eq!(
            world.value(load(name), measurand),
            None,
            "{name} {spelling}"
        );
    }
    for (name, spelling) in [
        ("second phase", "v1_v"),
        ("three wires", "u31_v"),
        ("between phases", "u12_v"),
        ("balanced", "p_w"),
        ("four wires", "in_a"),
        ("four wires", "harmonic_in_3_pct"),
    ] {
        assert!(value(&world, name, spelling) > 0.0, "{name} {spelling}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn all_figures_of_a_circuit_fit_each_other(seconds in 0..31_536_000i64) {
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let world = world_at(start + SignedDuration::from_secs(seconds));
        let circuit = |name: &'static str| {
            let world = &world;
            move |spelling: &str| value(world, name, spelling)
        };
        let close = |a: f64, b: f64, tolerance: f64| (a - b).abs() <= tolerance;

        for name in ["four wires", "three wires", "balanced", "second phase", "all"] {
            let of = circuit(name);
            prop_assert!(of("p_w").hypot(of("q_var")) <= of("s_va") + 0.01, "{name}");
            prop_assert!(close(of("power_factor"), of("p_w") / of("s_va"), 1e-9));
            prop_assert!(close(of("p_w"), of("p_import_w") - of("p_export_w"), 1e-9));
            prop_assert!(close(of("q_var"), of("q_lagging_var") + of("q_leading_var"), 1e-9));
            prop_assert!(close(
                of("i1_a"),
                of("i_fund1_a").hypot(of("i_fund1_a") * of("thd_i1_pct") / 100.0),
                1e-6
            ) || world.value(load(name), "i_fund1_a".parse().unwrap()).is_none());
        }

        for name in ["four wires", "all"] {
            let of = circuit(name);
            for quantity in ["p", "q", "s"] {
                let unit = match quantity { "p" => "w", "q" => "var", _ => "va" };
                let sum: f64 = (1..=3).map(|k| of(&format!("{quantity}{k}_{unit}"))).sum();
                let total = of(&format!("{quantity}_{unit}"));
                prop_assert!(close(total, sum, 0.005));
            }
            for k in 1..=3 {
                let phase = |stem: &str, unit: &str| of(&format!("{stem}{k}{unit}"));
                prop_assert!(close(phase("s", "_va"), phase("v", "_v") * phase("i", "_a"), 0.01));
                let angle = (phase("v_angle", "_deg") - phase("i_angle", "_deg") - phase("phi", "_deg"))
                    .rem_euclid(360.0);
                prop_assert!(close(angle.min(360.0 - angle), 0.0, 1e-6));
                prop_assert!(close(phase("cos_phi", ""), phase("phi", "_deg").to_radians().cos(), 1e-6));
            }
            let [v1, v2, u12] = ["v_fund1_v", "v_fund2_v", "u_fund12_v"].map(&of);
            let between = (of("v_angle1_deg") - of("v_angle2_deg")).to_radians();
            let expected = (v1 * v1 + v2 * v2 - 2.0 * v1 * v2 * between.cos()).sqrt();
            prop_assert!(close(u12, expected, 1e-6));
            let [positive, negative, zero] =
                ["i_positive_seq_a", "i_negative_seq_a", "i_zero_seq_a"].map(&of);
            prop_assert!(close(of("i_fundn_a"), 3.0 * zero, 1e-6));
            prop_assert!(close(of("i_unbalance_neg_pct"), 100.0 * negative / positive, 1e-6));
        }

        let network = |spelling: &str| {
            world.value(Mounted::Network(0), spelling.parse().unwrap()).unwrap()
        };
        let [x, y, z] = ["u12_v", "u23_v", "u31_v"].map(&network);
        prop_assert!(close(network("u_sys_v"), (x + y + z) / 3.0, 1e-9));
        prop_assert!(close(network("u12_v"), circuit("four wires")("u12_v"), 1e-9));
        let line: f64 = network("u_positive_seq_v");
        prop_assert!(close(line, 3f64.sqrt() * network("v_positive_seq_v"), 1e-6));
    }
}

/// Three minutes are lost by a kill, and found again because a plant tells one story.
#[test]
fn a_plant_goes_on_from_its_memory_as_if_it_had_never_stopped() {
    let mut whole = world();
    whole.advance(whole.now_ms + 400_000, STEP_MS);
    let written = serde_json::to_string(&whole.memory()).unwrap();
    whole.advance(whole.now_ms + 180_000, STEP_MS);
    let memory = serde_json::from_str(&written).unwrap();
    let mut stopped = World::new(plant(), whole.now(), Some(memory));
    for more_ms in [0, 900_000] {
        for world in [&mut whole, &mut stopped] {
            world.advance(world.now_ms + more_ms, STEP_MS);
        }
        for name in ["four wires", "second phase", "sun", "all"] {
            for spelling in ["ea_import_wh", "ea_export_wh", "er_plus_varh", "es_vah"] {
                let values = [&whole, &stopped].map(|world| value(world, name, spelling));
                assert_eq!(
                    values[0].to_bits(),
                    values[1].to_bits(),
                    "{name} {spelling}"
                );
            }
            for spelling in ["p_avg_w", "i1_avg_a", "i1_max_a", "v1_min_avg_v"] {
                let values = [&whole, &stopped]
                    .map(|world| world.value(load(name), spelling.parse().unwrap()));
                let [Some(there), Some(again)] = values else {
                    panic!("{name} {spelling}: {values:?}");
                };
                check_close(again, there, 1e-9 * there.abs());
            }
        }
    }
}

#[test]
fn a_memory_of_the_future_is_not_believed() {
    let memory = world().memory();
    let earlier = memory.at_ms - 86_400_000;
    let world = World::new(plant(), timestamp(earlier), Some(memory));
    assert!(world.now_ms <= earlier);
}

#[test]
fn three_wires_carry_no_zero_sequence() {
    let world = world();
    let of = |quantity| {
        let measurand = Measurand::new(quantity, Phase::Total);
        world.value(load("three wires"), measurand).unwrap()
    };
    check_close(of(Quantity::CurrentZeroSequence), 0.0, 1e-9);
    assert!(of(Quantity::CurrentPositiveSequence) > 0.1);
}
