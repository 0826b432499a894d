//! The bank's core: whether the one in force has a specification and its key and answers, and whether
//! money that was drawn waits where no core is in force.

use std::time::Duration;

use jiaozi_adapters::spec::PartnerSpec;
use jiaozi_ledger::row::Cell;
use jiaozi_ledger::store::{BOOK, Store, StoreError};
use tokio::net::TcpStream;

use super::{Finding, count};
use crate::config::Config;
use crate::draws::ruling::OPEN;
use crate::keys::{KeyKind, PartnerKey};
use crate::mailbox::Mailbox;
use crate::outbound::address::{Address, AddressError};
use crate::partners::Partners;
use jiaozi_adapters::spec::outbound::Transport;

const ABOUT: &str = "core";

/// How long a connection may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// What the core says that it gave and takes back no more: two operators give it back.
const BY_HAND: &str = "select count(*) from draws d join instructions i
    on i.book = d.book and i.id = d.instruction where d.book = $1 and d.state = 3 and i.state = 3";

pub(super) async fn examine(config: &Config, store: &Store, partners: &Partners) -> Vec<Finding> {
    match found(config, store, partners).await {
        Ok(findings) => findings,
        Err(error) => {
            vec![Finding::wrong(ABOUT, error.to_string(), "see that the database answers")]
        }
    }
}

async fn found(
    config: &Config,
    store: &Store,
    partners: &Partners,
) -> Result<Vec<Finding>, StoreError> {
    let mut findings = Vec::new();
    let by_hand = store.number(BY_HAND, vec![Cell::Int(BOOK)]).await?;
    if by_hand > 0 {
        findings.push(Finding::warn(
            ABOUT,
            format!(
                "{} must be given back by hand: the core's day is over",
                count(by_hand, "draw")
            ),
            "give the money back in the core, then let two operators rule that it was not done",
        ));
    }
    let Some(code) = config.core.partner() else {
        let open_draws = format!("select count(*) from draws where book = $1 and ({OPEN})");
        let open = store.number(&open_draws, vec![Cell::Int(BOOK)]).await?;
        if open > 0 {
            findings.push(Finding::wrong(
                ABOUT,
                format!("{} not at an end, and no core is in force to go on", count(open, "draw")),
                "set core.partner to the core that they were asked of",
            ));
        }
        return Ok(findings);
    };
    let Some(spec) = partners.spec(code).filter(|spec| spec.core().is_some()) else {
        findings.push(Finding::wrong(
            ABOUT,
            format!("core.partner is {code:?}, and there is no specification of such a core"),
            "name a specification of kind `core`, or nothing",
        ));
        return Ok(findings);
    };
    findings.extend(key(store, spec).await?);
    let by_files = spec.core().is_some_and(|core| core.outbound.transport == Transport::Files);
    findings.push(if by_files { told_by_files(config, spec) } else { reached(config, spec).await });
    Ok(findings)
}

async fn key(store: &Store, spec: &PartnerSpec) -> Result<Option<Finding>, StoreError> {
    let code = spec.partner.code.as_str();
    let signing = spec.core().and_then(|terms| terms.outbound.signature.as_ref());
    let Some(signing) = signing else { return Ok(None) };
    let id = signing.key.as_str();
    let key: Option<PartnerKey> = store.first("id = $2", vec![Cell::Text(id.to_owned())]).await?;
    let there = key.is_some_and(|key| key.kind == KeyKind::Message && key.revoked_at.is_none());
    let todo =
        format!("jiaozi partner keys add --partner {code} --id {id} --secret --kind message");
    let says = format!("{code} has no key to sign messages with: {id} is not there or revoked");
    Ok((!there).then(|| Finding::wrong(ABOUT, says, todo)))
}

fn told_by_files(config: &Config, spec: &PartnerSpec) -> Finding {
    let code = spec.partner.code.as_str();
    let mailbox = Mailbox::of(&config.mailboxes.folder, code);
    let outbox = mailbox.outbox();
    match std::fs::create_dir_all(&outbox).and_then(|()| std::fs::create_dir_all(mailbox.inbox())) {
        Ok(()) => Finding::ok(ABOUT, format!("{code} is told by files in {}", outbox.display())),
        Err(error) => Finding::wrong(
            ABOUT,
            format!("{code} is told by files, and {}: {error}", outbox.display()),
            "set mailboxes.folder to a folder that can be written",
        ),
    }
}

async fn reached(config: &Config, spec: &PartnerSpec) -> Finding {
    let code = spec.partner.code.as_str();
    let todo = "see that it runs, and that outbound.addresses or its specification says where";
    let address = match address(config, spec) {
        Ok(address) => address,
        Err(error) => return Finding::wrong(ABOUT, format!("{code}: {error}"), todo),
    };
    let connecting = TcpStream::connect((address.host.as_str(), address.port));
    match tokio::time::timeout(PATIENCE, connecting).await {
        Ok(Ok(_)) => Finding::ok(ABOUT, format!("{code} takes connections at {}", address.host)),
        Ok(Err(error)) => Finding::wrong(ABOUT, format!("{code} is not reached: {error}"), todo),
        Err(_) => {
            let says = format!("{code} does not take a connection in {} s", PATIENCE.as_secs());
            Finding::wrong(ABOUT, says, todo)
        }
    }
}

fn address(config: &Config, spec: &PartnerSpec) -> Result<Address, AddressError> {
    if let Some(own) = config.outbound.addresses.get(spec.partner.code.as_str()) {
        return Address::parse(own);
    }
    match spec.core().map(|terms| &terms.outbound.transport) {
        Some(Transport::Tcp { address, tls, .. }) => {
            let scheme = if *tls { "tls" } else { "tcp" };
            Address::parse(&format!("{scheme}://{address}"))
        }
        Some(Transport::Https { address, .. }) => Address::parse(address),
        Some(Transport::Files) | None => Address::parse(""),
    }
}
