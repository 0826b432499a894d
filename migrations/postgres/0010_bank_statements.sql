-- Accounts of ours that mirror one elsewhere: its statements, and what happened by either side's word.

create table mirrors (
    book bigint not null,
    id uuid not null,
    code text not null,
    account uuid not null,
    base_nth bigint not null,
    base_fen bigint not null,
    taken bigint not null,
    evidence bigint not null,
    compared bigint not null,
    compared_taken bigint not null,
    seq bigint not null,
    primary key (book, id)
);
create unique index mirrors_code on mirrors (book, code);

create table account_statements (
    book bigint not null,
    id uuid not null,
    statement_key text not null,
    mirror text not null,
    from_date bigint not null,
    date bigint not null,
    number text,
    page text,
    content_hash text not null,
    name text not null,
    opening_fen bigint,
    closing_fen bigint,
    lines bigint not null,
    taken bigint not null,
    received_at bigint not null,
    completed_at bigint,
    replaced_by uuid,
    seq bigint not null,
    primary key (book, id)
);
create unique index account_statements_statement_key on account_statements (book, statement_key);
create index account_statements_mirror on account_statements (book, mirror, date);

-- State and pair of items: 0 is open; 1 and 2 are paired, each with the other.
create table mirror_items (
    book bigint not null,
    id uuid not null,
    mirror text not null,
    reference_key text not null,
    named bigint not null,
    origin bigint not null,
    place bigint not null,
    source bigint not null,
    statement uuid,
    date bigint not null,
    amount_fen bigint not null,
    kind text,
    returned bigint not null,
    fees_fen bigint,
    state bigint not null,
    pair uuid,
    primary key (book, id),
    constraint mirror_items_pair check ((pair is not null) = (state in (1, 2)))
);
create index mirror_items_reference_key on mirror_items (book, reference_key);
create index mirror_items_open on mirror_items (book, mirror, amount_fen, date) where state = 0;
create index mirror_items_statement on mirror_items (book, statement) where statement is not null;
create unique index mirror_items_entry on mirror_items (book, mirror, place) where statement is null;

create index breaks_reference_key on breaks (book, reference_key);
