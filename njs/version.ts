// Refuses versions of njs that cannot run this. It cannot be done when NGINX starts: no engine runs a module before the
// first request. So each handler refuses, with the reason in the error log.

type Handlers = {
  [name in 'gate' | 'visitor']: () => never;
} & { rare: { [name in (typeof rare)[number]]: () => never } };

const rare = ['denied', 'mint', 'network', 'otherCookies', 'probe', 'record', 'refused'] as const;

/** Handlers that throw the reason. The gate is then closed, and NGINX writes the records. */
export function refusing(version: number | undefined): Handlers {
  const refuse = () => {
    if (version === 0x000902)
      throw new Error('njs 0.9.2 uses freed memory when it writes logs: install 0.9.3 or newer');
    // Versions before 0.7.4 have no number.
    throw new Error('Tallygate needs njs 0.7.9 or newer');
  };
  return {
    gate: refuse,
    visitor: refuse,
    rare: rare.reduce(
      (handlers, name) => Object.assign(handlers, { [name]: refuse }),
      {},
    ) as Handlers['rare'],
  };
}
