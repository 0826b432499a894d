//! What a run of payments needs before its clock starts: payers with money, bills that are due, and a
//! quote for each of them.

use std::sync::Arc;

use jiaozi_adapters::property::company::Company;
use jiaozi_adapters::property::import::{self, ImportBills};
use jiaozi_adapters::property::publishing::Line;
use jiaozi_adapters::property::quote::{QuoteRequest, Wanted, quote};
use jiaozi_adapters::spec::import::Action;
use jiaozi_ledger::bill::Bill;
use jiaozi_ledger::chart;
use jiaozi_ledger::command::OpenAccounts;
use jiaozi_ledger::decision::{Command, Scope};
use jiaozi_ledger::money::{Currency, Fen};
use jiaozi_ledger::row::Cell;
use jiff::ToSpan as _;
use uuid::Uuid;

use super::companies;
use crate::bench::books::PREFIX;
use crate::bench::post;
use crate::clock::new_id;
use crate::gateway::Gateway;
use crate::tokens::Purpose;
use crate::trial::chance::Chance;

/// How many accounts payments come from.
const PAYERS: u32 = 10_000;

/// Commands of the preparation a batch.
const BATCH: usize = 500;

/// Bills that are read at once.
const PAGE: i64 = 1_000;

/// What a bill is over, in fen, and by how much at most: from 50 to 500 yuan.
const AMOUNT_MIN: u64 = 5_000;
const AMOUNT_RANGE: u64 = 45_001;

/// One payment, ready to be ordered.
#[derive(Debug, Clone)]
pub struct Due {
    /// The quote's token.
    pub quote: String,
    /// The payer's account.
    pub payer: String,
}

/// Opens the payers' accounts and pays them their money.
pub(super) async fn fund_payers(gateway: &Gateway, run: Uuid) -> anyhow::Result<()> {
    let codes: Vec<String> = (0..PAYERS).map(payer).collect();
    let opened: Vec<Arc<dyn Command>> = codes
        .chunks(BATCH)
        .map(|part| {
            let open = OpenAccounts::new(PREFIX, part.to_vec(), Currency::CNY);
            Arc::new(open) as Arc<dyn Command>
        })
        .collect();
    post::carry_out(&gateway.store, &opened).await?;
    let funded: Vec<Arc<dyn Command>> =
        codes.iter().zip(0u32..).map(|(code, nth)| post::fund(code, run, nth)).collect();
    for part in funded.chunks(BATCH) {
        post::carry_out(&gateway.store, part).await?;
    }
    Ok(())
}

fn payer(nth: u32) -> String {
    chart::deposit(&format!("{PREFIX}-{nth:05}"))
}

/// Publishes so many bills, each of a house of its own, over all companies or one, and quotes them.
pub(super) async fn bills(
    gateway: &Gateway,
    run: Uuid,
    count: usize,
    hot: bool,
) -> anyhow::Result<Vec<Due>> {
    let companies = if hot { 1 } else { companies::COMPANIES };
    let mut all: Vec<std::vec::IntoIter<String>> = Vec::new();
    for nth in 0..companies {
        let code = companies::code(nth);
        let company = gateway.partners.company(&code);
        let company = company.ok_or_else(|| anyhow::anyhow!("no company {code}"))?;
        // Rounded up, so that all of them together are enough.
        publish(gateway, company, run, count.div_ceil(companies)).await?;
        all.push(quotes(gateway, company, run).await?.into_iter());
    }
    // One of each company in turn: whoever pays next pays another company.
    let mut due = Vec::with_capacity(count);
    let mut payers = (0..PAYERS).cycle();
    while due.len() < count {
        let before = due.len();
        for quotes in &mut all {
            let Some(quote) = quotes.next() else { continue };
            due.push(Due { quote, payer: payer(payers.next().unwrap_or(0)) });
        }
        anyhow::ensure!(due.len() > before, "{before} bills were published, expected {count}");
    }
    due.truncate(count);
    Ok(due)
}

async fn publish(
    gateway: &Gateway,
    company: &Arc<Company>,
    run: Uuid,
    count: usize,
) -> anyhow::Result<()> {
    let mut random = Chance::from(count as u64);
    let today = company.payee.today(gateway.now().await?);
    let due = today.checked_add(30.days())?;
    let period = today.strftime("%Y-%m").to_string();
    let lines: Vec<Line> = (1..=count)
        .map(|nth| Line {
            line: nth,
            import_id: format!("{}-{nth}", run.simple()),
            site: PREFIX.to_owned(),
            house: format!("{}-{nth}", run.simple()),
            item: "management".to_owned(),
            period: period.clone(),
            months: 1,
            amount: Fen(i64::try_from(AMOUNT_MIN + random.below(AMOUNT_RANGE)).unwrap_or(1)),
            due,
            action: Action::New,
        })
        .collect();
    for (part, number) in lines.chunks(import::LINES_MAX).zip(0usize..) {
        let command = ImportBills {
            scope: Scope {
                partner: company.payee.code.clone(),
                operation: ImportBills::OPERATION,
                key: format!("{}-{number}", run.simple()),
            },
            company: Arc::clone(company),
            lines: part.to_vec(),
        };
        post::carry_out(&gateway.store, &[Arc::new(command)]).await?;
    }
    Ok(())
}

/// The quotes of a company's bills of this run.
async fn quotes(gateway: &Gateway, company: &Company, run: Uuid) -> anyhow::Result<Vec<String>> {
    let now = gateway.now().await?;
    let mut quotes = Vec::new();
    let mut after = format!("{}/{}-", company.payee.code, run.simple());
    // Everything that begins like this; `~` sorts after every digit.
    let end = format!("{after}~");
    loop {
        let clause = "import_key > $2 and import_key < $3 order by import_key limit $4";
        let binds = vec![Cell::Text(after), Cell::Text(end.clone()), Cell::Int(PAGE)];
        let bills: Vec<Bill> = gateway.store.find(clause, binds).await?;
        let Some(last) = bills.last() else { return Ok(quotes) };
        after = last.import_key.clone();
        for bill in bills {
            let id = new_id(gateway.store.clock().as_ref());
            let house = bill.house().to_owned();
            let request = QuoteRequest { id, house, bills: Wanted::All, prepay: None };
            let quoted = quote(company, &[bill], &request, now)
                .map_err(|problem| anyhow::anyhow!("no quote: {}", problem.detail))?;
            quotes.push(gateway.tokens.seal(Purpose::Quote, &quoted));
        }
    }
}
