-- What came of fetching the file of a day: when it was asked for last, what was heard, when it is asked for
-- again, and until when a process has it.

create table fetches (
    book integer not null,
    code text not null,
    date integer not null,
    tries integer not null,
    next_at integer not null,
    claimed_until integer not null,
    tried_at integer,
    outcome text,
    heard text,
    refused_hash text,
    primary key (book, code, date)
) strict, without rowid;
