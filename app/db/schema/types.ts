// Column types that drizzle has not, or that need a closer look.

import { customType, makePgArray, timestamp } from 'drizzle-orm/pg-core';

export const bytea = customType<{ data: Uint8Array }>({ dataType: () => 'bytea' });

/** Any JSON value. drizzle's own jsonb would encode it a second time, after which it is a string. */
export const jsonb = customType<{ data: unknown }>({ dataType: () => 'jsonb' });

/** Numbers below 2^53, any of which may be null: postgres.js reads that as text, and drizzle's own array as NaN. */
export const bigints = customType<{ data: (number | null)[]; driverData: string | string[] }>({
  dataType: () => 'bigint[]',
  toDriver: makePgArray,
  fromDriver: (values) => [...values].map((value) => (value === 'NULL' ? null : Number(value))),
});

/** A timestamptz, as a Date. */
export const instant = (name: string) => timestamp(name, { withTimezone: true });
