// Ways around the gate inside NGINX: subrequests, and locations that are internal.

import { type Directive, walk, written } from '../../../nginx/tree.ts';
import { type Finding, warning } from '../../finding.ts';
import { effective, gatedOf, gateOf, includedIn, own } from '../blocks.ts';
import { isOurs, type Location, placeOf, type Server, type Site, titleOf } from '../model.ts';

/** NGINX makes no access checks for subrequests. A page can include any file that refuse.conf does not hold back. */
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

/** An inner location inherits only the access check of the gate, which subrequests skip. */
function leansOnAccess(site: Site, location: Location): boolean {
  return gateOf(site, location) !== location;
}

/** A link in a path is rewritten, and NGINX opens internal locations to a rewritten request. */
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

/** Without pages.conf a person who is refused sees NGINX's own page. */
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
