-- What the functions that read tables have in common, said once. It runs in the transaction that made them, so nobody
-- ever sees a function without it. A new function needs a place in this list: test/reports/sql.test.ts tells.
--
-- security definer: with the rights of its owner, as a view. The reader's role may not read the tables themselves.
-- search_path: a function with its owner's rights must not find somebody else's table of the same name.
-- plan_cache_mode: a plan for each call. From the sixth call of a connection on, PostgreSQL would use one plan for all
--     dates, which reads the tallies of all time and takes hundreds of times as long.
-- jit: never. PostgreSQL overestimates what lies between two dates, and would compile for longer than the query runs.
do $$
declare
    name text;
begin
    foreach name in array array[
        'agents_in', 'counts_between', 'daily_in', 'files_in', 'first_days', 'history_in', 'leeches', 'monthly_in',
        'monthly_of', 'monthly_totals_in', 'totals_in', 'unusual_tokens'
    ] loop
        execute format(
            'alter function report.%I security definer set search_path = public, pg_temp '
            'set plan_cache_mode = force_custom_plan set jit = off', name);
    end loop;
end
$$;
