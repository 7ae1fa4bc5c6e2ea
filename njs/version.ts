// Which njs this runs on. Neither NGINX nor njs can be told to refuse a version, so we do: at load where the engine
// runs a module's top level then (NGINX does not start), otherwise with each request (403, and a line in the log).

/** @throws Error with the reason why this version is refused */
export function refuseVersion(version: number | undefined): never {
  if (version === 0x000902)
    throw new Error('njs 0.9.2 uses freed memory when it writes logs: install 0.9.3 or newer');
  // Versions before 0.7.4 do not say which they are.
  throw new Error('Tallygate needs njs 0.7.9 or newer');
}
