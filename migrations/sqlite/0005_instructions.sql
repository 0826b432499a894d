-- What was asked of systems outside, and what is known of it.

create table instructions (
    book integer not null,
    id blob not null,
    order_id blob not null,
    partner text not null,
    reference_key text not null,
    reversal_reference text not null,
    customer_key text not null,
    amount_fen integer not null,
    lines text not null,
    carried text not null,
    hold blob not null,
    state integer not null,
    step integer not null,
    tries integer not null,
    first_try integer not null,
    due_at integer,
    reversals integer not null,
    reversible integer not null,
    their_reference text,
    reason text,
    contested integer not null,
    at integer not null,
    clearing_date integer not null,
    counted_on integer,
    posted_seq integer,
    seq integer not null,
    primary key (book, id)
) strict;
create unique index instructions_reference_key on instructions (book, reference_key);
create index instructions_customer_key on instructions (book, customer_key);
create index instructions_order on instructions (book, order_id);
create index instructions_clearing on instructions (book, partner, clearing_date, id);
create index instructions_counted on instructions (book, partner, counted_on, id) where counted_on is not null;
-- Those without an outcome: asked, unknown, reversing.
create index instructions_open on instructions (book, id) where state < 3;
create index instructions_due on instructions (book, partner, due_at) where due_at is not null;

-- Numbers that are drawn in blocks and never twice: what our references at partners are made of.
create table numbers (
    book integer not null,
    name text not null,
    next integer not null,
    primary key (book, name)
) strict, without rowid;
