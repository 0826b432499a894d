//! Refunds to payers of billers, by two operators, with the real program.

use jiaozi::days;
use jiaozi::notices::write;
use jiaozi::operators::Who;
use jiaozi::property::payments;
use jiaozi::utility::payments::instruction_of;
use jiaozi_adapters::spec::access::WebhookEvent;
use jiaozi_ledger::instruction::Said;
use jiaozi_ledger::order::Order;

use crate::biller_books::{Books, DAY, LATER, NEXT};
use crate::support::{Done, Place, instant};
use crate::withholding::{claims, fund, limits, number, run_at_once, sign};

const CODE: &str = "minbei-power";

fn propose(books: &Books, order: &str, fen: Option<&str>) -> Done {
    let mut words = vec!["payment", "refund", "propose", order, "--because", "paid_twice"];
    words.extend(["--reason", "their letter", "--operator", "li"]);
    words.extend(fen.into_iter().flat_map(|fen| ["--fen", fen]));
    books.place.run(&words)
}

fn approve(books: &Books, proposed: &Done, by: &str) -> Done {
    let approval = proposed.json()["approval"].as_str().unwrap().to_owned();
    books.place.run(&["approval", "approve", &approval, "--operator", by])
}

async fn a_payment_of_a_closed_day_is_given_back_by_two_operators(place: Place) {
    place.change_partner(CODE, |text| text.replace("\"cn-bank\"", "\"every-day\""));
    run_at_once(&place);
    let mut books = Books::of(place, CODE).await;
    fund(&books.gateway, &number(0), 10_000).await;
    sign(&books.gateway, 0, limits()).await;
    claims(&books.place, &[(0, 9_000)]).well();
    let paid = books.pay(10_000, Some(Said::Done)).await;
    books.gateway.store.move_time(instant("2036-11-21T02:00:00Z")).await.unwrap();
    days::close(&books.gateway, CODE, DAY, &Who::Worker).await.unwrap();
    let asked = books.instruction(&paid).await;
    let order = asked.order.to_string();

    let proposed = propose(&books, &order, Some("4000")).well();
    let refused = approve(&books, &proposed, "li");
    assert_eq!(refused.code, Some(1), "{}", refused.both());
    let refund = approve(&books, &proposed, "wang").well().json();
    assert_eq!(
        (&refund["amount_fen"], &refund["from_settled_fen"]),
        (&4_000.into(), &4_000.into())
    );
    assert_eq!(refund["order_state"], "part_refunded");
    let again = approve(&books, &proposed, "wang");
    assert_eq!(again.code, Some(1), "{}", again.both());
    let refunds = payments::refunds(&books.gateway, asked.order).await.unwrap();
    assert_eq!(refunds.len(), 1);
    books.sound(0).await;

    // A debit under a mandate too, and its channel hears of it.
    let debits: Vec<Order> =
        books.gateway.store.find("channel = partner order by id", vec![]).await.unwrap();
    let debit = debits[0].id;
    assert!(instruction_of(&books.gateway, debit).await.unwrap().is_none());
    let proposed = propose(&books, &debit.to_string(), None).well();
    approve(&books, &proposed, "wang").well();
    let feed = books.gateway.store.feed(0, 1_000).await.unwrap();
    let told: Vec<_> = feed.iter().flat_map(write::told).collect();
    let told: Vec<(&str, i64)> = told
        .iter()
        .filter(|one| one.kind == WebhookEvent::PaymentRefunded)
        .map(|one| (one.partner.as_str(), one.body["data"]["amount_fen"].as_i64().unwrap()))
        .collect();
    assert_eq!(told, [("mobile-bank", 4_000), ("sandbox-bank", 9_000)]);

    // The closed day is what it was; the refunds are of the open one, and the files still match.
    books.gateway.store.move_time(instant(LATER)).await.unwrap();
    let report =
        books.place.run(&["day", "report", "--date", "2036-11-21", "--json"]).well().json();
    let power = report["partners"].as_array().unwrap().iter().find(|one| one["partner"] == CODE);
    let power = power.unwrap();
    assert_eq!((&power["refunds"], &power["matched"]), (&2.into(), &2.into()), "{power}");
    books.import(&books.file(&[]).await).well();
    books.import(&books.written(NEXT, Vec::new(), &[])).well();
    days::close(&books.gateway, CODE, NEXT, &Who::Worker).await.unwrap();
    books.sound(0).await;

    let proposed = propose(&books, &order, None).well();
    let refused = approve(&books, &proposed, "wang");
    assert!(
        refused.err.contains("partner_funds_insufficient")
            && refused.err.contains("\"short_fen\":15"),
        "the fee stays charged: {}",
        refused.both()
    );
    let approval = proposed.json()["approval"].as_str().unwrap().to_owned();
    books.place.run(&["approval", "withdraw", &approval, "--operator", "li"]).well();
    let proposed = propose(&books, &order, Some("5985")).well();
    let rest = approve(&books, &proposed, "wang").well().json();
    assert_eq!(rest["order_state"], "part_refunded");
    let refunds = payments::refunds(&books.gateway, asked.order).await.unwrap();
    assert_eq!(refunds.iter().map(|one| one.amount.0).sum::<i64>(), 9_985);
    let own = books.place.run(&["account", "show", "settlement:minbei-power"]).well().json();
    assert_eq!(own["balances"]["posted_fen"], 0, "{own}");
    books.sound(0).await;
}

async fn what_can_still_be_undone_or_is_no_payment_to_a_biller_is_refused(place: Place) {
    let mut books = Books::of(place, CODE).await;
    let paid = books.pay(10_000, Some(Said::Done)).await;
    let order = books.instruction(&paid).await.order.to_string();
    let proposed = propose(&books, &order, None).well();
    let refused = approve(&books, &proposed, "wang");
    assert!(refused.err.contains("reversal_possible"), "{}", refused.both());
    let refused = propose(&books, "00000000-0000-0000-0000-000000000001", None);
    assert!(refused.err.contains("there is no payment"), "{}", refused.both());
    let wrong = ["payment", "refund", "propose", &order, "--because", "no", "--reason", "x"];
    let refused = books.place.run(&wrong);
    assert!(refused.code == Some(2) && refused.err.contains("paid_twice"), "{}", refused.both());
    books.sound(0).await;
}

macro_rules! on_both_engines {
    ($($test:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test]
            async fn $test() {
                super::$test(super::Place::empty()).await;
            })*
        }
        mod on_postgres {
            $(#[tokio::test]
            async fn $test() {
                let Some(place) = super::Place::empty_on_postgres().await else { return };
                super::$test(place).await;
            })*
        }
    };
}

on_both_engines! {
    a_payment_of_a_closed_day_is_given_back_by_two_operators,
    what_can_still_be_undone_or_is_no_payment_to_a_biller_is_refused,
}
