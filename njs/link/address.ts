// The part of a client's address that a link is bound to and that a visitor is known by: the whole of an IPv4 address,
// the /64 of an IPv6 one (clients change its lower half within hours, for privacy).

/**
 * The bound form of an address: `203.0.113.9`, `2001:db8:85a3:1234::/64`; '' for what is no address (a unix
 * socket's `unix:`).
 * @param address as NGINX's $remote_addr: IPv6 in lower case and compressed, IPv4-mapped as `::ffff:1.2.3.4`
 */
export function addressBinding(address: string): string {
  if (address.indexOf('.') >= 0) return address.slice(address.lastIndexOf(':') + 1);
  const gap = address.indexOf('::');
  const head = gap < 0 ? address : address.slice(0, gap);
  let groups = head === '' ? [] : head.split(':');
  if (gap < 0) {
    if (groups.length !== 8) return '';
  } else {
    const behind = address.slice(gap + 2).split(':');
    while (groups.length + behind.length < 8) groups.push('0');
    groups = groups.concat(behind);
  }
  // The upper half; its trailing zeros join the gap, as RFC 5952 writes the network's address.
  let length = 4;
  while (groups[length - 1] === '0') length--;
  return `${groups.slice(0, length).join(':')}::/64`;
}
