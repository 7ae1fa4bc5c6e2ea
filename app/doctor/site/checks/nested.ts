// Locations inside a gated one inherit its decision, unless they set the same directives anew.

import { type Directive, written } from '../../../nginx/tree.ts';
import { type Finding, warning, wrong } from '../../finding.ts';
import { effective, gatedOf, gateOf, holdsAnew, includedIn, own } from '../blocks.ts';
import { isOurs, type Location, placeOf, type Site, titleOf } from '../model.ts';

export function undone(site: Site): Finding[] {
  return gatedOf(site).flatMap((location) => {
    const gate = gateOf(site, location) as Location;
    return [
      ...(gate === location ? [] : byInner(site, location, gate)),
      ...own(location.directive, 'limit_except').flatMap((block) => byMethod(site, location, block)),
      ...satisfied(site, location),
    ];
  });
}

const replaces: Readonly<Record<string, string>> = {
  auth_basic: 'is not closed by it',
  secure_link: 'judges other links',
  secure_link_md5: 'judges other links',
};

function byInner(site: Site, location: Location, gate: Location): Finding[] {
  const title = `${titleOf(site, location)} inside the protected ${titleOf(site, gate)}`;
  const strict = includedIn(site, gate.directive).includes('protect-strict.conf');
  const set = (...names: string[]) => own(location.directive, ...names).filter((d) => !isOurs(site, d));
  return [
    ...set(...Object.keys(replaces)).map((directive) =>
      wrong(`${title} ${replaces[directive.name]}: ${written(directive)}`, takeAway(directive)),
    ),
    ...(strict ? set('auth_request') : []).map((directive) =>
      wrong(`${title} does not ask whether a limit is spent: ${written(directive)}`, takeAway(directive)),
    ),
    ...set('auth_basic_user_file').map((directive) =>
      warning(
        `${title} lets in who has a password, without a link: ${written(directive)}`,
        takeAway(directive),
      ),
    ),
    ...(includedIn(site, location.directive).includes('count.conf')
      ? [
          warning(
            `${title} includes tallygate/count.conf, and stays closed: it inherits the gate`,
            `If it is to be open, write it outside: location ^~ ${location.pattern} { include tallygate/count.conf; ... }`,
          ),
        ]
      : []),
  ];
}

const takeAway = (directive: Directive) => `Take away: ${written(directive)}`;

/** limit_except makes a block for the methods that it does not name. */
function byMethod(site: Site, location: Location, block: Directive): Finding[] {
  if (block.args.some((method) => method.toUpperCase() === 'GET')) return [];
  return own(block, 'auth_basic').map((directive) =>
    wrong(
      `limit_except ${block.args.join(' ')} in the protected ${titleOf(site, location)} lets others read: ${written(directive)}`,
      takeAway(directive),
    ),
  );
}

function satisfied(site: Site, location: Location): Finding[] {
  if (!holdsAnew(site, location, 'satisfy')) return [];
  const [directive] = effective(location, 'satisfy');
  if (directive?.args[0] !== 'any' || isOurs(site, directive)) return [];
  return [
    wrong(
      `${titleOf(site, location)} lets in whom its addresses allow, without a link: satisfy any (${placeOf(site, directive)})`,
      own(location.directive, 'satisfy').length > 0 ? takeAway(directive) : 'Write into it: satisfy all;',
    ),
  ];
}
