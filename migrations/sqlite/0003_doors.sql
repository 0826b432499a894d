-- What the doors keep: keys of partners, nonces seen, notices on their way.

create table partner_keys (
    book integer not null,
    id text not null,
    partner text not null,
    algorithm text not null,
    material blob not null,
    created_at integer not null,
    revoked_at integer,
    primary key (book, id)
) strict;
create index partner_keys_partner on partner_keys (book, partner);

create table nonces (
    book integer not null,
    key_id text not null,
    nonce text not null,
    expires_at integer not null,
    primary key (book, key_id, nonce)
) strict, without rowid;
create index nonces_expires_at on nonces (book, expires_at);

-- Notices to partners (webhooks). At most one a resource is under way, in the order of the feed.
create table notices (
    book integer not null,
    id text not null,
    partner text not null,
    seq integer not null,
    kind text not null,
    subject blob not null,
    body text not null,
    attempts integer not null,
    next_at integer not null,
    state integer not null,
    outcome text,
    primary key (book, id)
) strict;
create index notices_due on notices (book, partner, next_at, seq) where state = 0;
create index notices_subject on notices (book, partner, subject, seq);
