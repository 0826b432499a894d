-- The files in which partners are told of instructions and of their reversals.

create table instruction_files (
    book integer not null,
    id blob not null,
    file_key text not null,
    partner text not null,
    verb integer not null,
    about blob,
    date integer not null,
    number integer not null,
    name text not null,
    of_instructions text not null,
    sum_fen integer not null,
    terms text not null,
    made_at integer not null,
    answer_by integer not null,
    put_at integer,
    seq integer not null,
    primary key (book, id)
) strict;
create unique index instruction_files_file_key on instruction_files (book, file_key);
-- A partner never gets two files of one name.
create unique index instruction_files_name on instruction_files (book, partner, name);
create index instruction_files_to_put on instruction_files (book, partner, seq) where put_at is null;

-- The file in which an instruction was told, and that in which its reversal under way was.
alter table instructions add column file blob;
alter table instructions add column reversal_file blob;
