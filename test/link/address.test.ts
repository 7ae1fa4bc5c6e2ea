// What a link is bound to: the same from what people write as from what NGINX says.

import { expect, test } from 'vitest';
import { boundAddress } from '../../app/link/address.ts';
import { addressBinding } from '../../njs/link/address.ts';
import { networkOf } from '../../njs/record/address-prefix.ts';

test.each([
  ['203.0.113.9', '203.0.113.9', '203.0.113.0/24'],
  ['::ffff:203.0.113.9', '203.0.113.9', '203.0.113.0/24'],
  ['2001:db8:85a3:1234::1', '2001:db8:85a3:1234::/64', '2001:db8:85a3::/48'],
  ['2001:db8:85a3:1234:5:6:7:8', '2001:db8:85a3:1234::/64', '2001:db8:85a3::/48'],
  ['2001:db8::1', '2001:db8::/64', '2001:db8::/48'],
  ['2001:db8:0:1::5', '2001:db8:0:1::/64', '2001:db8::/48'],
  ['2001:0:0:1::5', '2001:0:0:1::/64', '2001::/48'],
  ['1::5:6:7:8', '1::/64', '1::/48'],
  // Behind the gap stands a part of the upper half, too.
  ['1::4:5:6:7:8', '1:0:0:4::/64', '1::/48'],
  ['1::3:4:5:6:7:8', '1:0:3:4::/64', '1:0:3::/48'],
  ['::4:5:6:7:8', '0:0:0:4::/64', '::/48'],
  ['::1', '::/64', '::/48'],
  ['::', '::/64', '::/48'],
  ['1:2:3:4:5:6:7::', '1:2:3:4::/64', '1:2:3::/48'],
])('%s is bound as %s, its network is %s', (address, bound, network) => {
  expect(addressBinding(address)).toBe(bound);
  expect(boundAddress(address)).toBe(bound);
  expect(networkOf(bound)).toBe(network);
});

test('as people may write it', () => {
  expect(boundAddress('2001:0DB8:0:0::0001')).toBe('2001:db8::/64');
  expect(boundAddress('::FFFF:CB00:7109')).toBe('203.0.113.9');
  for (const none of [
    '',
    'nobody',
    '203.0.113',
    '203.0.113.256',
    'fe80::1%eth0',
    '1::2::3',
    '203.0.113.9/32',
  ])
    expect(boundAddress(none)).toBeUndefined();
});

test('what is no address has no binding', () => {
  for (const none of ['', 'nobody', 'unix:', '1:2:3', '1:2:3:4:5:6:7:8:9'])
    expect(addressBinding(none)).toBe('');
});
