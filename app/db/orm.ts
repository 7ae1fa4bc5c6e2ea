// drizzle-orm over our pool, or over one of its transactions. schema/ describes the tables: it gives column names and
// row types, so that no query needs a row type kept by hand.
//
// Through drizzle go the plain queries: rows by their key, lists with filters, inserts, updates and deletes. SQL stays
// - all counting: sums over many rows, in reports, tallies and status;
// - what is one statement so that it is right or fast: `with` queries, `skip locked`, arrays through unnest();
// - `notify`, `set_config` and other calls of PostgreSQL;
// - what every request of a busy path runs in a transaction: drizzle writes a query's text anew for each call, which may
//   add half to the work of a small request. Outside transactions, builtOnce avoids that.
// The first three would be the same SQL in drizzle, but in pieces and harder to read.
//
// Of drizzle's drivers this uses the one that calls a function (pg-proxy). Its driver for postgres.js would
// - change the pool it is given: dates come back as text, and JSON is no longer encoded;
// - have PostgreSQL plan each query anew, as it prepares no statement.

import { DrizzleQueryError } from 'drizzle-orm';
import { PgDialect, type PreparedQueryConfig } from 'drizzle-orm/pg-core';
import { PgRemoteDatabase, PgRemoteSession } from 'drizzle-orm/pg-proxy';
import type postgres from 'postgres';

type Empty = Record<string, never>;
type Prepare = PgRemoteSession<Empty, Empty>['prepareQuery'];

const dialect = new PgDialect();

/**
 * drizzle's queries over a pool or a transaction. For a transaction use inTransaction, and this inside it: drizzle's own
 * is not available.
 */
export function orm(sql: postgres.ISql): PgRemoteDatabase {
  const run = async (query: string, parameters: unknown[], method: 'all' | 'execute') => {
    // Prepared as tagged SQL is: not where database_url says prepare=false.
    const pending = sql.unsafe(query, parameters as never[], { prepare: true });
    return { rows: method === 'all' ? await pending.values() : await pending };
  };
  return new PgRemoteDatabase(dialect, new Session(run, dialect, undefined), undefined);
}

/**
 * A query of drizzle that keeps its text: `build` is called once for each pool, and ends with `prepare`; what differs
 * from call to call is a placeholder in it.
 */
export function builtOnce<Q>(build: (sql: postgres.Sql) => Q): (sql: postgres.Sql) => Q {
  const built = new WeakMap<postgres.Sql, Q>();
  return (sql) => {
    const query = built.get(sql) ?? build(sql);
    built.set(sql, query);
    return query;
  };
}

/**
 * Throws what PostgreSQL or the connection said, with the statement's text. drizzle's own error holds the parameters, too,
 * and would take them to the log.
 */
class Session extends PgRemoteSession<Empty, Empty> {
  override prepareQuery<T extends PreparedQueryConfig>(...query: Parameters<Prepare>) {
    const prepared = super.prepareQuery<T>(...query);
    const execute = prepared.execute.bind(prepared);
    prepared.execute = (placeholders) => execute(placeholders).catch(throwCause);
    return prepared;
  }
}

function throwCause(error: unknown): never {
  if (!(error instanceof DrizzleQueryError) || !error.cause) throw error;
  throw Object.assign(error.cause, { statement: error.query });
}
