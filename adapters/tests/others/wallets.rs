//! Bills of wallets, with the double entries that others make of them.

use jiaozi_adapters::statement::entry::Status;
use jiaozi_adapters::statement::{Entry, Format};
use jiaozi_ledger::money::Side;

use super::bookings::Booking;
use super::{file, read, reported};

fn side(word: Option<&str>) -> Option<Side> {
    match word {
        Some("收入") => Some(Side::Credit),
        Some("支出") => Some(Side::Debit),
        _ => None,
    }
}

/// Whether a booking is the one of an entry.
fn same(booking: &Booking, entry: &Entry) -> bool {
    let references = &entry.references;
    let merchant = booking.meta("merchantId").filter(|id| *id != "/");
    booking.at() == entry.at
        && Some(booking.date) == entry.booking_date
        && booking.moved() == entry.amount.minor
        && side(booking.meta("type")) == entry.side
        && booking.meta("orderId") == references.bank.as_deref()
        && merchant == references.merchant_order.as_deref()
        && booking.meta("status") == entry.status_word.as_deref()
        && entry.counterparty.name.as_ref().is_none_or(|name| booking.names(name.expose()))
        && entry.description.as_ref().is_none_or(|text| booking.names(text))
}

/// Every booking has its entry, and every entry but those that were closed has its booking.
fn agree(bookings: &[Booking], entries: &[Entry]) {
    let mut open: Vec<&Booking> = bookings.iter().collect();
    for entry in entries {
        match open.iter().position(|booking| same(booking, entry)) {
            Some(at) => drop(open.remove(at)),
            None => assert!(is_left_out(entry), "{}: no booking: {entry:?}", entry.place),
        }
    }
    assert!(open.is_empty(), "no entry for {open:?}");
}

/// What the program leaves out: what was closed, and the refund that closed it.
fn is_left_out(entry: &Entry) -> bool {
    entry.status == Status::Closed || entry.description.as_deref() == Some("退款-一卡通充值")
}

#[test]
fn a_wechat_bill_is_what_others_book_of_it() {
    let (Some(bytes), Some(bookings)) =
        (file("bills/wechat-personal.csv"), file("bills/wechat-personal.beancount"))
    else {
        return;
    };
    let found = read(Format::Wechat, &bytes).expect("a bill");
    let entries = &found[0].entries;
    agree(&Booking::all(std::str::from_utf8(&bookings).expect("text")), entries);
    // The fee of a withdrawal is in its amount.
    let fees: Vec<i64> = entries.iter().filter_map(|one| one.fees).map(|fee| fee.minor).collect();
    assert_eq!(fees, [10, 10, 100]);
    // The preamble states one income and one expense; there are more rows than that.
    assert_eq!(
        reported(&found),
        [
            "line 7: number of entries: found 43, expected 27",
            "line 8: number of credits: found 1, expected 5",
            "line 8: sum of credits: found CNY 0.35, expected CNY 28.49",
            "line 9: number of debits: found 1, expected 11",
            "line 9: sum of debits: found CNY 28.16, expected CNY 2904.53",
            "line 10: number of neutral entries: found 0, expected 11",
            "line 10: sum of neutral entries: found CNY 0.00, expected CNY 26100.89",
        ]
    );
}

#[test]
fn an_alipay_bill_is_what_others_book_of_it() {
    let (Some(bytes), Some(bookings)) =
        (file("bills/alipay-personal.gb18030.csv"), file("bills/alipay-personal.beancount"))
    else {
        return;
    };
    let found = read(Format::Alipay, &bytes).expect("a bill");
    agree(&Booking::all(std::str::from_utf8(&bookings).expect("text")), &found[0].entries);
    assert_eq!(
        reported(&found),
        [
            "line 8: number of entries: found 66, expected 10",
            "line 9: sum of credits: found CNY 28.50, expected CNY 222228.50",
            "line 10: number of debits: found 63, expected 5",
            "line 10: sum of debits: found CNY 16.54, expected CNY 211.64",
            "line 11: number of neutral entries: found 2, expected 4",
            "line 11: sum of neutral entries: found CNY 16.37, expected CNY 247.37",
        ]
    );
}

#[test]
fn a_merchants_bill_without_its_summary_is_reported() {
    let Some(bytes) = file("bills/wechatpay-tradebill-v3.csv") else { return };
    let found = read(Format::WechatPay, &bytes).expect("a bill");
    assert_eq!(reported(&found), ["line 3: totals: found none, expected some"]);
    let entries = &found[0].entries;
    let orders: Vec<_> =
        entries.iter().map(|one| one.references.merchant_order.as_deref()).collect();
    assert_eq!(orders, [Some("S20210128170702357723"), Some("S20210128153505214586")]);
    for entry in entries {
        assert_eq!((entry.side, entry.amount.minor), (Some(Side::Credit), 1));
        assert_eq!(entry.fees.map(|fee| fee.minor), Some(0));
    }
}

#[test]
fn a_merchants_bill_whose_summary_counts_what_is_not_there_is_reported() {
    let Some(bytes) = file("bills/wechatpay-tradebill-empty-day.csv") else { return };
    let found = read(Format::WechatPay, &bytes).expect("a bill");
    assert!(found[0].entries.is_empty());
    let mut reports = reported(&found);
    reports.sort();
    assert_eq!(
        reports,
        [
            "line 3, column 应结订单总金额: sum of what is settled: found CNY 1299.02, expected CNY 0.00",
            "line 3, column 总交易单数: number of entries: found 3, expected 0",
            "line 3, column 手续费总金额: sum of fees: found CNY 7.79, expected CNY 0.00",
            "line 3, column 订单总金额: sum of orders: found CNY 1299.02, expected CNY 0.00",
        ]
    );
}
