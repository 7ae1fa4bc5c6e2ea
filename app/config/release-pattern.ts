/**
 * Whether a text is a regular expression with exactly one group: what the group finds in a path is its release. PostgreSQL
 * matches it (`substring(path from pattern)`), so it may still refuse what only JavaScript knows.
 */
export function isReleasePattern(text: string): boolean {
  try {
    // An alternative that always matches shows how many groups there are.
    return new RegExp(`${text}|`).exec('')?.length === 2;
  } catch {
    return false;
  }
}
