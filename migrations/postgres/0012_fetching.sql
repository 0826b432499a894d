-- What came of fetching the file of a day: when it was asked for last, what was heard, when it is asked for
-- again, and until when a process has it.

create table fetches (
    book bigint not null,
    code text not null,
    date bigint not null,
    tries bigint not null,
    next_at bigint not null,
    claimed_until bigint not null,
    tried_at bigint,
    outcome text,
    heard text,
    refused_hash text,
    primary key (book, code, date)
);
