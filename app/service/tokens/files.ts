// What of each file of a token is spent and left: the rows of report.token_files.

import type { Sql } from '../../db/connection.ts';
import type { SpentBy } from '../../denials/denials.ts';

export type FileUse = {
  token: string;
  path: string;
  spent: number;
  /** null: no limit */
  left: number | null;
  /** what of it is spent, and from when on it is refused; null while it is not */
  by: SpentBy | null;
  endsAt: Date | null;
};

/** Of a folder's files these many: those that were fetched last. */
const mostFiles = 1000;

/** The files of these tokens: first those that a token names, in its order, then what was fetched of its folders. */
export async function filesOfTokens(sql: Sql, ids: readonly string[], most = mostFiles): Promise<FileUse[]> {
  return sql<FileUse[]>`
    select token, path, spent::float8 as spent, copies_left::float8 as left, spent_by as by, ends_at as "endsAt"
      from (
        select f.token_id as token, f.*, array_position(k.paths, f.path) as place,
               row_number() over (partition by f.token_id
                                  order by array_position(k.paths, f.path), f.last_at desc, f.path) as rank
          from report.token_files f join tokens k on k.id = f.token_id
         where f.token_id = any(${[...ids]}::text[]) and k.id = any(${[...ids]}::text[])
      ) ranked
     where rank <= ${most}
     order by token desc, rank`;
}
