//! Mirrored accounts over items in memory.

mod balances;
mod days;
mod listed;
mod outcomes;
mod planted;

use jiaozi_ledger::id::{AccountStatementId, ItemId};
use jiaozi_ledger::mirror::item::{Item, ItemState, Origin};
use jiaozi_ledger::money::Fen;
use jiff::civil::Date;
use uuid::Uuid;

use crate::spec::calendar::{Calendar, Calendars};
use crate::spec::mirror::MirrorSpec;

const CALENDAR: &str = r#"
calendar = 1
name = "cn"
source = "made for this test"
covers = { from = "2026-01-01", to = "2026-12-31" }
rest_days = ["saturday", "sunday"]
"#;

const SPEC: &str = r#"
mirror = 1
code = "core"
name = { zh = "核心", en = "Core" }
account = "core:clearing"
theirs = "6222 0000 1111 2222"
formats = ["camt", "mt"]
since = "2026-11-02"
calendar = "cn"
[match]
days = 3
charges = ["NCHG"]
"#;

fn calendars() -> Calendars {
    [Calendar::parse("cn.toml", CALENDAR).expect("a calendar")].into_iter().collect()
}

fn spec() -> MirrorSpec {
    MirrorSpec::parse("core.toml", SPEC, &calendars()).expect("a specification")
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// An item of ours.
fn ours(number: u128, reference: &str, date: Date, fen: i64) -> Item {
    Item {
        id: ItemId(id(number)),
        mirror: "core".to_owned(),
        reference_key: format!("core/{reference}"),
        named: true,
        origin: Origin::Ours,
        place: i64::try_from(number).unwrap_or(0),
        source: 1,
        statement: None,
        date,
        amount: Fen(fen),
        kind: None,
        returned: false,
        fees: None,
        state: ItemState::Open,
        pair: None,
    }
}

/// An item of theirs; without a reference where it is empty.
fn theirs(number: u128, reference: &str, date: Date, fen: i64) -> Item {
    let named = !reference.is_empty();
    let unnamed = format!("~{date}~{fen}");
    let reference = if named { reference } else { &unnamed };
    Item {
        origin: Origin::Theirs,
        named,
        statement: Some(AccountStatementId(id(7))),
        ..ours(number, reference, date, fen)
    }
}

/// Pairs two items.
fn pair(one: &mut Item, other: &mut Item) {
    (one.state, other.state) = (ItemState::Paired, ItemState::Paired);
    (one.pair, other.pair) = (Some(other.id), Some(one.id));
}
