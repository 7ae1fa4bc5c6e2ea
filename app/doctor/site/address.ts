// Addresses as NGINX looks for a location with: decoded, without arguments.

/** Whether NGINX could have such an address: it resolves `..` and `.` and merges slashes before it looks. */
export function isNormal(address: string): boolean {
  return /^\//.test(address) && !/\/\/|\/\.{1,2}(\/|$)/.test(address);
}

/** A file's address below one that ends in a slash, or not. */
export function below(prefix: string): string {
  return prefix.endsWith('/') ? `${prefix}x` : `${prefix}/x`;
}
