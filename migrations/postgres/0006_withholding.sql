-- What payers have allowed partners to debit, and the files by which partners claim it.

-- States: 0 signed, 1 suspended, 2 revoked. A contract has one mandate at a time.
create table mandates (
    book bigint not null,
    id uuid not null,
    partner text not null,
    contract_key text not null,
    channel text not null,
    payer uuid not null,
    name_index bytea not null,
    debit_max_fen bigint not null,
    month_max_fen bigint,
    valid_from bigint not null,
    valid_to bigint,
    partial text not null,
    again text not null,
    state bigint not null,
    month bigint not null,
    month_debited_fen bigint not null,
    at bigint not null,
    seq bigint not null,
    primary key (book, id)
);
create index mandates_contract on mandates (book, contract_key);
create unique index mandates_in_force on mandates (book, contract_key) where state <> 2;
create index mandates_payer on mandates (book, payer, id);

-- States: 0 received, 1 rejected, 2 validated, 3 running, 4 done, 5 result sent. A rejected file gives its
-- name back.
create table batches (
    book bigint not null,
    id uuid not null,
    partner text not null,
    hash_key text not null,
    name_key text not null,
    handed_in_by text not null,
    bytes bigint not null,
    lines bigint not null,
    sum_fen bigint not null,
    state bigint not null,
    loaded bigint not null,
    presented bigint not null,
    done bigint not null,
    partial bigint not null,
    refused bigint not null,
    waiting bigint not null,
    debited_fen bigint not null,
    run_on bigint not null,
    at bigint not null,
    sent_at bigint,
    seq bigint not null,
    primary key (book, id)
);
create unique index batches_hash on batches (book, hash_key);
create index batches_name on batches (book, name_key);
create unique index batches_name_taken on batches (book, name_key) where state <> 1;
create index batches_partner on batches (book, partner, id);
create index batches_state on batches (book, partner, state, id);

-- States: 0 new, 1 done, 2 partial, 3 refused, 4 waiting to be presented again.
create table batch_lines (
    book bigint not null,
    id uuid not null,
    batch uuid not null,
    partner text not null,
    line bigint not null,
    number text not null,
    contract text not null,
    account text not null,
    name_index bytea not null,
    period text not null,
    amount_fen bigint not null,
    state bigint not null,
    outcome bigint,
    debited_fen bigint not null,
    order_id uuid,
    tries bigint not null,
    again_on bigint,
    primary key (book, id)
);
create unique index batch_lines_line on batch_lines (book, batch, line);
create index batch_lines_again on batch_lines (book, again_on, partner, id) where again_on is not null;
