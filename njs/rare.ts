// What few requests need, gathered for load-rare.ts.

export { otherCookies } from './cookies.ts';
export { denied } from './denied.ts';
export { gateAny } from './gate-any.ts';
export { mint } from './mint.ts';
export { probe } from './probe.ts';
export { network, record, refused } from './record.ts';
export { refusing } from './version.ts';
export { visitorOfNetwork } from './visitor-network.ts';
