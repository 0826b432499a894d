-- The books. Money and instants are bigint, identifiers uuid. Same tables as for SQLite.

-- The head row of each book: every writing transaction locks it first.
create table books (
    book bigint not null,
    seq bigint not null,
    hash bytea not null,
    at bigint not null,
    clock_offset bigint not null,
    sandbox bigint not null,
    created_at bigint not null,
    primary key (book)
);

create table accounts (
    book bigint not null,
    id uuid not null,
    code text not null,
    side bigint not null,
    currency text not null,
    floor_fen bigint,
    ceiling_fen bigint,
    status bigint not null,
    posted_fen bigint not null,
    pending_fen bigint not null,
    entries bigint not null,
    primary key (book, id)
);
create unique index accounts_code on accounts (book, code);

-- One row a posted line, clustered by account so that a statement is a range read.
create table entries (
    book bigint not null,
    account uuid not null,
    nth bigint not null,
    seq bigint not null,
    line bigint not null,
    side bigint not null,
    amount_fen bigint not null,
    balance_after_fen bigint not null,
    primary key (book, account, nth)
);

create table holds (
    book bigint not null,
    id uuid not null,
    account uuid not null,
    held_fen bigint not null,
    tolerance_fen bigint not null,
    open_fen bigint not null,
    captured_fen bigint not null,
    voided_fen bigint not null,
    expired_fen bigint not null,
    expires_at bigint not null,
    closed bigint not null,
    primary key (book, id)
);
create index holds_open on holds (book, expires_at) where closed = 0;

create table debts (
    book bigint not null,
    id uuid not null,
    account uuid not null,
    amount_fen bigint not null,
    settled_fen bigint not null,
    fact text not null,
    seq bigint not null,
    primary key (book, id)
);

-- One row a command: its idempotency record with the answer, its event, its link of the chain.
create table journal (
    book bigint not null,
    seq bigint not null,
    at bigint not null,
    effective_at bigint not null,
    partner text not null,
    operation text not null,
    idempotency_key text not null,
    scope uuid not null,
    body_digest bytea not null,
    verdict bigint not null,
    status bigint not null,
    content_type text not null,
    answer bytea not null,
    answer_digest bytea not null,
    kind text not null,
    subject uuid not null,
    data text not null,
    hash bytea not null,
    primary key (book, seq)
);
create unique index journal_scope on journal (book, scope);

create table bills (
    book bigint not null,
    id uuid not null,
    partner text not null,
    import_key text not null,
    house_key text not null,
    site text not null,
    item text not null,
    period text not null,
    amount_fen bigint not null,
    paid_fen bigint not null,
    due bigint not null,
    late_paid_to bigint not null,
    state bigint not null,
    version bigint not null,
    revision bigint not null,
    advance bigint not null,
    last_order uuid,
    primary key (book, id)
);
create unique index bills_import_key on bills (book, import_key);
create index bills_house_key on bills (book, house_key);
create index bills_partner on bills (book, partner, id);

create table bill_versions (
    book bigint not null,
    bill uuid not null,
    version bigint not null,
    amount_fen bigint not null,
    due bigint not null,
    state bigint not null,
    at bigint not null,
    primary key (book, bill, version)
);

create table bill_payments (
    book bigint not null,
    bill uuid not null,
    order_id uuid not null,
    primary key (book, bill, order_id)
);

create table orders (
    book bigint not null,
    id uuid not null,
    partner text not null,
    channel text not null,
    reference_key text,
    scene text not null,
    site text not null,
    house text not null,
    payer uuid not null,
    amount_fen bigint not null,
    discount_fen bigint not null,
    budget uuid,
    fee_fen bigint not null,
    shares text not null,
    refunded_fen bigint not null,
    state bigint not null,
    lines text not null,
    at bigint not null,
    business_date bigint not null,
    clearing_date bigint not null,
    seq bigint not null,
    cancel_seq bigint,
    primary key (book, id)
);
create unique index orders_reference_key on orders (book, reference_key) where reference_key is not null;
create index orders_clearing on orders (book, partner, clearing_date, id);
create index orders_payer on orders (book, payer, id);

create table refunds (
    book bigint not null,
    id uuid not null,
    order_id uuid not null,
    partner text not null,
    amount_fen bigint not null,
    discount_fen bigint not null,
    from_settled_fen bigint not null,
    reason text not null,
    items text not null,
    shares text not null,
    at bigint not null,
    clearing_date bigint not null,
    seq bigint not null,
    primary key (book, id)
);
create index refunds_order on refunds (book, order_id);
create index refunds_clearing on refunds (book, partner, clearing_date, id);

create table days (
    book bigint not null,
    id uuid not null,
    day_key text not null,
    partner text not null,
    date bigint not null,
    payments bigint not null,
    paid_fen bigint not null,
    discounts_fen bigint not null,
    refunds bigint not null,
    refunded_fen bigint not null,
    refunded_discounts_fen bigint not null,
    items text not null,
    closed_at bigint,
    settlement_date bigint,
    fee_fen bigint not null,
    shares text not null,
    settled_fen bigint not null,
    seq bigint,
    form text,
    primary key (book, id)
);
create unique index days_day_key on days (book, day_key);

-- How far each reader of the feed has come.
create table cursors (
    book bigint not null,
    reader text not null,
    seq bigint not null,
    primary key (book, reader)
);
