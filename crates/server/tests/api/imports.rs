//! History files: what they leave behind, whatever happens to them.

use std::sync::Arc;

use model::{PointId, SeriesKey};
use server::users::UserProfile;

use crate::plant::counting;
use crate::test_app::TestApp;

const ENERGY: &str = "/api/v1/circuits/2/energy?quantity=ea_import_wh&from=2026-02-01T00:00:00Z&until=2026-02-02T00:00:00Z&step=all";

fn index() -> SeriesKey {
    SeriesKey::new(PointId(2), "ea_import_wh".parse().expect("a measurand"))
}

#[tokio::test]
async fn while_a_file_comes_in_nobody_knows_what_of_a_counter_may_go() {
    let app = TestApp::with_plant("2026-02-10T00:00:00Z", |_| ()).await;
    let days = counting("2026-02-01T00:00:00Z", "2026-02-09T00:00:00Z", 1e6, 100.0);
    app.store(2, "ea_import_wh", days).await;
    let energy = &app.app.state().energy;
    let mut client = app.logged_in(UserProfile::User).await;
    assert_eq!(energy.kept(index()), None, "no journal was made");
    client.get(ENERGY).await.expect_status(200);
    assert!(energy.kept(index()).is_some());
    let importing = Arc::clone(energy).importing(vec![index()]);
    assert_eq!(energy.kept(index()), None);
    // Made of a half of the file.
    client.get(ENERGY).await.expect_status(200);
    assert_eq!(energy.kept(index()), None);
    drop(importing);
    assert_eq!(energy.kept(index()), None);
    client.get(ENERGY).await.expect_status(200);
    assert!(energy.kept(index()).is_some());
}
