-- Accounts of ours that mirror one elsewhere: its statements, and what happened by either side's word.

create table mirrors (
    book integer not null,
    id blob not null,
    code text not null,
    account blob not null,
    base_nth integer not null,
    base_fen integer not null,
    taken integer not null,
    evidence integer not null,
    compared integer not null,
    compared_taken integer not null,
    seq integer not null,
    primary key (book, id)
) strict;
create unique index mirrors_code on mirrors (book, code);

create table account_statements (
    book integer not null,
    id blob not null,
    statement_key text not null,
    mirror text not null,
    from_date integer not null,
    date integer not null,
    number text,
    page text,
    content_hash text not null,
    name text not null,
    opening_fen integer,
    closing_fen integer,
    lines integer not null,
    taken integer not null,
    received_at integer not null,
    completed_at integer,
    replaced_by blob,
    seq integer not null,
    primary key (book, id)
) strict;
create unique index account_statements_statement_key on account_statements (book, statement_key);
create index account_statements_mirror on account_statements (book, mirror, date);

-- State and pair of items: 0 is open; 1 and 2 are paired, each with the other.
create table mirror_items (
    book integer not null,
    id blob not null,
    mirror text not null,
    reference_key text not null,
    named integer not null,
    origin integer not null,
    place integer not null,
    source integer not null,
    statement blob,
    date integer not null,
    amount_fen integer not null,
    kind text,
    returned integer not null,
    fees_fen integer,
    state integer not null,
    pair blob,
    primary key (book, id),
    constraint mirror_items_pair check ((pair is not null) = (state in (1, 2)))
) strict, without rowid;
create index mirror_items_reference_key on mirror_items (book, reference_key);
create index mirror_items_open on mirror_items (book, mirror, amount_fen, date) where state = 0;
create index mirror_items_statement on mirror_items (book, statement) where statement is not null;
create unique index mirror_items_entry on mirror_items (book, mirror, place) where statement is null;

create index breaks_reference_key on breaks (book, reference_key);
