-- Everything that people query has a schema of its own, so that the reader's role can be let in there and nowhere else.
create schema if not exists report;
