-- People: who the ledger has seen, with which evidence, and what they agreed to. Nothing here is
-- money. Personal data is sealed; a text that ends in "_key" holds an opaque account identifier or a
-- keyed blind index, never the value itself. Same tables as for PostgreSQL.

create table people (
    book integer not null,
    id blob not null,
    name blob,
    phone blob,
    identity_number blob,
    created_at integer not null,
    merged_into blob,
    primary key (book, id)
) strict;
create index people_merged_into on people (book, merged_into) where merged_into is not null;

-- How a person is recognised. One account or identity number belongs to one person; a phone may be
-- shared.
create table identities (
    book integer not null,
    identity_key text not null,
    person blob not null,
    kind integer not null,
    evidence text not null,
    at integer not null,
    primary key (book, identity_key, person)
) strict, without rowid;
create index identities_person on identities (book, person);

-- Which people turned out to be one. Append-only.
create table person_merges (
    book integer not null,
    person blob not null,
    survivor blob not null,
    kind integer not null,
    evidence text not null,
    at integer not null,
    primary key (book, person)
) strict;

-- Who holds a payer account, as the channel told us.
create table account_holders (
    book integer not null,
    account blob not null,
    channel text not null,
    name blob,
    phone blob,
    identity_number blob,
    identity_number_key text,
    phone_key text,
    phone_name_key text,
    at integer not null,
    primary key (book, account)
) strict;

-- Whom which scene of which partner brought, and the posting that shows it.
create table leads (
    book integer not null,
    id blob not null,
    person blob not null,
    partner text not null,
    scene text not null,
    seq integer not null,
    order_id blob not null,
    channel text not null,
    site text not null,
    house text not null,
    at integer not null,
    state integer not null,
    payments integer not null,
    cancelled integer not null,
    last_at integer not null,
    merged_into blob,
    primary key (book, id)
) strict;
create unique index leads_person on leads (book, person, partner, scene) where merged_into is null;
create index leads_of_person on leads (book, person);
create index leads_partner on leads (book, partner, id);

-- The payments that a lead stands on, one row an order.
create table lead_payments (
    book integer not null,
    order_id blob not null,
    lead blob not null,
    seq integer not null,
    partner text not null,
    site text not null,
    house text not null,
    amount_fen integer not null,
    refunded_fen integer not null,
    state integer not null,
    at integer not null,
    last_seq integer not null,
    primary key (book, order_id)
) strict;
create index lead_payments_lead on lead_payments (book, lead);
create index lead_payments_house on lead_payments (book, partner, house);

-- Events that the reader could not use: kept, so that nothing is passed over in silence.
create table unread_events (
    book integer not null,
    seq integer not null,
    kind text not null,
    reason text not null,
    primary key (book, seq)
) strict;

-- What a person allowed or refused. Append-only; the latest counts.
create table consents (
    book integer not null,
    person blob not null,
    nth integer not null,
    purpose integer not null,
    granted integer not null,
    channel text not null,
    version text not null,
    evidence text not null,
    actor text not null,
    at integer not null,
    primary key (book, person, nth)
) strict, without rowid;

-- The houses of a partner's sites, as its rosters name them.
create table households (
    book integer not null,
    partner text not null,
    house text not null,
    site text not null,
    as_of integer not null,
    primary key (book, partner, house)
) strict, without rowid;

-- The rows of a partner's rosters: who lives in a house, and on what basis we were told.
create table roster (
    book integer not null,
    id blob not null,
    roster_key text not null,
    partner text not null,
    site text not null,
    house text not null,
    basis integer not null,
    name blob,
    phone blob,
    identity_number blob,
    identity_number_key text,
    phone_key text,
    phone_name_key text,
    person blob,
    line integer not null,
    at integer not null,
    primary key (book, id)
) strict;
create unique index roster_key on roster (book, roster_key);
create index roster_identity_number_key on roster (book, identity_number_key) where identity_number_key is not null;
create index roster_phone_name_key on roster (book, phone_name_key) where phone_name_key is not null;
create index roster_person on roster (book, person) where person is not null;
create index roster_partner on roster (book, partner, site);

-- Who was shown whose personal data in clear, and why. Append-only.
create table disclosures (
    book integer not null,
    id blob not null,
    actor text not null,
    reason text not null,
    filter text not null,
    people text not null,
    at integer not null,
    primary key (book, id)
) strict;

-- How far the work with a partner has come. Append-only; the last row counts.
create table partner_stages (
    book integer not null,
    partner text not null,
    nth integer not null,
    stage integer not null,
    evidence text not null,
    actor text not null,
    at integer not null,
    primary key (book, partner, nth)
) strict, without rowid;
