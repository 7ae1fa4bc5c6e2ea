// Where the parts of an installation go. Two trees of names: where a file is put now, and what it is called by
// the files that mention it; they differ while a package is staged (`make install DESTDIR=...`).

import path from 'node:path';
import { type Places, productionPlaces, relocate } from '../nginx/relocate.ts';

export type LayoutOptions = {
  /** absolute; /usr/local */
  prefix: string;
  /** '' or an absolute folder that everything is put below */
  destdir: string;
  /**
   * staged: what is below destdir is moved to / later (a package), and files name their final places.
   * lived-in: it is used where it lies, and files name the places below destdir.
   */
  kind: 'staged' | 'lived-in';
  /** the user NGINX's workers run as: it writes the log */
  nginxUser: string;
  /** what runs the program, in the units */
  node: string;
  /** host:port of `tallygate serve`, in the includes */
  service: string;
};

export type Layout = LayoutOptions & {
  /** Where a final path lies now. */
  at(finalPath: string): string;
  /** The folder of all releases, of the link to the current one, and of the manifest. */
  readonly lib: string;
  /** A file's text with every place it names put where this installation has it. */
  fill(text: string): string;
};

export function layoutOf(options: LayoutOptions): Layout {
  const { prefix, destdir } = options;
  const lib = `${prefix}/lib/tallygate`;
  const named = (finalPath: string) =>
    options.kind === 'lived-in' ? path.join('/', destdir, finalPath) : finalPath;
  const places: Places = {
    includes: named(productionPlaces.includes),
    lib: named(`${lib}/current`),
    etc: named(productionPlaces.etc),
    log: named(productionPlaces.log),
    state: named(productionPlaces.state),
    service: options.service,
  };
  return {
    ...options,
    at: (finalPath) => path.join('/', destdir, finalPath),
    lib,
    fill: (text) =>
      relocate(text, places)
        .replace(/\/usr\/bin\/node\b/g, options.node)
        .replace(/\bwww-data\b/g, options.nginxUser),
  };
}

/** A file that an installation puts outside its release folder, and that a person may edit there. */
export type ManagedFile = { source: string; to: string; mode: number; group?: string };

/** Every managed file of a release; `includes` are the names in its nginx/ folder. */
export function managedFiles(layout: Layout, includes: readonly string[]): ManagedFile[] {
  const { prefix } = layout;
  const plain = (source: string, to: string, mode = 0o644) => ({ source: `files/${source}`, to, mode });
  return [
    ...includes.map((name) => ({
      source: `nginx/${name}`,
      to: `${productionPlaces.includes}/${name}`,
      mode: 0o644,
    })),
    // Before the units, so that what they name is there.
    { ...plain('tallygate.toml', configFile, 0o640), group: 'tallygate' },
    ...unitFiles.map((name) => plain(name, `${prefix}/lib/systemd/system/${name}`)),
    plain('tallygate.sysusers', `${prefix}/lib/sysusers.d/tallygate.conf`),
    plain('tallygate.tmpfiles', `${prefix}/lib/tmpfiles.d/tallygate.conf`),
    plain('tallygate.logrotate', '/etc/logrotate.d/tallygate'),
    plain('prometheus-alerts.yml', `${prefix}/share/tallygate/prometheus-alerts.yml`),
    plain('grafana-dashboard.json', `${prefix}/share/tallygate/grafana-dashboard.json`),
  ];
}

export const configFile = '/etc/tallygate/tallygate.toml';
export const unitFiles = [
  'tallygate-serve.service',
  'tallygate-agent.service',
  'tallygate-salts.service',
  'tallygate-salts.timer',
];
