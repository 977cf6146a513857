use profiles::ReadFunction::{self, Holding, Input};

use super::*;

const UNIT: u8 = 5;
const TICKET: usize = 0;
const OTHER_TICKET: usize = 1;

fn read(function: ReadFunction, start: u16, count: u16) -> Request {
    Request::read(function, start, count).expect("tests keep to the bounds")
}

fn holding(count: u16) -> Request {
    read(Holding, 100, count)
}

/// The answer to a read of holding registers.
fn answer(count: u8) -> Vec<u8> {
    let mut pdu = vec![0; 2 + 2 * usize::from(count)];
    pdu[..2].copy_from_slice(&[3, 2 * count]);
    pdu
}

const EXCEPTION: [u8; 2] = [0x83, 2];

/// What is owed by the unit, all closed unless a ticket is named.
fn owing(owed: &[(u8, Option<usize>, Request)]) -> (Arrears, Instant) {
    let mut arrears = Arrears::default();
    let now = Instant::now();
    for (unit_id, ticket, request) in owed {
        arrears.owe(*unit_id, request.clone(), *ticket, now, now);
    }
    (arrears, now)
}

#[track_caller]
fn check(owed: &[(u8, Option<usize>, Request)], request: &Request, expected: &Question) {
    let (mut arrears, now) = owing(owed);
    assert_eq!(arrears.question(UNIT, request, TICKET, now), *expected);
}

#[test]
fn who_owes_nothing_that_could_be_mistaken_is_asked_plainly() {
    check(&[], &holding(12), &Question::Plain);
    let neighbour = (UNIT + 1, None, holding(12));
    check(&[neighbour], &holding(12), &Question::Plain);
    let other_function = (UNIT, None, read(Input, 100, 12));
    check(&[other_function], &holding(12), &Question::Plain);
}

#[test]
fn the_same_question_again_is_asked_plainly_in_the_same_sweep_only() {
    let try_of = |ticket| (UNIT, ticket, holding(12));
    let tries = [try_of(Some(TICKET)), try_of(Some(TICKET))];
    check(&tries, &holding(12), &Question::Plain);
    let shorter = Question::Telling(holding(1));
    check(&[try_of(Some(OTHER_TICKET))], &holding(12), &shorter);
    check(&[try_of(None)], &holding(12), &shorter);
    // Another question under the same ticket is still another question.
    let other = (UNIT, Some(TICKET), read(Holding, 0, 12));
    check(&[other], &holding(12), &shorter);
}

#[test]
fn a_length_that_is_not_owed_tells_by_itself() {
    let telling = Question::Telling(holding(12));
    check(&[(UNIT, None, holding(60))], &holding(12), &telling);
}

#[test]
fn the_shortest_length_that_is_not_owed_tells() {
    let owed = |count| (UNIT, None, holding(count));
    let owed_12_1_2 = [owed(12), owed(1), owed(2)];
    check(&owed_12_1_2, &holding(12), &Question::Telling(holding(3)));
    let owed_all = [owed(2), owed(1)];
    check(&owed_all, &holding(2), &Question::Telling(holding(1)));
}

#[test]
fn where_nothing_tells_nothing_is_asked() {
    let one_word = (UNIT, None, holding(1));
    check(&[one_word], &holding(1), &Question::TooMuchOwed);
    let write = Request::write_single(7, 1);
    let same_write = (UNIT, None, write.clone());
    check(&[same_write], &write, &Question::TooMuchOwed);
    let much = vec![(UNIT, None, holding(12)); OWED_MAX];
    check(&much, &holding(60), &Question::TooMuchOwed);
}

#[test]
fn a_write_with_another_echo_tells() {
    let write = Request::write_single(7, 1);
    let other_write = (UNIT, None, Request::write_single(7, 2));
    check(&[other_write], &write, &Question::Telling(write.clone()));
}

#[test]
fn what_is_owed_for_long_is_owed_no_more() {
    let (mut arrears, now) = owing(&[(UNIT, None, holding(1))]);
    let mut ask_after = |elapsed| {
        let request = holding(1);
        arrears.question(UNIT, &request, TICKET, now + elapsed)
    };
    let long = LATE_ANSWER_MAX.mul_f64(0.999);
    assert_eq!(ask_after(long), Question::TooMuchOwed);
    assert_eq!(ask_after(LATE_ANSWER_MAX), Question::Plain);
    assert!(arrears.is_empty());
}

/// What is owed after `pdu` came: how many answers, and whom it served.
#[track_caller]
fn check_payment(owed: &[Option<u16>], pdu: &[u8], expected: Option<usize>, left: usize) {
    // `None` is owed by a neighbour; the ticket is the place in the list.
    let owed: Vec<_> = owed
        .iter()
        .enumerate()
        .map(|(ticket, count)| match count {
            Some(count) => (UNIT, Some(ticket), holding(*count)),
            None => (UNIT + 1, Some(ticket), holding(12)),
        })
        .collect();
    let (mut arrears, _) = owing(&owed);
    let late = arrears.pay(UNIT, pdu);
    let serves = late.and_then(|late| late.serves).map(|(ticket, _)| ticket);
    assert_eq!(serves, expected);
    assert_eq!(arrears.owed.len(), left);
}

#[test]
fn a_late_answer_pays_the_oldest_question_that_it_fits_and_all_before_it() {
    check_payment(&[Some(12), Some(60)], &answer(12), Some(0), 1);
    check_payment(&[Some(12), Some(60)], &answer(60), Some(1), 0);
    check_payment(&[Some(12), Some(12)], &answer(12), Some(0), 1);
    check_payment(&[Some(12), Some(60)], &EXCEPTION, Some(0), 1);
    check_payment(&[Some(12)], &answer(13), None, 1);
}

#[test]
fn what_neighbours_owe_is_not_paid() {
    check_payment(&[None], &answer(12), None, 1);
    let mixed = [None, Some(12), None, Some(60), None, Some(60)];
    check_payment(&mixed, &answer(60), Some(3), 4);
}

#[test]
fn a_closed_ticket_is_served_no_more() {
    let (mut arrears, _) = owing(&[(UNIT, Some(TICKET), holding(12))]);
    arrears.close(TICKET);
    let late = arrears.pay(UNIT, &answer(12)).expect("it was owed");
    assert_eq!(late.serves, None);
}

#[test]
fn a_unit_that_settles_leaves_what_its_neighbours_owe() {
    let neighbour = (UNIT + 1, None, holding(12));
    let (mut arrears, _) = owing(&[(UNIT, None, holding(12)), neighbour]);
    arrears.settle(UNIT);
    assert_eq!(arrears.owed.len(), 1);
}

#[test]
fn an_answer_to_one_of_several_tries_leaves_the_others_owed() {
    let tries = vec![(UNIT, Some(TICKET), holding(12)); 2];
    let before = (UNIT, None, holding(60));
    let (mut arrears, now) = owing(&[vec![before], tries].concat());
    arrears.settle_before(UNIT, TICKET, now);
    assert_eq!(arrears.owed.len(), 2);
    arrears.close(TICKET);
    let question = arrears.question(UNIT, &holding(12), OTHER_TICKET, now);
    assert_eq!(question, Question::Telling(holding(1)));
}

/// Found by fuzzing: the answer that came was that to the first try, and the one to the newest
/// came after both tries had been forgotten.
#[test]
fn what_is_left_of_several_tries_is_owed_for_as_long_as_the_newest_may_be_answered() {
    let tries = vec![(UNIT, Some(TICKET), holding(12)); 2];
    let (mut arrears, asked_at) = owing(&tries);
    let answered_at = asked_at + LATE_ANSWER_MAX / 2;
    arrears.settle_before(UNIT, TICKET, answered_at);
    arrears.close(TICKET);
    let mut ask = |at| arrears.question(UNIT, &holding(12), OTHER_TICKET, at);
    let still_owed = answered_at + LATE_ANSWER_MAX / 2;
    assert_eq!(ask(still_owed), Question::Telling(holding(1)));
    assert_eq!(ask(answered_at + LATE_ANSWER_MAX), Question::Plain);
}

#[test]
fn a_unit_that_cannot_be_told_is_let_be_and_its_neighbours_are_not() {
    let (mut arrears, now) = owing(&[(UNIT, None, holding(12))]);
    arrears.give_up_telling(UNIT, now);
    let mut ask = |unit_id, elapsed| arrears.question(unit_id, &holding(12), TICKET, now + elapsed);
    assert_eq!(ask(UNIT, Duration::ZERO), Question::Ambiguous);
    assert_eq!(ask(UNIT + 1, Duration::ZERO), Question::Plain);
    assert_eq!(ask(UNIT, LATE_ANSWER_MAX), Question::Plain);
}
