// Which room may import which. A room is a folder; of two that fit a file the deeper one is its room. Within a room anything
// goes, and every room may import the four small files at the top of app/ (errors, the log's type, digests, whole files
// written at once).

/** What a room may import, itself left out. */
export const rooms: Readonly<Record<string, readonly string[]>> = {
  'njs/link': [],
  njs: ['njs/link'],

  app: [],
  'app/client': [],
  'app/config': ['app/keys'],
  'app/db': [],
  'app/denials': ['njs/link', 'app/db'],
  'app/keys': ['njs/link'],
  'app/salts': [],
  'app/process': [],
  'app/link': ['njs/link', 'app/keys'],
  'app/nginx': ['app/process'],
  'app/metrics': ['app/db'],

  // The way a line takes.
  'app/ingest/record': ['njs/link'],
  'app/ingest/log': ['app/ingest/record', 'app/db'],
  'app/ingest/fold': ['app/ingest/record', 'app/ingest/log'],
  'app/ingest/store': ['app/ingest/record', 'app/ingest/fold', 'app/db', 'app/denials', 'app/process'],
  'app/ingest/history': [
    'app/nginx',
    'njs/link',
    'app/ingest/record',
    'app/ingest/log',
    'app/ingest/fold',
    'app/ingest/store',
    'app/db',
  ],
  'app/agent': [
    'app/ingest/record',
    'app/ingest/log',
    'app/ingest/fold',
    'app/ingest/store',
    'app/ingest/history',
    'app/config',
    'app/db',
    'app/process',
    'app/salts',
  ],

  // What people and programs read.
  'app/reports': ['app/config', 'app/db'],
  'app/public': ['app/config', 'app/db', 'app/reports'],
  'app/service': [
    'njs/link',
    'app/config',
    'app/db',
    'app/denials',
    'app/ingest/record',
    'app/keys',
    'app/link',
    'app/metrics',
    'app/public',
    'app/reports',
  ],
  'app/export': ['app/config', 'app/db', 'app/public', 'app/reports', 'app/service'],

  // What puts it on a host and keeps it right.
  'app/deploy': [
    'app/config',
    'app/db',
    'app/keys',
    'app/link',
    'app/nginx',
    'app/process',
    'app/salts',
    'app/service',
  ],
  'app/doctor': [
    'app/config',
    'app/db',
    'app/deploy',
    'app/ingest/log',
    'app/keys',
    'app/nginx',
    'app/salts',
  ],
  'app/run': ['app/db', 'app/nginx', 'app/process'],
  'app/cli': [
    'app/agent',
    'app/config',
    'app/db',
    'app/denials',
    'app/doctor',
    'app/export',
    'app/ingest/history',
    'app/ingest/log',
    'app/ingest/record',
    'app/ingest/store',
    'app/keys',
    'app/link',
    'app/metrics',
    'app/reports',
    'app/salts',
    'app/service',
  ],
};
