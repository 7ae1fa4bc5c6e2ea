import { expect, test } from 'vitest';
import { placesIn } from '../../app/nginx/lay-out.ts';
import { relocate } from '../../app/nginx/relocate.ts';

const places = placesIn('/srv/t', '127.0.0.1:5');

test('every production place is replaced, and nothing that only begins like one', () => {
  const text = `include /etc/nginx/tallygate/x.conf; include /etc/tallygate/keys.conf;
js_import t from /usr/local/lib/tallygate/njs/tallygate.js; access_log /var/log/tallygate/downloads.log;
if (-f /var/lib/tallygate/deny/t/x) {} server 127.0.0.1:8377; /etc/tallygate-other/x 127.0.0.1:83770 /srv/etc/tallygate/x`;
  expect(relocate(text, places)).toBe(`include /srv/t/tallygate/x.conf; include /srv/t/etc/keys.conf;
js_import t from /srv/t/lib/njs/tallygate.js; access_log /srv/t/log/downloads.log;
if (-f /srv/t/state/deny/t/x) {} server 127.0.0.1:5; /etc/tallygate-other/x 127.0.0.1:83770 /srv/etc/tallygate/x`);
});

test('a place that another contains is not replaced twice', () => {
  const nested = { ...places, etc: '/var/log/tallygate/etc' };
  expect(relocate('/etc/tallygate/keys.conf', nested)).toBe('/var/log/tallygate/etc/keys.conf');
});
