// What few requests need. build.mjs puts it into the function loadRare (load-rare.d.ts).

export { denied } from './gate/denied.ts';
export { gateAny } from './gate/gate-any.ts';
export { probe } from './gate/probe.ts';
export { mint } from './mint.ts';
export { otherCookies } from './origin-cookies.ts';
export { network } from './record/network.ts';
export { record } from './record/record.ts';
export { refused } from './record/refused.ts';
export { refusing } from './version.ts';
export { visitorOfNetwork } from './visitor/visitor-of-network.ts';
