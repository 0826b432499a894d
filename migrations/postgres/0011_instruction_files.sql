-- The files in which partners are told of instructions and of their reversals.

create table instruction_files (
    book bigint not null,
    id uuid not null,
    file_key text not null,
    partner text not null,
    verb bigint not null,
    about uuid,
    date bigint not null,
    number bigint not null,
    name text not null,
    of_instructions text not null,
    sum_fen bigint not null,
    terms text not null,
    made_at bigint not null,
    answer_by bigint not null,
    put_at bigint,
    seq bigint not null,
    primary key (book, id)
);
create unique index instruction_files_file_key on instruction_files (book, file_key);
-- A partner never gets two files of one name.
create unique index instruction_files_name on instruction_files (book, partner, name);
create index instruction_files_to_put on instruction_files (book, partner, seq) where put_at is null;

-- The file in which an instruction was told, and that in which its reversal under way was.
alter table instructions add column file uuid;
alter table instructions add column reversal_file uuid;
