-- Partners' files of their days, what they say, and where it is not what our books say.

create table statements (
    book integer not null,
    id blob not null,
    statement_key text not null,
    day_key text not null,
    partner text not null,
    date integer not null,
    number integer not null,
    content_hash text not null,
    name text not null,
    lines integer not null,
    sum_fen integer not null,
    taken integer not null,
    received_at integer not null,
    completed_at integer,
    seq integer not null,
    primary key (book, id)
) strict;
create unique index statements_statement_key on statements (book, statement_key);
create index statements_day_key on statements (book, day_key);

create table statement_lines (
    book integer not null,
    statement blob not null,
    reference_key text not null,
    line integer not null,
    customer text,
    amount_fen integer not null,
    state integer not null,
    paid_at integer,
    primary key (book, statement, reference_key)
) strict, without rowid;
create index statement_lines_reference_key on statement_lines (book, reference_key);

-- A break is open while it has no resolution; one that is resolved has nothing in suspense.
create table breaks (
    book integer not null,
    id blob not null,
    break_key text not null,
    partner text not null,
    clearing_date integer not null,
    reference_key text not null,
    kind text not null,
    ours_fen integer not null,
    theirs_fen integer not null,
    gap_fen integer not null,
    booked_fen integer not null,
    moved_fen integer not null,
    cause text not null,
    owner text,
    since integer not null,
    resolution text,
    resolved_at integer,
    approval blob,
    seq integer not null,
    primary key (book, id),
    constraint breaks_resolved check (resolution is null or (booked_fen = 0 and gap_fen = 0 and resolved_at is not null))
) strict;
create unique index breaks_break_key on breaks (book, break_key);
create index breaks_clearing on breaks (book, partner, clearing_date, id);
create index breaks_open on breaks (book, since, id) where resolution is null;

-- What reconciliation has added to a day's settlement, or taken from it.
alter table days add column adjusted_fen integer not null default 0;
