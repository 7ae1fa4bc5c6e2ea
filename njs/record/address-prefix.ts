// What of an address is kept when the operator keeps prefixes: enough for a network, too little for a household.

/**
 * `203.0.113.0/24`, `2001:db8:85a3::/48`; '' for what is no address.
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
