// The files of nginx/ name the places of a production server, so that they can be read and used as they
// stand. Everything that puts them elsewhere (make run, the tests, make install) goes through here.

/** Where the parts of one installation are; folders without a final slash, `service` as host:port. */
export type Places = {
  includes: string;
  lib: string;
  etc: string;
  log: string;
  state: string;
  service: string;
};

/** What the files of nginx/ name. */
export const productionPlaces: Places = {
  includes: '/etc/nginx/tallygate',
  lib: '/usr/local/lib/tallygate',
  etc: '/etc/tallygate',
  log: '/var/log/tallygate',
  state: '/var/lib/tallygate',
  service: '127.0.0.1:8377',
};

/** The text of an NGINX file with every production place replaced, in one pass. */
export function relocate(text: string, places: Places): string {
  const names = Object.keys(productionPlaces) as (keyof Places)[];
  const pattern = names.map((name) => productionPlaces[name].replaceAll('.', '\\.')).join('|');
  return text.replace(new RegExp(`(?<![\\w.-])(?:${pattern})(?![\\w.-])`, 'g'), (found) => {
    const name = names.find((candidate) => productionPlaces[candidate] === found);
    return name ? places[name] : found;
  });
}
