-- The role for people, Grafana and Metabase: it reads reports and nothing else. Without a login until the
-- operator gives one: alter role tallygate_reader login password '...';
-- (Files here run in the order of their names: this one is the last, so that it sees every view.)
do $$
begin
    create role tallygate_reader nologin;
exception
    -- Roles belong to the server, not to the database: another database's migration may be making it now.
    when duplicate_object or unique_violation then null;
    -- On a managed server the operator makes the role; the reports are there all the same.
    when insufficient_privilege then raise notice 'no right to create the role tallygate_reader';
end
$$;

do $$
begin
    grant usage on schema report to tallygate_reader;
    grant select on all tables in schema report to tallygate_reader;
    -- The functions run with their owner's rights: not everyone's to call, as PostgreSQL would have it.
    revoke execute on all functions in schema report from public;
    grant execute on all functions in schema report to tallygate_reader;
exception
    when undefined_object then raise notice 'there is no role tallygate_reader to grant the reports to';
end
$$;
