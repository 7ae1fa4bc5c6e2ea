// The units under systemd: enables them, restarts them when something of theirs has changed, and waits until they are ready.

import type { Config } from '../config/load.ts';
import { until } from '../process/until.ts';
import { UserError } from '../user-error.ts';
import { isActive, systemctl } from './host.ts';

const unitOf = (service: string) => `tallygate-${service}.service`;

/**
 * Enables and starts the units of `services`. If `changed`, it restarts those that run.
 * @throws UserError when one does not come up
 */
export async function restartUnits(
  services: readonly string[],
  changed: boolean,
  config: Config,
): Promise<void> {
  await systemctl('daemon-reload');
  const units = services.map(unitOf);
  await systemctl('enable', '--quiet', ...units, 'tallygate-salts.timer');
  await systemctl(changed ? 'restart' : 'start', ...units, 'tallygate-salts.timer');
  if (services.includes('serve')) await waitUntilReady(config);
  for (const unit of units) {
    if (!(await isActive(unit)))
      throw new UserError(`${unit} does not stay up`, `See: journalctl --unit ${unit} --lines 50`);
  }
}

/** After files were put back: restarts what runs on them, and stops what they no longer describe. */
export async function restoreUnits(services: readonly string[]): Promise<void> {
  await systemctl('daemon-reload');
  for (const unit of services.map(unitOf)) {
    await systemctl('restart', unit).catch(() => systemctl('stop', unit).catch(() => {}));
  }
}

/** Whether units start at boot, which is to say whether they were deployed here before. */
export async function areEnabled(services: readonly string[]): Promise<boolean> {
  return systemctl('is-enabled', '--quiet', ...services.map(unitOf)).then(
    () => true,
    () => false,
  );
}

/** Stops and disables all units, and clears their failures. */
export async function stopUnits(): Promise<void> {
  for (const unit of ['tallygate-salts.timer', unitOf('agent'), unitOf('serve')]) {
    await systemctl('disable', '--now', '--quiet', unit).catch(() => {});
    await systemctl('reset-failed', unit).catch(() => {});
  }
}

async function waitUntilReady({ service }: Config): Promise<void> {
  const host = service.host === '0.0.0.0' || service.host === '::' ? '127.0.0.1' : service.host;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${service.port}/readyz`;
  try {
    await until(async () => (await fetch(url)).ok, 'tallygate serve to be ready', 20_000);
  } catch (error) {
    throw new UserError(
      `tallygate serve is not ready at ${url}`,
      'See: journalctl --unit tallygate-serve --lines 50',
      { cause: error },
    );
  }
}
