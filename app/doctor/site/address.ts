// Addresses as NGINX looks for a location with: decoded, without arguments.

/** Whether NGINX could have such an address: it resolves `..` and `.` and merges slashes before it looks. */
export function isNormal(address: string): boolean {
  return /^\//.test(address) && !/\/\/|\/\.{1,2}(\/|$)/.test(address);
}

/** The folder that a location's address is, or stands for. */
export function folderOf(pattern: string): string {
  return pattern.endsWith('/') ? pattern : `${pattern}/`;
}

/** A file's address in it. */
export function below(pattern: string): string {
  return `${folderOf(pattern)}x`;
}
