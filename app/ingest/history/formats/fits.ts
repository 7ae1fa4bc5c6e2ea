// Whether a value looks like what a format says it is.

import { addressOfSocket } from './client.ts';
import type { Kind } from './fields.ts';
import { isAddress, isHostName } from './host-name.ts';

/**
 * Whether a value can be what its field is: so lines of another format are told from this one.
 * @param strict hosts and addresses must look as such
 */
export function fits(kind: Kind, value: string, strict: boolean): boolean {
  switch (kind) {
    case 'address':
    case 'socket':
      return (
        (!strict || isClient(value)) &&
        value !== '' &&
        value.length < 256 &&
        !/[\s"[({<=|;]/.test(value.charAt(0) === '[' ? value.slice(1) : value)
      );
    case 'status':
      return value.length === 3 ? isNumber(value) : value === '-' || value === '0' || value === '-1';
    case 'sent':
    case 'bytes':
    case 'size':
    case 'contentLength':
      return value === '-' || value === '' || isNumber(value);
    case 'host':
      return !strict || value === '-' || value === '_' || isHostName(value);
    case 'forwarded':
      return !strict || value === '-' || value === '' || value.split(',').some(isHop);
    case 'method':
      return /^[A-Za-z_-]{1,32}$/.test(value);
    default:
      return true;
  }
}

/** An address, or a name where the server looked names up. */
function isClient(value: string): boolean {
  let i = 0;
  while (i < value.length && isDigitOrDot(value.charCodeAt(i))) i += 1;
  if (i === value.length && i > 6) return true;
  return (
    value === '-' ||
    value.startsWith('unix:') ||
    isAddress(value) ||
    isAddress(addressOfSocket(value)) ||
    isHostName(value)
  );
}

const isDigitOrDot = (code: number) => code === 46 || (code >= 48 && code <= 57);

/** An entry of X-Forwarded-For or Forwarded; a proxy that will not tell writes unknown. */
function isHop(entry: string): boolean {
  const text = entry.trim();
  return isAddress(text) || text === 'unknown' || /^for=/i.test(text);
}

function isNumber(value: string): boolean {
  for (let i = 0; i < value.length; i += 1) {
    const code = value.charCodeAt(i);
    if (code < 48 || code > 57) return false;
  }
  return value.length > 0 && value.length < 16;
}
