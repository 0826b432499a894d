-- Who of the bank orders what by hand, and what takes two of them.

create table operators (
    book bigint not null,
    id uuid not null,
    code text not null,
    roles text not null,
    public_key text not null,
    origin text,
    since bigint not null,
    revoked_at bigint,
    seq bigint not null,
    primary key (book, id)
);
create unique index operators_code on operators (book, code);
create unique index operators_public_key on operators (book, public_key);
create unique index operators_origin on operators (book, origin) where origin is not null;

-- States: 0 open, 1 approved, 2 rejected, 3 withdrawn, 4 carried out. Maker and checker are two.
create table approvals (
    book bigint not null,
    id uuid not null,
    operation text not null,
    subject uuid not null,
    parameters text not null,
    digest bytea not null,
    maker text not null,
    proposed_at bigint not null,
    reason text not null,
    checker text,
    decided_at bigint,
    remark text,
    state bigint not null,
    seq bigint not null,
    decided_seq bigint,
    ended_seq bigint,
    primary key (book, id),
    constraint approvals_two_people check (checker is null or checker <> maker),
    constraint approvals_decided check (state in (0, 3) or (checker is not null and decided_seq is not null)),
    constraint approvals_undecided check (state <> 0 or checker is null),
    constraint approvals_ended check ((state in (3, 4)) = (ended_seq is not null))
);
create index approvals_subject on approvals (book, subject);
create index approvals_state on approvals (book, state, id);
