-- Money that is asked of the bank's core system for one payment, and what it is meant for.

create table draws (
    book bigint not null,
    id uuid not null,
    order_id uuid not null,
    instruction uuid not null,
    core text not null,
    account uuid not null,
    amount_fen bigint not null,
    channel text not null,
    reference_key text,
    scene text not null,
    payee text not null,
    site text not null,
    house text not null,
    intention text not null,
    state bigint not null,
    reason text,
    at bigint not null,
    business_date bigint not null,
    clearing_date bigint not null,
    drawn_seq bigint,
    returned_seq bigint,
    seq bigint not null,
    primary key (book, id)
);
create unique index draws_order on draws (book, order_id);
create unique index draws_instruction on draws (book, instruction);
create unique index draws_reference_key on draws (book, reference_key) where reference_key is not null;
create index draws_account on draws (book, account, id);
-- Those that are not at an end: asked, drawn, returning.
create index draws_open on draws (book, state, id) where state = 0 or state = 1 or state = 3;
