//! The profiles that come with the program.

use std::collections::HashSet;

use model::{Measurand, Quantity, Statistic, derivable};
use profiles::{Catalogue, PollClass, ProductClass, RegisterMapStatus};

#[track_caller]
fn check(id: &str, class: ProductClass, status: RegisterMapStatus, channels: &[(&str, usize)]) {
    let profile = Catalogue::shipped()
        .get(id)
        .expect("the profile is shipped");
    assert_eq!(profile.head().class, class);
    assert_eq!(profile.head().status, status);
    let offered: Vec<(String, usize)> = profile
        .channels()
        .iter()
        .map(|channel| (channel.to_string(), profile.measurands(*channel).len()))
        .collect();
    let expected: Vec<(String, usize)> = channels
        .iter()
        .map(|(channel, values)| ((*channel).to_owned(), *values))
        .collect();
    assert_eq!(offered, expected);
}

#[test]
fn the_current_module_has_three_loads() {
    check(
        "socomec.digiware.i35",
        ProductClass::CurrentModule,
        RegisterMapStatus::Unofficial,
        &[("circuit1", 548), ("circuit2", 548), ("circuit3", 548)],
    );
}

#[test]
fn the_voltage_module_has_one_network() {
    check(
        "socomec.digiware.u30",
        ProductClass::VoltageModule,
        RegisterMapStatus::Unofficial,
        &[("network1", 265)],
    );
}

#[test]
fn the_larger_current_module_has_four_loads() {
    check(
        "socomec.digiware.i45",
        ProductClass::CurrentModule,
        RegisterMapStatus::Unofficial,
        &[
            ("circuit1", 548),
            ("circuit2", 548),
            ("circuit3", 548),
            ("circuit4", 548),
        ],
    );
}

#[test]
fn the_module_with_its_own_voltages_has_loads_and_a_network() {
    check(
        "socomec.digiware.s135",
        ProductClass::Measurement,
        RegisterMapStatus::Unofficial,
        &[
            ("circuit1", 548),
            ("circuit2", 548),
            ("circuit3", 548),
            ("network1", 265),
        ],
    );
}

#[test]
fn classic_meters_add_their_own_to_what_they_share() {
    // Each power factor that has no register for its sense tells it by its sign.
    for (id, status, values) in [
        ("socomec.diris.a40", RegisterMapStatus::Unofficial, 423 + 6),
        ("socomec.countis.e34", RegisterMapStatus::Verified, 37 + 4),
        ("socomec.countis.e23", RegisterMapStatus::Verified, 135 + 4),
    ] {
        check(
            id,
            ProductClass::Measurement,
            status,
            &[("circuit1", values)],
        );
    }
}

#[test]
fn the_gateway_measures_nothing() {
    check(
        "socomec.digiware.d70",
        ProductClass::Gateway,
        RegisterMapStatus::Unofficial,
        &[],
    );
}

#[test]
fn the_meter_was_tried_on_a_device() {
    check(
        "socomec.diris.a10",
        ProductClass::Measurement,
        RegisterMapStatus::Verified,
        &[("circuit1", 57)],
    );
}

#[track_caller]
fn check_offers(id: &str, class: PollClass, quantities: &str) {
    let profile = Catalogue::shipped()
        .get(id)
        .expect("the profile is shipped");
    for channel in profile.channels() {
        let offered: HashSet<String> = profile
            .measurands(*channel)
            .iter()
            .filter(|info| info.class == class)
            .map(|info| info.measurand.to_string())
            .collect();
        for quantity in quantities.split_whitespace() {
            assert!(offered.contains(quantity), "{channel} has no {quantity}");
        }
    }
}

/// MON-26, MON-18
#[test]
fn a_load_gives_what_its_manual_lists() {
    check_offers(
        "socomec.digiware.i35",
        PollClass::Live,
        "v_sys_v u_sys_v i_sys_a frequency_hz v1_v v2_v v3_v vn_v u12_v u23_v u31_v \
         i1_a i2_a i3_a in_a i_unbalance_amp_pct i_unbalance_neg_pct i_positive_seq_a \
         i_negative_seq_a i_zero_seq_a p_w q_var q_lagging_var q_leading_var s_va s_nominal_va \
         power_factor power_factor_type",
    );
}

/// MON-20, MON-21
#[test]
fn a_load_gives_total_and_partial_energies_and_their_tariffs() {
    check_offers(
        "socomec.digiware.i35",
        PollClass::Energy,
        "ea_import_wh ea_export_wh er_plus_varh er_minus_varh es_vah ea_import_partial_wh \
         ea_import_last_partial_wh partial_reset_at ea_import_t1_wh ea_import_t8_wh \
         ea_import_partial_t8_wh operating_time_s",
    );
}

/// MON-13, MON-14, MON-22
#[test]
fn harmonics_go_to_rank_63_and_groups_stay_groups() {
    check_offers(
        "socomec.digiware.i35",
        PollClass::Slow,
        "thd_i1_pct k_factor1 harmonic_i1_2_pct harmonic_in_25_pct harmonic_i1_26_34_pct \
         harmonic_i2_35_50_pct harmonic_i3_51_63_pct",
    );
    check_offers(
        "socomec.digiware.u30",
        PollClass::Slow,
        "thd_v1_pct thd_u12_pct harmonic_v1_2_pct harmonic_u31_25_pct harmonic_u12_51_63_pct",
    );
}

/// MON-08, MON-13, MON-14, MON-22
#[test]
fn a_meter_of_2009_gives_odd_harmonics_one_by_one_and_extremes_over_all_phases() {
    check_offers(
        "socomec.diris.a40",
        PollClass::Slow,
        "thd_u12_pct thd_v3_pct thd_in_pct harmonic_i1_3_pct harmonic_in_63_pct \
         harmonic_u31_61_pct harmonic_v2_5_pct i_any_max_a thd_v_any_min_pct in_max_a \
         u12_max_avg_v",
    );
    let profile = Catalogue::shipped().get("socomec.diris.a40").unwrap();
    let even = profile
        .measurands(profile.channels()[0])
        .iter()
        .filter_map(|info| info.measurand.rank)
        .find(|rank| rank.is_group() || rank.first % 2 == 0);
    assert_eq!(even, None);
}

/// MON-20, MON-21
#[test]
fn energy_meters_give_totals_partial_counters_tariffs_and_lines() {
    check_offers(
        "socomec.countis.e34",
        PollClass::Energy,
        "ea_import_wh ea_export_wh er_plus_varh ea_import_partial_wh ea_import_t1_wh \
         ea_import_t4_wh",
    );
    check_offers(
        "socomec.countis.e23",
        PollClass::Energy,
        "ea_import_wh ea_export_wh er_plus_varh er_minus_varh es_vah es_partial_vah \
         er_plus_lagging_varh ea_import_t2_wh ea_export_t1_wh er_plus_t2_varh es_t2_vah \
         ea_import_partial_t1_wh",
    );
    check_offers(
        "socomec.countis.e23",
        PollClass::Slow,
        "ea_import1_wh ea_export3_wh er_minus_leading2_varh es3_t2_vah",
    );
}

/// MON-27
#[test]
fn every_power_factor_has_its_sense_beside_it() {
    for profile in Catalogue::shipped().iter() {
        for channel in profile.channels() {
            let mut offered: HashSet<Measurand> = profile
                .measurands(*channel)
                .iter()
                .map(|info| info.measurand)
                .collect();
            let derived = derivable(Statistic::Instant, None, &|measurand| {
                offered.contains(&measurand)
            });
            offered.extend(derived.iter().map(|value| value.measurand));
            for measurand in &offered {
                let sense = Measurand {
                    quantity: Quantity::PowerFactorType,
                    ..*measurand
                };
                // A device that tells neither the sense nor Q leaves it open.
                let reactive = Measurand {
                    quantity: Quantity::ReactivePower,
                    ..*measurand
                };
                let needs_sense = measurand.quantity == Quantity::PowerFactor
                    && (profile.head().vendor == "Socomec" || offered.contains(&reactive));
                assert!(
                    !needs_sense || offered.contains(&sense),
                    "{}: {measurand}",
                    profile.id()
                );
            }
        }
    }
}

#[test]
fn abstract_profiles_are_no_products() {
    let ids: Vec<String> = Catalogue::shipped()
        .iter()
        .map(|profile| profile.id().to_owned())
        .collect();
    assert!(!ids.is_empty());
    assert_eq!(
        Catalogue::shipped().get("socomec.digiware").map(|_| ()),
        None
    );
}

#[test]
fn the_energies_of_a_meter_that_has_only_partial_ones_are_partial() {
    let profile = Catalogue::shipped().get("socomec.diris.a10").unwrap();
    let energies: Vec<String> = profile
        .measurands(profile.channels()[0])
        .iter()
        .filter(|info| info.class == PollClass::Energy)
        .map(|info| info.measurand.to_string())
        .collect();
    assert_eq!(
        energies,
        [
            "ea_import_partial_wh",
            "er_plus_partial_varh",
            "es_partial_vah",
            "ea_export_partial_wh",
            "er_minus_partial_varh",
            "ea_import_t1_wh",
            "ea_import_t2_wh",
            "er_plus_t1_varh",
            "er_plus_t2_varh",
        ]
    );
}

/// Reads stay inside one table, so a sweep has one request per table that is due.
#[test]
fn one_table_takes_one_request() {
    let requests = |id: &str, class| {
        let profile = Catalogue::shipped().get(id).unwrap();
        let plan = profile.read_plan(class, &profile.channels()[..1], &HashSet::new());
        plan.requests
            .iter()
            .map(|request| (request.start, request.count))
            .collect::<Vec<_>>()
    };
    let live = requests("socomec.digiware.i35", PollClass::Live);
    assert_eq!(live, [(18432, 92), (18560, 92)]);
    let energy = requests("socomec.digiware.i35", PollClass::Energy);
    assert_eq!(energy, [(19840, 66), (20225, 96), (20353, 96)]);
    let live = requests("socomec.diris.a10", PollClass::Live);
    assert_eq!(live, [(50512, 74)]);
    let live = requests("socomec.diris.a40", PollClass::Live);
    assert_eq!(live, [(880, 6), (50512, 56), (51024, 32)]);
    let energy = requests("socomec.countis.e34", PollClass::Energy);
    assert_eq!(energy, [(50946, 18), (51202, 8)]);
}

/// Meters of other makers, each with what a circuit shows and counts.
///
/// PLT-08
#[test]
fn widespread_meters_of_other_makers_give_what_a_circuit_shows() {
    for id in [
        "abb.b23",
        "carlo_gavazzi.em24",
        "carlo_gavazzi.em340",
        "eastron.sdm120",
        "eastron.sdm630",
        "eastron.sdm72",
        "janitza.umg96",
        "schneider.iem3000",
        "schneider.pm5000",
        "siemens.pac3200",
        "sunspec.meter_float",
        "sunspec.meter_integer",
    ] {
        check_offers(id, PollClass::Live, "v1_v i1_a p_w frequency_hz");
        check_offers(id, PollClass::Energy, "ea_import_wh ea_export_wh");
    }
}
