// How much of an address a prefix keeps: enough to tell a network, too little to tell a household.

/**
 * The prefix, as `203.0.113.0/24` or `2001:db8:85a3::/48`; '' for what is no address.
 * @param bound the address's bound form (link/address.ts)
 */
export function networkOf(bound: string): string {
  if (bound.indexOf(':') < 0) {
    const dot = bound.lastIndexOf('.');
    return dot < 0 ? '' : `${bound.slice(0, dot)}.0/24`;
  }
  // `bound` is the /64: at most four groups before the gap.
  const groups = bound.slice(0, bound.indexOf('::')).split(':').slice(0, 3);
  while (groups.length > 0 && (groups[groups.length - 1] === '0' || groups[groups.length - 1] === ''))
    groups.pop();
  return `${groups.join(':')}::/48`;
}
