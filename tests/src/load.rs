//! Payers at the same time. Each takes the next bill, asks what is due and pays it, until there are no
//! bills left, it is told that it is over, or something goes wrong for it.

use crate::client::Answer;
use crate::parties::{Parties, Payment, house};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How many payers there are.
pub const PAYERS: usize = 16;

/// Payers at work.
#[derive(Debug)]
pub struct Load {
    payers: JoinSet<Sent>,
    acknowledged: watch::Receiver<usize>,
    over: watch::Sender<bool>,
}

/// What payers have sent, and which answers were no payment's.
#[derive(Debug, Default)]
pub struct Sent {
    /// The payments, acknowledged or not.
    pub payments: Vec<Payment>,
    /// Answers to those who asked what is due and were not told.
    pub without_quote: Vec<Answer>,
}

impl Sent {
    /// What was answered to those who were not served: neither with a quote nor with a payment.
    pub fn refusals(&self) -> impl Iterator<Item = &Answer> {
        let payments = self.payments.iter().filter(|payment| !payment.is_acknowledged());
        payments.filter_map(|payment| payment.met.as_ref().ok()).chain(&self.without_quote)
    }

    /// How many payments were acknowledged.
    pub fn acknowledged(&self) -> usize {
        self.payments.iter().filter(|payment| payment.is_acknowledged()).count()
    }
}

impl Load {
    /// Lets the payers begin with the bills that were published under a name.
    pub fn start(parties: &Parties, name: &str, bills: usize) -> Load {
        let (counted, acknowledged) = watch::channel(0);
        let (over, is_over) = watch::channel(false);
        let (next, counted) = (Arc::new(AtomicUsize::new(0)), Arc::new(counted));
        let mut payers = JoinSet::new();
        for _ in 0..PAYERS {
            let (parties, name) = (parties.clone(), name.to_owned());
            let (next, counted, is_over) = (next.clone(), counted.clone(), is_over.clone());
            payers.spawn(async move {
                let mut sent = Sent::default();
                while !*is_over.borrow() {
                    let nth = next.fetch_add(1, Ordering::Relaxed);
                    if nth >= bills || !pay(&parties, &house(&name, nth), &mut sent).await {
                        break;
                    }
                    counted.send_modify(|count| *count += 1);
                }
                sent
            });
        }
        Load { payers, acknowledged, over }
    }

    /// Waits until so many payments are acknowledged, or no payer is left.
    pub async fn acknowledged(&mut self, count: usize) {
        let _ = self.acknowledged.wait_for(|acknowledged| *acknowledged >= count).await;
    }

    /// How many payments are acknowledged so far.
    pub fn acknowledged_so_far(&self) -> usize {
        *self.acknowledged.borrow()
    }

    /// Tells the payers to finish what they are at, and gives what was sent.
    pub async fn stop(self) -> Sent {
        self.over.send_replace(true);
        self.end().await
    }

    /// Waits until each payer has met something that ended its work, and gives what was sent.
    pub async fn end(self) -> Sent {
        let mut all = Sent::default();
        for sent in self.payers.join_all().await {
            all.payments.extend(sent.payments);
            all.without_quote.extend(sent.without_quote);
        }
        all
    }
}

/// Pays what a house owes. Whether it was acknowledged.
async fn pay(parties: &Parties, house: &str, sent: &mut Sent) -> bool {
    // Nothing of a payment was sent where the connection breaks here.
    let Ok(quote) = parties.quote(&format!("quote-{house}"), house).await else { return false };
    if quote.status != 200 {
        sent.without_quote.push(quote);
        return false;
    }
    let payment = parties.pay(&format!("pay-{house}"), &quote).await;
    let acknowledged = payment.is_acknowledged();
    sent.payments.push(payment);
    acknowledged
}
