// Where the parts of an installation go. Each file has two names: where it is put now, and what other files call it. They
// differ while a package is staged (`make install DESTDIR=...`).

import path from 'node:path';
import { type Places, productionPlaces, relocate } from '../nginx/relocate.ts';

export type LayoutOptions = {
  /** absolute; /usr/local */
  prefix: string;
  /** '' or an absolute folder that everything is put below */
  destdir: string;
  /**
   * staged: the files are moved from destdir to / later, as a package. They name their final places.
   * lived-in: the files are used where they are. They name places below destdir.
   */
  kind: 'staged' | 'lived-in';
  /** the user that NGINX's workers run as, which writes the log */
  nginxUser: string;
  /** the node that the units run */
  node: string;
  /** host:port of `tallygate serve`, in the includes */
  service: string;
};

export type Layout = LayoutOptions & {
  /** Where the file with this final path is now. */
  at(finalPath: string): string;
  /** The folder that holds all releases, the link to the current one, and the manifest. */
  readonly lib: string;
  /** A file's text, in which every place is replaced by that of this installation. */
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

/** A file outside the release folder that a person may edit. */
export type ManagedFile = { source: string; to: string; mode: number; group?: string };

/** Every managed file of a release. `includes` are the names in its folder nginx/. */
export function managedFiles(layout: Layout, includes: readonly string[]): ManagedFile[] {
  const { prefix } = layout;
  const plain = (source: string, to: string, mode = 0o644) => ({ source: `files/${source}`, to, mode });
  return [
    ...includes.map((name) => ({
      source: `nginx/${name}`,
      to: `${productionPlaces.includes}/${name}`,
      mode: 0o644,
    })),
    // These come before the units, which name them.
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
