use profiles::ReadFunction;

use super::*;

const UNIT: u8 = 7;
const TIMEOUT: Duration = Duration::from_millis(30);

fn request() -> Request {
    Request::read(ReadFunction::Holding, 0, 1).expect("one word is in bounds")
}

struct Fixture {
    window: usize,
    transactions: Transactions,
    start: Instant,
}

impl Fixture {
    fn new(window: usize) -> Self {
        Self {
            window,
            transactions: Transactions::default(),
            start: Instant::now(),
        }
    }

    fn has_room(&self) -> bool {
        self.transactions.has_room(self.window)
    }

    fn begin(&mut self, ticket: usize, at_ms: u64) -> u16 {
        let now = self.start + Duration::from_millis(at_ms);
        self.transactions
            .begin(UNIT, &request(), ticket, now, TIMEOUT)
    }

    fn expire(&mut self, at_ms: u64) -> Option<usize> {
        let now = self.start + Duration::from_millis(at_ms);
        self.transactions.expire(now)
    }

    fn receive_from(&mut self, unit_id: u8, id: u16, any_unit_id: bool) -> Received {
        let frame = Frame {
            transaction_id: id,
            unit_id,
            pdu: &[3, 2, 0x12, 0x34],
        };
        self.transactions.receive(&frame, any_unit_id)
    }

    /// The ticket whose answer was taken.
    #[track_caller]
    fn receive(&mut self, id: u16) -> usize {
        match self.receive_from(UNIT, id, false) {
            Received::Answer {
                transaction,
                answer,
            } => {
                assert_eq!(answer, Ok(Answer::Words(vec![0x1234])));
                transaction.ticket
            }
            other => panic!("the answer was not taken but {other:?}"),
        }
    }
}

#[test]
fn answers_in_any_order_find_their_requests() {
    let mut fixture = Fixture::new(3);
    let ids: Vec<u16> = (0..3).map(|ticket| fixture.begin(ticket, 0)).collect();
    assert!(!fixture.has_room());
    for ticket in [1, 2, 0] {
        assert_eq!(fixture.receive(ids[ticket]), ticket);
    }
    assert!(fixture.transactions.is_idle());
}

#[test]
fn a_late_answer_is_dropped_once_its_request_is_closed() {
    let mut fixture = Fixture::new(1);
    let old = fixture.begin(0, 0);
    assert_eq!(fixture.expire(29), None);
    assert_eq!(fixture.expire(30), Some(0));
    fixture.transactions.close(0);
    let new = fixture.begin(1, 30);
    assert_eq!(fixture.receive_from(UNIT, old, false), Received::Late);
    assert_eq!(fixture.receive(new), 1);
}

#[test]
fn an_answer_to_the_first_try_counts_during_the_second() {
    let mut fixture = Fixture::new(1);
    let first = fixture.begin(0, 0);
    assert_eq!(fixture.expire(30), Some(0));
    let second = fixture.begin(0, 30);
    assert_eq!(fixture.receive(first), 0);
    fixture.transactions.close(0);
    assert_eq!(fixture.receive_from(UNIT, second, false), Received::Late);
}

#[test]
fn an_answer_counts_once() {
    let mut fixture = Fixture::new(1);
    let id = fixture.begin(0, 0);
    assert_eq!(fixture.receive(id), 0);
    assert_eq!(fixture.receive_from(UNIT, id, false), Received::Unasked);
}

#[test]
fn an_answer_that_nobody_asked_for_is_known_as_such() {
    let mut fixture = Fixture::new(1);
    let id = fixture.begin(0, 0);
    let other = id.wrapping_add(1);
    assert_eq!(fixture.receive_from(UNIT, other, false), Received::Unasked);
    assert!(!fixture.transactions.is_idle());
}

#[test]
fn an_id_whose_answer_may_still_come_is_not_given_again() {
    let mut fixture = Fixture::new(1);
    let old = fixture.begin(0, 0);
    fixture.transactions.close(0);
    for _ in 0..70_000 {
        let id = fixture.begin(1, 0);
        assert_ne!(id, old);
        assert_eq!(fixture.receive(id), 1);
    }
}

#[test]
fn answers_that_never_come_do_not_pile_up() {
    let mut fixture = Fixture::new(1);
    for _ in 0..1000 {
        fixture.begin(0, 0);
        fixture.transactions.close(0);
    }
    assert_eq!(fixture.transactions.late.len(), LATE_IDS_MAX);
    assert!(fixture.transactions.open.is_empty());
}

#[track_caller]
fn check_unit(found: u8, any_unit_id: bool, is_taken: bool) {
    let mut fixture = Fixture::new(1);
    let id = fixture.begin(0, 0);
    let Received::Answer { answer, .. } = fixture.receive_from(found, id, any_unit_id) else {
        panic!("an answer with the right id was not looked at");
    };
    let asked = UNIT;
    match answer {
        Ok(_) => assert!(is_taken),
        Err(malformed) => {
            assert!(!is_taken);
            assert_eq!(malformed, MalformedAnswer::UnitId { asked, found });
        }
    }
}

#[test]
fn an_answer_of_another_unit_is_malformed() {
    check_unit(UNIT, false, true);
    for found in [0, 8, 255] {
        check_unit(found, false, false);
    }
}

#[test]
fn units_0_and_255_stand_for_any_where_the_profile_says_so() {
    for found in [0, UNIT, 255] {
        check_unit(found, true, true);
    }
    check_unit(8, true, false);
}

#[test]
fn the_window_has_bounds() {
    for (asked, given) in [(0, 1), (1, 1), (16, 16), (1000, WINDOW_MAX)] {
        let mut fixture = Fixture::new(asked);
        let mut sent = 0;
        while fixture.has_room() {
            fixture.begin(sent, 0);
            sent += 1;
        }
        assert_eq!(sent, given);
    }
}
