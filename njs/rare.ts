// What few requests need, gathered for load-rare.ts.

export { gateAny, refuse } from './gate-any.ts';
export { mint } from './mint.ts';
export { addressPrefix, record, refused } from './record.ts';
export { refusing } from './version.ts';
