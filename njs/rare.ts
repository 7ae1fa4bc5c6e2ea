// What few requests need, gathered for load-rare.ts.

export { networkOf } from './address-prefix.ts';
export { gateAny, refuse } from './gate-any.ts';
export { addressBinding } from './link/address.ts';
export { mint } from './mint.ts';
export { recordLine, refusedLine } from './record.ts';
export { refusing } from './version.ts';
