-- The books. Money and instants are integers, identifiers 16 bytes. Same tables as for PostgreSQL.

-- The head row of each book: every writing transaction locks it first.
create table books (
    book integer not null,
    seq integer not null,
    hash blob not null,
    at integer not null,
    clock_offset integer not null,
    sandbox integer not null,
    created_at integer not null,
    primary key (book)
) strict;

create table accounts (
    book integer not null,
    id blob not null,
    code text not null,
    side integer not null,
    currency text not null,
    floor_fen integer,
    ceiling_fen integer,
    status integer not null,
    posted_fen integer not null,
    pending_fen integer not null,
    entries integer not null,
    primary key (book, id)
) strict, without rowid;
create unique index accounts_code on accounts (book, code);

-- One row a posted line, clustered by account so that a statement is a range read.
create table entries (
    book integer not null,
    account blob not null,
    nth integer not null,
    seq integer not null,
    line integer not null,
    side integer not null,
    amount_fen integer not null,
    balance_after_fen integer not null,
    primary key (book, account, nth)
) strict, without rowid;

create table holds (
    book integer not null,
    id blob not null,
    account blob not null,
    held_fen integer not null,
    tolerance_fen integer not null,
    open_fen integer not null,
    captured_fen integer not null,
    voided_fen integer not null,
    expired_fen integer not null,
    expires_at integer not null,
    closed integer not null,
    primary key (book, id)
) strict, without rowid;
create index holds_open on holds (book, expires_at) where closed = 0;

create table debts (
    book integer not null,
    id blob not null,
    account blob not null,
    amount_fen integer not null,
    settled_fen integer not null,
    fact text not null,
    seq integer not null,
    primary key (book, id)
) strict, without rowid;

-- One row a command: its idempotency record with the answer, its event, its link of the chain.
create table journal (
    book integer not null,
    seq integer not null,
    at integer not null,
    effective_at integer not null,
    partner text not null,
    operation text not null,
    idempotency_key text not null,
    scope blob not null,
    body_digest blob not null,
    verdict integer not null,
    status integer not null,
    content_type text not null,
    answer blob not null,
    answer_digest blob not null,
    kind text not null,
    subject blob not null,
    data text not null,
    hash blob not null,
    primary key (book, seq)
) strict;
create unique index journal_scope on journal (book, scope);

create table bills (
    book integer not null,
    id blob not null,
    partner text not null,
    import_key text not null,
    house_key text not null,
    site text not null,
    item text not null,
    period text not null,
    amount_fen integer not null,
    paid_fen integer not null,
    due integer not null,
    late_paid_to integer not null,
    state integer not null,
    version integer not null,
    revision integer not null,
    advance integer not null,
    last_order blob,
    primary key (book, id)
) strict;
create unique index bills_import_key on bills (book, import_key);
create index bills_house_key on bills (book, house_key);
create index bills_partner on bills (book, partner, id);

create table bill_versions (
    book integer not null,
    bill blob not null,
    version integer not null,
    amount_fen integer not null,
    due integer not null,
    state integer not null,
    at integer not null,
    primary key (book, bill, version)
) strict, without rowid;

create table bill_payments (
    book integer not null,
    bill blob not null,
    order_id blob not null,
    primary key (book, bill, order_id)
) strict, without rowid;

create table orders (
    book integer not null,
    id blob not null,
    partner text not null,
    channel text not null,
    reference_key text,
    scene text not null,
    site text not null,
    house text not null,
    payer blob not null,
    amount_fen integer not null,
    discount_fen integer not null,
    budget blob,
    fee_fen integer not null,
    shares text not null,
    refunded_fen integer not null,
    state integer not null,
    lines text not null,
    at integer not null,
    business_date integer not null,
    clearing_date integer not null,
    seq integer not null,
    cancel_seq integer,
    primary key (book, id)
) strict;
create unique index orders_reference_key on orders (book, reference_key) where reference_key is not null;
create index orders_clearing on orders (book, partner, clearing_date, id);
create index orders_payer on orders (book, payer, id);

create table refunds (
    book integer not null,
    id blob not null,
    order_id blob not null,
    partner text not null,
    amount_fen integer not null,
    discount_fen integer not null,
    from_settled_fen integer not null,
    reason text not null,
    items text not null,
    shares text not null,
    at integer not null,
    clearing_date integer not null,
    seq integer not null,
    primary key (book, id)
) strict;
create index refunds_order on refunds (book, order_id);
create index refunds_clearing on refunds (book, partner, clearing_date, id);

create table days (
    book integer not null,
    id blob not null,
    day_key text not null,
    partner text not null,
    date integer not null,
    payments integer not null,
    paid_fen integer not null,
    discounts_fen integer not null,
    refunds integer not null,
    refunded_fen integer not null,
    refunded_discounts_fen integer not null,
    items text not null,
    closed_at integer,
    settlement_date integer,
    fee_fen integer not null,
    shares text not null,
    settled_fen integer not null,
    seq integer,
    form text,
    primary key (book, id)
) strict;
create unique index days_day_key on days (book, day_key);

-- How far each reader of the feed has come.
create table cursors (
    book integer not null,
    reader text not null,
    seq integer not null,
    primary key (book, reader)
) strict;
