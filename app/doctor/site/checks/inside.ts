// Ways inside NGINX that lead past what a request from outside meets: subrequests, and locations that are internal.

import { type Directive, walk, written } from '../../../nginx/tree.ts';
import { type Finding, warning } from '../../finding.ts';
import { effective, gatedOf, gateOf, includedIn, own } from '../blocks.ts';
import { isOurs, type Location, placeOf, type Server, type Site, titleOf } from '../model.ts';

/** NGINX asks no access checks of subrequests: what a page includes is sent, unless refuse.conf stands before it. */
export function bySubrequest(site: Site): Finding[] {
  return site.servers.flatMap((server) => {
    const maker = makerOf(site, server);
    if (!maker) return [];
    return gatedOf(site)
      .filter((location) => location.server === server && leansOnAccess(site, location))
      .map((location) =>
        warning(
          `pages of this server may include files of ${titleOf(site, location)} without a link: ${written(maker)} (${placeOf(site, maker)})`,
          `If others write its pages: ${maker.name === 'ssi' ? 'ssi off;' : `take away ${maker.name}`}, or write into the location: include tallygate/protect.conf;`,
        ),
      );
  });
}

function makerOf(site: Site, { directive, rest }: Server): Directive | undefined {
  const inside = [...walk(directive.block ?? [])].map(({ directive: one }) => one);
  const outside = own(rest.chain.at(-1) ?? directive, 'ssi', 'add_before_body', 'add_after_body');
  return [...inside, ...outside].find(
    (one) =>
      /^(ssi|add_before_body|add_after_body)$/.test(one.name) &&
      /^(on|\/)/.test(one.args[0] ?? '') &&
      !isOurs(site, one),
  );
}

/** An inner location has the gate's decision alone, and a strict one asks for the limit so. */
function leansOnAccess(site: Site, location: Location): boolean {
  return gateOf(site, location) !== location;
}

/** A link in a path is rewritten, and what was rewritten may go where only NGINX itself may. */
export function openToSegments(site: Site): Finding[] {
  return gatedOf(site)
    .filter(({ server }) => includedIn(site, server.directive).includes('segments.conf'))
    .filter((location) => effective(location, 'internal').length > 0)
    .map((location) =>
      warning(
        `${titleOf(site, location)} is internal, and links in a path (segments.conf) get there all the same`,
        'If it is for the application alone, take the gate away from it, and write: include tallygate/record.conf;',
      ),
    );
}

/** Without pages.conf there is nothing to show to a person but NGINX's own page. */
export function withoutPages(site: Site): Finding[] {
  const servers = new Set(gatedOf(site).map(({ server }) => server));
  return [...servers]
    .filter((server) => !includedIn(site, server.directive).includes('pages.conf'))
    .map(({ directive }) =>
      warning(
        `whoever is refused sees NGINX's own page in the server at ${placeOf(site, directive)}`,
        'Write into the server: include tallygate/service.conf; or, where no service is to be reached: include tallygate/pages.conf;',
      ),
    );
}
