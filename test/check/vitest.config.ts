import { defineConfig } from 'vitest/config';

// What `make check` holds the project's files to: nothing is started, nothing is asked over the network.
export default defineConfig({
  cacheDir: '../../node_modules/.vite',
  test: {
    root: import.meta.dirname,
    include: ['*.check.ts'],
    css: true,
    // One process for all of it: starting others would be most of the time.
    pool: 'threads',
    isolate: false,
    maxWorkers: 1,
    testTimeout: 60_000,
    reporters: ['dot'],
  },
});
