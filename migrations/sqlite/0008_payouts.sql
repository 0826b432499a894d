-- What the bank's core is told to pay, the files in which it is told, and what waits to be paid.

-- A payout is in a file exactly when the core may know of it; the money of one that has ended has moved.
create table payouts (
    book integer not null,
    id blob not null,
    payout_key text not null,
    partner text not null,
    account text not null,
    date integer not null,
    run integer not null,
    amount_fen integer not null,
    days text not null,
    other_fen integer not null,
    destination text not null,
    destination_digest text not null,
    remittance text not null,
    currency text not null,
    file blob,
    state integer not null,
    status text,
    reason text,
    contested text,
    prepared_at integer not null,
    sent_at integer,
    heard_at integer,
    ended_at integer,
    approval blob,
    prepared_seq integer not null,
    seq integer not null,
    primary key (book, id),
    constraint payouts_positive check (amount_fen > 0),
    constraint payouts_sent check ((file is null) = (sent_at is null) and (state not in (1, 2) or file is not null)),
    constraint payouts_ended check ((state in (3, 4)) = (ended_at is not null))
) strict;
create unique index payouts_payout_key on payouts (book, payout_key);
create index payouts_account on payouts (book, account, id);
create index payouts_file on payouts (book, file, id) where file is not null;
create index payouts_state on payouts (book, state, id);

create table payout_files (
    book integer not null,
    id blob not null,
    file_key text not null,
    date integer not null,
    number integer not null,
    payouts integer not null,
    sum_fen integer not null,
    debtor text not null,
    made_at integer not null,
    seq integer not null,
    primary key (book, id)
) strict;
create unique index payout_files_file_key on payout_files (book, file_key);

create table payables (
    book integer not null,
    id blob not null,
    account text not null,
    waiting text not null,
    fees text not null,
    fees_fen integer not null,
    destination text,
    destination_from integer,
    holds text not null,
    last_date integer,
    last_run integer not null,
    seq integer not null,
    primary key (book, id)
) strict;
create unique index payables_account on payables (book, account);

-- The fee of a closed day that is collected apart.
alter table days add column fee_apart_fen integer not null default 0;
