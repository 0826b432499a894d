//! Account details of ICBC, with the double entries that others make of them, and of CMB.

use jiaozi_adapters::statement::Format;

use super::bookings::Booking;
use super::{file, read, reported};

#[test]
fn icbc_details_are_what_others_book_of_them() {
    let (Some(bytes), Some(bookings)) =
        (file("bills/icbc-debit-v1.csv"), file("bills/icbc-debit-v1.beancount"))
    else {
        return;
    };
    let found = read(Format::Icbc, &bytes).expect("details");
    let entries = &found[0].entries;
    assert_eq!(entries.len(), 11);
    let bookings = Booking::all(std::str::from_utf8(&bookings).expect("text"));
    // The program leaves out what its own rules say is booked elsewhere already.
    assert_eq!(bookings.len(), 7);
    for booking in &bookings {
        let gained = booking.postings.iter().find(|(account, _)| account == "Assets:Bank:CN:ICBC");
        let gained = gained.expect("a posting of the account").1;
        let same = entries.iter().filter(|entry| {
            let name = entry.counterparty.name.as_ref().map(|name| name.expose());
            entry.booking_date == Some(booking.date)
                && entry.gained() == gained
                && entry.kind.as_deref() == booking.meta("txType")
                && name == booking.meta("peerAccount")
                && entry.description.as_ref().is_none_or(|place| booking.names(place))
        });
        assert_eq!(same.count(), 1, "{booking:?}");
    }
    assert_eq!(
        reported(&found),
        [
            "line 20, column 记账金额(收入): sum of credits: found CNY 1234.56, expected CNY 2841.74",
            "line 20, column 记账金额(支出): sum of debits: found CNY 9876.54, expected CNY 4241.08",
        ]
    );
}

#[test]
fn cmb_details_whose_balances_do_not_follow_are_reported() {
    let Some(bytes) = file("bills/cmb-debit.csv") else { return };
    let found = read(Format::Cmb, &bytes).expect("details");
    let gained: Vec<i64> = found[0].entries.iter().map(|entry| entry.gained()).collect();
    assert_eq!(gained, [123_400, -100_000, -300, -100_000, -1_014]);
    let other = &found[0].entries[1].counterparty;
    assert_eq!(other.name.as_ref().map(|name| name.expose()), Some("张三"));
    assert_eq!(other.account.as_ref().map(|account| account.expose()), Some("66666666666666"));
    assert_eq!(
        reported(&found),
        [
            "line 4: balance after the line: found CNY 81.22, expected CNY 268.66",
            "line 5: balance after the line: found CNY 123.45, expected CNY -918.78",
            "line 6: balance after the line: found CNY 1218.24, expected CNY 113.31",
        ]
    );
}
