// `import text from './file.css?raw'` gives the file's text: app/build.mjs and vitest both do so.
declare module '*?raw' {
  const text: string;
  // biome-ignore lint/style/noDefaultExport: the form that vitest's own loader has
  export default text;
}
