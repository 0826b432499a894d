-- What the doors keep: keys of partners, nonces seen, notices on their way.

create table partner_keys (
    book bigint not null,
    id text not null,
    partner text not null,
    algorithm text not null,
    material bytea not null,
    created_at bigint not null,
    revoked_at bigint,
    primary key (book, id)
);
create index partner_keys_partner on partner_keys (book, partner);

create table nonces (
    book bigint not null,
    key_id text not null,
    nonce text not null,
    expires_at bigint not null,
    primary key (book, key_id, nonce)
);
create index nonces_expires_at on nonces (book, expires_at);

-- Notices to partners (webhooks). At most one a resource is under way, in the order of the feed.
create table notices (
    book bigint not null,
    id text not null,
    partner text not null,
    seq bigint not null,
    kind text not null,
    subject uuid not null,
    body text not null,
    attempts bigint not null,
    next_at bigint not null,
    state bigint not null,
    outcome text,
    primary key (book, id)
);
create index notices_due on notices (book, partner, next_at, seq) where state = 0;
create index notices_subject on notices (book, partner, subject, seq);
