// Files that a program holds as text. app/build.mjs and vitest both read these imports so.

/** The file as it is. */
declare module '*?raw' {
  const text: string;
  // biome-ignore lint/style/noDefaultExport: the form that vitest's own loader has
  export default text;
}

/** A stylesheet, joined with all it imports. */
declare module '*.css?inline' {
  const text: string;
  // biome-ignore lint/style/noDefaultExport: the form that vitest's own loader has
  export default text;
}
