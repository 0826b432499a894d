//! A company's own books: what it believes it was paid, from what it was told.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Context as _;
use serde_json::Value;

use crate::demo::papers::{Papers, Told, Way};

/// What a company has, by the name under which it finds it in a day file, and the way of the money.
pub type Sums = BTreeMap<(String, Way), i64>;

/// One order as the company knows it.
#[derive(Debug, Clone, Default)]
struct Order {
    /// What was paid, by the company's own name for it.
    paid: Vec<(String, i64)>,
    /// What was given back of it.
    refunded: i64,
    cancelled: bool,
}

/// A company's books.
pub struct Books {
    papers: Arc<dyn Papers>,
    orders: BTreeMap<String, Order>,
}

impl std::fmt::Debug for Books {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Books({} orders)", self.orders.len())
    }
}

impl Books {
    /// Empty books of a company with these programs.
    #[must_use]
    pub fn of(papers: Arc<dyn Papers>) -> Books {
        Books { papers, orders: BTreeMap::new() }
    }

    /// Notes what a notice says; what is not about a payment is only read.
    ///
    /// # Errors
    /// When it does not say what was agreed.
    pub fn note(&mut self, notice: &Value) -> anyhow::Result<()> {
        let data = &notice["data"];
        let kind = notice["type"].as_str().context("a notice without a type")?;
        match kind {
            "bill.paid" | "prepay.paid" => {
                let paid = self.lines(data)?;
                self.order(data)?.paid = paid;
            }
            "bill.cancelled" => self.order(data)?.cancelled = true,
            "bill.refunded" => {
                self.order(data)?.refunded += data["amount_fen"].as_i64().context("an amount")?;
            }
            _ => {}
        }
        Ok(())
    }

    fn order(&mut self, data: &Value) -> anyhow::Result<&mut Order> {
        let id = data["order"].as_str().context("a notice without an order")?;
        Ok(self.orders.entry(id.to_owned()).or_default())
    }

    fn lines(&self, data: &Value) -> anyhow::Result<Vec<(String, i64)>> {
        let text = |value: &'static str| data[value].as_str().with_context(|| value.to_owned());
        let bills = data["bills"].as_array().context("a payment without bills")?;
        let line = |bill: &Value| {
            let of = |name: &'static str| bill[name].as_str().with_context(|| name.to_owned());
            let fen = |name: &'static str| bill[name].as_i64().with_context(|| name.to_owned());
            let key = self.papers.key(&Told {
                order: text("order")?,
                site: text("site")?,
                house: text("house")?,
                import_id: of("import_id")?,
                item: of("item")?,
                period: of("period")?,
            });
            Ok((key, fen("principal_fen")? + fen("late_fee_fen")? - fen("discount_fen")?))
        };
        bills.iter().map(line).collect()
    }

    /// What it believes, to be laid beside day files. Money that was given back is told for the whole
    /// order; it is laid on the order's bills in their order.
    #[must_use]
    pub fn sums(&self) -> Sums {
        let mut sums = Sums::new();
        for order in self.orders.values().filter(|order| !order.cancelled) {
            let mut back = order.refunded;
            for (key, fen) in &order.paid {
                *sums.entry((key.clone(), Way::Paid)).or_default() += fen;
                let part = back.min(*fen);
                if part > 0 {
                    *sums.entry((key.clone(), Way::Refunded)).or_default() += part;
                    back -= part;
                }
            }
        }
        sums
    }

    /// How many orders it knows that were not cancelled, and what they paid.
    #[must_use]
    pub fn paid(&self) -> (usize, i64) {
        let standing = self.orders.values().filter(|order| !order.cancelled);
        standing.fold((0, 0), |(count, fen), order| {
            (count + 1, fen + order.paid.iter().map(|(_, fen)| fen).sum::<i64>())
        })
    }
}
