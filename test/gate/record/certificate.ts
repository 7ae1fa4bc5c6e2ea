// A certificate for 127.0.0.1 and localhost, for NGINX's TLS.

import { execFile } from 'node:child_process';
import { createHash, createPublicKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from '../../harness/folders.ts';

export type Certificate = {
  /** The lines for a server block. */
  readonly lines: string;
  /** The hash of the public key, by which Chromium can be told to trust it. */
  readonly spki: string;
};

export async function makeCertificate(): Promise<Certificate> {
  const dir = await temporaryFolder('certificate');
  const [key, certificate] = [path.join(dir, 'key.pem'), path.join(dir, 'certificate.pem')];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '10'];
  await promisify(execFile)('openssl', [
    'req',
    '-x509',
    ...kind,
    ...names,
    '-keyout',
    key,
    '-out',
    certificate,
  ]);
  const der = createPublicKey(await readFile(certificate)).export({ type: 'spki', format: 'der' });
  return {
    lines: `ssl_certificate ${certificate}; ssl_certificate_key ${key};`,
    spki: createHash('sha256').update(der).digest('base64'),
  };
}
