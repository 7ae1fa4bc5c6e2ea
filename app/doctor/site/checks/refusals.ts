// A site's error page for refused requests must not lead to the file itself.

import { type Directive, written } from '../../../nginx/tree.ts';
import { type Finding, wrong } from '../../finding.ts';
import { below } from '../address.ts';
import { effective, gatedOf, gateOf, includedIn, opennessOf } from '../blocks.ts';
import { locate } from '../locate.ts';
import { isOurs, type Location, type Site, titleOf } from '../model.ts';
import { resourcesOf } from '../resource.ts';

export function answeredAfterAll(site: Site): Finding[] {
  return gatedOf(site).flatMap((location) =>
    effective(location, 'error_page')
      .filter((directive) => !isOurs(site, directive) && isForRefused(site, location, directive))
      .filter((directive) => sendsTheFile(site, location, directive))
      .map((directive) =>
        wrong(
          `${titleOf(site, location)} sends its files to whom the gate refuses: ${written(directive)}`,
          `Leave the refusals out of it: ${written(withoutRefusals(directive))}`,
        ),
      ),
  );
}

/** For 403 and 410 the gate's own pages win over those of the site. For 401 and 405 it has none. */
function isForRefused(site: Site, location: Location, { args }: Directive): boolean {
  const hasPages = includedIn(site, location.server.directive).includes('pages.conf');
  const refused = hasPages && gateOf(site, location) === location ? /^40[15]$/ : /^(401|403|405|410)$/;
  return args.slice(0, -1).some((arg) => refused.test(arg));
}

function sendsTheFile(site: Site, location: Location, { args }: Directive): boolean {
  const address = location.kind === 'regex' ? location.regex?.examples('/')[0] : exampleOf(location);
  if (address === undefined) return false;
  const to = (args.at(-1) ?? '')
    .replace(/\?.*$/s, '')
    .replace(/\$(uri|document_uri|request_uri)\b/g, address);
  if (to.includes('$') || !/^[@/]/.test(to)) return false;
  const named = location.server.all.find(({ kind, pattern }) => kind === 'named' && pattern === to);
  const target = named ?? (to.startsWith('/') ? locate(location.server, to) : undefined);
  if (!target || gateOf(site, target)) return false;
  // A request that NGINX itself redirected may enter internal locations.
  if (!named && !['open', 'counted', 'closed'].includes(opennessOf(site, target))) return false;
  const files = resourcesOf(site, location, address);
  return resourcesOf(site, target, named ? address : to).some((resource) => files.includes(resource));
}

const exampleOf = ({ kind, pattern }: Location) => (kind === 'exact' ? pattern : below(pattern));

function withoutRefusals({ name, args, ...rest }: Directive): Directive {
  const kept = args.filter((arg) => !/^(401|403|405|410)$/.test(arg));
  return { ...rest, name, args: kept.length > 1 && /^\d/.test(kept[0] ?? '') ? kept : ['404', ...kept] };
}
