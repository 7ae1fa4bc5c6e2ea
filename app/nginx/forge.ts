// A link that nobody signed, for whoever wants to see it refused.

/** The link with the first character of its signature changed. */
export function forge(link: string): string {
  return link.replace(/([?&]s=)(.)/, (_, name: string, first: string) => name + (first === 'A' ? 'B' : 'A'));
}
