-- Partners' files of their days, what they say, and where it is not what our books say.

create table statements (
    book bigint not null,
    id uuid not null,
    statement_key text not null,
    day_key text not null,
    partner text not null,
    date bigint not null,
    number bigint not null,
    content_hash text not null,
    name text not null,
    lines bigint not null,
    sum_fen bigint not null,
    taken bigint not null,
    received_at bigint not null,
    completed_at bigint,
    seq bigint not null,
    primary key (book, id)
);
create unique index statements_statement_key on statements (book, statement_key);
create index statements_day_key on statements (book, day_key);

create table statement_lines (
    book bigint not null,
    statement uuid not null,
    reference_key text not null,
    line bigint not null,
    customer text,
    amount_fen bigint not null,
    state bigint not null,
    paid_at bigint,
    primary key (book, statement, reference_key)
);
create index statement_lines_reference_key on statement_lines (book, reference_key);

-- A break is open while it has no resolution; one that is resolved has nothing in suspense.
create table breaks (
    book bigint not null,
    id uuid not null,
    break_key text not null,
    partner text not null,
    clearing_date bigint not null,
    reference_key text not null,
    kind text not null,
    ours_fen bigint not null,
    theirs_fen bigint not null,
    gap_fen bigint not null,
    booked_fen bigint not null,
    moved_fen bigint not null,
    cause text not null,
    owner text,
    since bigint not null,
    resolution text,
    resolved_at bigint,
    approval uuid,
    seq bigint not null,
    primary key (book, id),
    constraint breaks_resolved check (resolution is null or (booked_fen = 0 and gap_fen = 0 and resolved_at is not null))
);
create unique index breaks_break_key on breaks (book, break_key);
create index breaks_clearing on breaks (book, partner, clearing_date, id);
create index breaks_open on breaks (book, since, id) where resolution is null;

-- What reconciliation has added to a day's settlement, or taken from it.
alter table days add column adjusted_fen bigint not null default 0;
