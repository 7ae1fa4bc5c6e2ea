// Addresses as NGINX uses them to find a location: decoded, without arguments.

/** Whether NGINX can see such an address. It resolves `..` and `.`, and merges slashes, before it looks for a location. */
export function isNormal(address: string): boolean {
  return /^\//.test(address) && !/\/\/|\/\.{1,2}(\/|$)/.test(address);
}

/** The folder that a location is for. */
export function folderOf(pattern: string): string {
  return pattern.endsWith('/') ? pattern : `${pattern}/`;
}

/** The address of a file in that folder. */
export function below(pattern: string): string {
  return `${folderOf(pattern)}x`;
}
