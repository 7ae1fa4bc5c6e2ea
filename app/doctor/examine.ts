// The whole examination. Each part comes after those that it depends on.

import path from 'node:path';
import { type Config, loadConfig } from '../config/load.ts';
import type { Site } from '../deploy/host.ts';
import { productionPlaces } from '../nginx/relocate.ts';
import { UserError } from '../user-error.ts';
import { examineDatabase } from './database.ts';
import { examineDenyFolder, examineKeys, examineLogs, examineSalts, examineSpace } from './files.ts';
import { type Finding, ok, warning, wrong } from './finding.ts';
import { examineNginx } from './nginx.ts';
import { examineService } from './service.ts';

export type ExamineOptions = {
  /** the configuration file, where it is not the usual one */
  config?: string | undefined;
  /** NGINX's configuration, where it is not its default */
  nginxConf?: string | undefined;
  /** host:port at which the running NGINX is asked */
  probe?: string | undefined;
};

export async function examine(options: ExamineOptions): Promise<Finding[]> {
  let config: Config;
  try {
    config = loadConfig({ file: options.config });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [wrong(error.message, error.remedy ?? '')];
  }
  return [
    nodeVersion(),
    config.origin
      ? ok(`configuration: links begin with ${config.origin}`)
      : warning('origin is not set', 'Set it in the configuration: tallygate serve builds links from it.'),
    ...(await examineKeys(config)),
    ...(await examineSalts(config, new Date())),
    ...(await examineNginx(siteFor(options.nginxConf), config, options.probe)),
    ...(await examineLogs(config)),
    ...(await examineDenyFolder(config)),
    ...(await examineSpace(config)),
    ...(await examineDatabase(config)),
    await examineService(config),
    privacy(config),
  ];
}

function siteFor(file: string | undefined): Site {
  const pidFile = '/run/nginx.pid';
  if (file === undefined) return { arguments: [], includes: productionPlaces.includes, pidFile };
  const folder = path.dirname(path.resolve(file));
  return {
    arguments: ['-p', folder, '-c', path.resolve(file)],
    includes: path.join(folder, 'tallygate'),
    pidFile,
  };
}

function nodeVersion(): Finding {
  const { node } = process.versions;
  if (Number.parseInt(node, 10) >= 20) return ok(`Node.js ${node}`);
  return wrong(`Node.js ${node} is too old`, 'Install Node.js 20 or newer.');
}

function privacy({ privacy: { address } }: Config): Finding {
  if (address === 'none') return ok('privacy: no client address is kept');
  return warning(
    `privacy: addresses are kept (${address})`,
    'If that is not wanted, set [privacy] address = "none" in the configuration.',
  );
}
