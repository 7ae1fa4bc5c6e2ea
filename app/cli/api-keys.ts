// `tallygate api-keys create|list|revoke`: who may use the API.

import { type Command, InvalidArgumentError } from 'commander';
import { configOf } from '../config/load.ts';
import { withDatabase } from '../db/connection.ts';
import { scopes } from '../db/schema/service.ts';
import { createApiKey, listApiKeys, revokeApiKey, type Scope } from '../service/keys/api-keys.ts';
import { UserError } from '../user-error.ts';
import { day, printTable } from './print.ts';

export function registerApiKeys(program: Command): void {
  const group = program.command('api-keys').description('create, list and revoke keys of the API');
  group
    .command('create')
    .description('create a key; it is shown this once')
    .argument('<name>', 'what it is for, such as "shop"')
    .option(
      '--scopes <list>',
      `comma-separated: ${scopes.join(', ')} (admin may do everything)`,
      readScopes,
      ['issue', 'read'],
    )
    .option('--quiet', 'print the key and nothing else, for scripts')
    .action(create);
  group.command('list').description('list every key, without its secret').action(list);
  group
    .command('revoke')
    .description('refuse a key from now on; running services notice within a second')
    .argument('<id>', 'the key id, as listed')
    .action(revoke);
}

type CreateOptions = { scopes: Scope[]; quiet?: boolean };

async function create(name: string, options: CreateOptions, command: Command): Promise<void> {
  const { id, secret } = await withDatabase(configOf(command), (sql) =>
    createApiKey(sql, name, options.scopes),
  );
  if (options.quiet) {
    process.stdout.write(`${secret}\n`);
    return;
  }
  process.stdout.write(`${secret}\n\nKey ${id} (${name}: ${options.scopes.join(', ')}).\n`);
  process.stdout.write('Keep it now: only its digest is stored, and it cannot be shown again.\n');
}

async function list(_options: unknown, command: Command): Promise<void> {
  const keys = await withDatabase(configOf(command), listApiKeys);
  printTable(
    ['id', 'name', 'scopes', 'created', 'last used', 'revoked'],
    keys.map((key) => [
      key.id,
      key.name,
      key.scopes.join(','),
      day(key.createdAt),
      day(key.lastUsedAt),
      day(key.revokedAt),
    ]),
  );
}

async function revoke(id: string, _options: unknown, command: Command): Promise<void> {
  const revoked = await withDatabase(configOf(command), (sql) => revokeApiKey(sql, id));
  if (!revoked) {
    throw new UserError(`there is no valid key with the id ${id}`, 'List them with: tallygate api-keys list');
  }
  process.stdout.write(`Key ${id} is revoked.\n`);
}

function readScopes(text: string): Scope[] {
  const wanted = text.split(',').map((scope) => scope.trim());
  const unknown = wanted.filter((scope) => !(scopes as readonly string[]).includes(scope));
  if (unknown.length > 0) throw new InvalidArgumentError(`There is no scope "${unknown.join('", "')}".`);
  return [...new Set(wanted)] as Scope[];
}
