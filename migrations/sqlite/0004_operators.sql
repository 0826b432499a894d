-- Who of the bank orders what by hand, and what takes two of them.

create table operators (
    book integer not null,
    id blob not null,
    code text not null,
    roles text not null,
    public_key text not null,
    origin text,
    since integer not null,
    revoked_at integer,
    seq integer not null,
    primary key (book, id)
) strict;
create unique index operators_code on operators (book, code);
create unique index operators_public_key on operators (book, public_key);
create unique index operators_origin on operators (book, origin) where origin is not null;

-- States: 0 open, 1 approved, 2 rejected, 3 withdrawn, 4 carried out. Maker and checker are two.
create table approvals (
    book integer not null,
    id blob not null,
    operation text not null,
    subject blob not null,
    parameters text not null,
    digest blob not null,
    maker text not null,
    proposed_at integer not null,
    reason text not null,
    checker text,
    decided_at integer,
    remark text,
    state integer not null,
    seq integer not null,
    decided_seq integer,
    ended_seq integer,
    primary key (book, id),
    constraint approvals_two_people check (checker is null or checker <> maker),
    constraint approvals_decided check (state in (0, 3) or (checker is not null and decided_seq is not null)),
    constraint approvals_undecided check (state <> 0 or checker is null),
    constraint approvals_ended check ((state in (3, 4)) = (ended_seq is not null))
) strict;
create index approvals_subject on approvals (book, subject);
create index approvals_state on approvals (book, state, id);
