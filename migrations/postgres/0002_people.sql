-- People: who the ledger has seen, with which evidence, and what they agreed to. Nothing here is
-- money. Personal data is sealed; a text that ends in "_key" holds an opaque account identifier or a
-- keyed blind index, never the value itself. Same tables as for SQLite.

create table people (
    book bigint not null,
    id uuid not null,
    name bytea,
    phone bytea,
    identity_number bytea,
    created_at bigint not null,
    merged_into uuid,
    primary key (book, id)
);
create index people_merged_into on people (book, merged_into) where merged_into is not null;

-- How a person is recognised. One account or identity number belongs to one person; a phone may be
-- shared.
create table identities (
    book bigint not null,
    identity_key text not null,
    person uuid not null,
    kind bigint not null,
    evidence text not null,
    at bigint not null,
    primary key (book, identity_key, person)
);
create index identities_person on identities (book, person);

-- Which people turned out to be one. Append-only.
create table person_merges (
    book bigint not null,
    person uuid not null,
    survivor uuid not null,
    kind bigint not null,
    evidence text not null,
    at bigint not null,
    primary key (book, person)
);

-- Who holds a payer account, as the channel told us.
create table account_holders (
    book bigint not null,
    account uuid not null,
    channel text not null,
    name bytea,
    phone bytea,
    identity_number bytea,
    identity_number_key text,
    phone_key text,
    phone_name_key text,
    at bigint not null,
    primary key (book, account)
);

-- Whom which scene of which partner brought, and the posting that shows it.
create table leads (
    book bigint not null,
    id uuid not null,
    person uuid not null,
    partner text not null,
    scene text not null,
    seq bigint not null,
    order_id uuid not null,
    channel text not null,
    site text not null,
    house text not null,
    at bigint not null,
    state bigint not null,
    payments bigint not null,
    cancelled bigint not null,
    last_at bigint not null,
    merged_into uuid,
    primary key (book, id)
);
create unique index leads_person on leads (book, person, partner, scene) where merged_into is null;
create index leads_of_person on leads (book, person);
create index leads_partner on leads (book, partner, id);

-- The payments that a lead stands on, one row an order.
create table lead_payments (
    book bigint not null,
    order_id uuid not null,
    lead uuid not null,
    seq bigint not null,
    partner text not null,
    site text not null,
    house text not null,
    amount_fen bigint not null,
    refunded_fen bigint not null,
    state bigint not null,
    at bigint not null,
    last_seq bigint not null,
    primary key (book, order_id)
);
create index lead_payments_lead on lead_payments (book, lead);
create index lead_payments_house on lead_payments (book, partner, house);

-- Events that the reader could not use: kept, so that nothing is passed over in silence.
create table unread_events (
    book bigint not null,
    seq bigint not null,
    kind text not null,
    reason text not null,
    primary key (book, seq)
);

-- What a person allowed or refused. Append-only; the latest counts.
create table consents (
    book bigint not null,
    person uuid not null,
    nth bigint not null,
    purpose bigint not null,
    granted bigint not null,
    channel text not null,
    version text not null,
    evidence text not null,
    actor text not null,
    at bigint not null,
    primary key (book, person, nth)
);

-- The houses of a partner's sites, as its rosters name them.
create table households (
    book bigint not null,
    partner text not null,
    house text not null,
    site text not null,
    as_of bigint not null,
    primary key (book, partner, house)
);

-- The rows of a partner's rosters: who lives in a house, and on what basis we were told.
create table roster (
    book bigint not null,
    id uuid not null,
    roster_key text not null,
    partner text not null,
    site text not null,
    house text not null,
    basis bigint not null,
    name bytea,
    phone bytea,
    identity_number bytea,
    identity_number_key text,
    phone_key text,
    phone_name_key text,
    person uuid,
    line bigint not null,
    at bigint not null,
    primary key (book, id)
);
create unique index roster_key on roster (book, roster_key);
create index roster_identity_number_key on roster (book, identity_number_key) where identity_number_key is not null;
create index roster_phone_name_key on roster (book, phone_name_key) where phone_name_key is not null;
create index roster_person on roster (book, person) where person is not null;
create index roster_partner on roster (book, partner, site);

-- Who was shown whose personal data in clear, and why. Append-only.
create table disclosures (
    book bigint not null,
    id uuid not null,
    actor text not null,
    reason text not null,
    filter text not null,
    people text not null,
    at bigint not null,
    primary key (book, id)
);

-- How far the work with a partner has come. Append-only; the last row counts.
create table partner_stages (
    book bigint not null,
    partner text not null,
    nth bigint not null,
    stage bigint not null,
    evidence text not null,
    actor text not null,
    at bigint not null,
    primary key (book, partner, nth)
);
