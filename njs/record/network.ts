// What addresses.log holds where the operator keeps prefixes.

import { addressBinding } from '../link/address.ts';
import { networkOf } from './address-prefix.ts';

/** The network of the client's address, for addresses.log. */
export function network(r: NginxHTTPRequest): string {
  return networkOf(addressBinding(r.variables.remote_addr || ''));
}
