-- Money that is asked of the bank's core system for one payment, and what it is meant for.

create table draws (
    book integer not null,
    id blob not null,
    order_id blob not null,
    instruction blob not null,
    core text not null,
    account blob not null,
    amount_fen integer not null,
    channel text not null,
    reference_key text,
    scene text not null,
    payee text not null,
    site text not null,
    house text not null,
    intention text not null,
    state integer not null,
    reason text,
    at integer not null,
    business_date integer not null,
    clearing_date integer not null,
    drawn_seq integer,
    returned_seq integer,
    seq integer not null,
    primary key (book, id)
) strict;
create unique index draws_order on draws (book, order_id);
create unique index draws_instruction on draws (book, instruction);
create unique index draws_reference_key on draws (book, reference_key) where reference_key is not null;
create index draws_account on draws (book, account, id);
-- Those that are not at an end: asked, drawn, returning.
create index draws_open on draws (book, state, id) where state = 0 or state = 1 or state = 3;
