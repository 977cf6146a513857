//! The profiles that come with the program.

use std::collections::HashSet;

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
}
