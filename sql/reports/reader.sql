-- The role for people, Grafana and Metabase. It may read the reports and nothing else. It cannot log in until the
-- operator allows it: alter role tallygate_reader login password '...';
do $$
begin
    create role tallygate_reader nologin;
exception
    -- A role belongs to the whole server: the migration of another database may be creating it at this moment.
    when duplicate_object or unique_violation then null;
    -- On a managed server the operator creates the role. The reports work without it.
    when insufficient_privilege then raise notice 'no right to create the role tallygate_reader';
end
$$;

do $$
begin
    grant usage on schema report to tallygate_reader;
    grant select on all tables in schema report to tallygate_reader;
    -- PostgreSQL lets everyone call a new function. These run with their owner's rights, so only the reader may.
    revoke execute on all functions in schema report from public;
    grant execute on all functions in schema report to tallygate_reader;
exception
    when undefined_object then raise notice 'there is no role tallygate_reader to grant the reports to';
end
$$;
