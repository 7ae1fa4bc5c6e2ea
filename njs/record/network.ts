// What addresses.log holds if the operator keeps prefixes (privacy.address).

import { addressBinding } from '../link/address.ts';
import { networkOf } from './address-prefix.ts';

/** The network of the client's address. */
export function network(r: NginxHTTPRequest): string {
  return networkOf(addressBinding(r.variables.remote_addr || ''));
}
