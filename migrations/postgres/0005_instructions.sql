-- What was asked of systems outside, and what is known of it.

create table instructions (
    book bigint not null,
    id uuid not null,
    order_id uuid not null,
    partner text not null,
    reference_key text not null,
    reversal_reference text not null,
    customer_key text not null,
    amount_fen bigint not null,
    lines text not null,
    carried text not null,
    hold uuid not null,
    state bigint not null,
    step bigint not null,
    tries bigint not null,
    first_try bigint not null,
    due_at bigint,
    reversals bigint not null,
    reversible bigint not null,
    their_reference text,
    reason text,
    contested bigint not null,
    at bigint not null,
    clearing_date bigint not null,
    counted_on bigint,
    posted_seq bigint,
    seq bigint not null,
    primary key (book, id)
);
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
    book bigint not null,
    name text not null,
    next bigint not null,
    primary key (book, name)
);
