// What few requests need, gathered for load-rare.ts.

export { gateAny } from './gate-any.ts';
export { mint } from './mint.ts';
export { network, record, refused } from './record.ts';
export { refusing } from './version.ts';
export { visitorOfNetwork } from './visitor-network.ts';
