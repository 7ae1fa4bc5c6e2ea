// The keys on every edge, as the agents report them: does one lag behind this host's key file?

import type { Config } from '../config/load.ts';
import type { Sql } from '../db/connection.ts';
import { type Edge, nameOf, readEdges, standingOf } from '../edges/edges.ts';
import { readKeyRings } from '../keys/file.ts';
import { keysOf, type LoadedKey } from '../keys/loaded.ts';
import { UserError } from '../user-error.ts';
import { type Finding, ok, warning, wrong } from './finding.ts';

/** A key file that cannot be read is a finding of examineKeys, and not of this. */
export async function examineEdgeKeys(sql: Sql, config: Config): Promise<Finding[]> {
  const rings = await readKeyRings(config.keysFile).catch((error: unknown) => {
    if (error instanceof UserError) return undefined;
    throw error;
  });
  const edges = await readEdges(sql);
  if (!rings || edges.length === 0) return [];
  const keys = keysOf(rings);
  const findings = edges.flatMap((edge) => lagOf(edge, nameOf(edge, edges), keys, config));
  return findings.length > 0 ? findings : [ok(`every edge has loaded the keys of ${config.keysFile}`)];
}

function lagOf(edge: Edge, name: string, keys: readonly LoadedKey[], config: Config): Finding[] {
  const remedy = `Give it ${config.keysFile} of this host, and there: nginx -t && nginx -s reload`;
  const unknown = keys.map((key) => standingOf(edge, key, 0)).find(({ kind }) => kind === 'unknown');
  if (unknown?.kind === 'unknown')
    return [
      warning(
        `which keys the edge ${name} has is not known: ${unknown.why}`,
        'Is it gone? tallygate keys rotate --force forgets it. Otherwise look at its agent.',
      ),
    ];
  const kept = new Set(keys.map(({ id }) => id));
  const left = edge.keys.filter(({ id }) => !kept.has(id)).map(({ id }) => id);
  return [
    ...keys.flatMap((key) => {
      const { kind } = standingOf(edge, key, 0);
      if (kind !== 'missing' && kind !== 'other') return [];
      const text = `the edge ${name} ${kind === 'other' ? 'has another key' : 'has not loaded the key'} ${key.id}`;
      return key.signs
        ? [wrong(`${text}, which signs new links: it refuses them`, remedy)]
        : [warning(`${text}: it refuses its links`, remedy)];
    }),
    ...(left.length > 0
      ? [
          warning(
            `the edge ${name} still accepts ${left.join(', ')}, which this key file does not have`,
            remedy,
          ),
        ]
      : []),
  ];
}
