-- What payers have allowed partners to debit, and the files by which partners claim it.

-- States: 0 signed, 1 suspended, 2 revoked. A contract has one mandate at a time.
create table mandates (
    book integer not null,
    id blob not null,
    partner text not null,
    contract_key text not null,
    channel text not null,
    payer blob not null,
    name_index blob not null,
    debit_max_fen integer not null,
    month_max_fen integer,
    valid_from integer not null,
    valid_to integer,
    partial text not null,
    again text not null,
    state integer not null,
    month integer not null,
    month_debited_fen integer not null,
    at integer not null,
    seq integer not null,
    primary key (book, id)
) strict;
create index mandates_contract on mandates (book, contract_key);
create unique index mandates_in_force on mandates (book, contract_key) where state <> 2;
create index mandates_payer on mandates (book, payer, id);

-- States: 0 received, 1 rejected, 2 validated, 3 running, 4 done, 5 result sent. A rejected file gives its
-- name back.
create table batches (
    book integer not null,
    id blob not null,
    partner text not null,
    hash_key text not null,
    name_key text not null,
    handed_in_by text not null,
    bytes integer not null,
    lines integer not null,
    sum_fen integer not null,
    state integer not null,
    loaded integer not null,
    presented integer not null,
    done integer not null,
    partial integer not null,
    refused integer not null,
    waiting integer not null,
    debited_fen integer not null,
    run_on integer not null,
    at integer not null,
    sent_at integer,
    seq integer not null,
    primary key (book, id)
) strict;
create unique index batches_hash on batches (book, hash_key);
create index batches_name on batches (book, name_key);
create unique index batches_name_taken on batches (book, name_key) where state <> 1;
create index batches_partner on batches (book, partner, id);
create index batches_state on batches (book, partner, state, id);

-- States: 0 new, 1 done, 2 partial, 3 refused, 4 waiting to be presented again.
create table batch_lines (
    book integer not null,
    id blob not null,
    batch blob not null,
    partner text not null,
    line integer not null,
    number text not null,
    contract text not null,
    account text not null,
    name_index blob not null,
    period text not null,
    amount_fen integer not null,
    state integer not null,
    outcome integer,
    debited_fen integer not null,
    order_id blob,
    tries integer not null,
    again_on integer,
    primary key (book, id)
) strict;
create unique index batch_lines_line on batch_lines (book, batch, line);
create index batch_lines_again on batch_lines (book, again_on, partner, id) where again_on is not null;
