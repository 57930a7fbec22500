use time::macros::date;

use super::*;

fn cursor(at: At) -> Cursor {
    Cursor { at, id: TicketId(Uuid::from_u128(1)) }
}

#[test]
fn tickets_without_a_due_date_stand_last() {
    let (dated, undated) = (cursor(At::Due(Some(date!(2026 - 11 - 21)))), cursor(At::Due(None)));
    let read = |cursor, is_backward| {
        parts(SortBy::Due, cursor, is_backward)
            .iter()
            .map(|part| (part.has_due.unwrap(), part.behind.is_some()))
            .collect::<Vec<_>>()
    };
    assert_eq!(read(None, false), [(true, false), (false, false)]);
    assert_eq!(read(Some(dated), false), [(true, true), (false, false)]);
    assert_eq!(read(Some(undated), false), [(false, true)]);
    assert_eq!(read(Some(undated), true), [(false, true), (true, false)]);
    assert_eq!(read(Some(dated), true), [(true, true)]);
}

#[test]
fn other_lists_are_one_part() {
    let behind = Some(cursor(At::Created));
    assert_eq!(parts(SortBy::Created, behind, true), [Part { has_due: None, behind }]);
}
