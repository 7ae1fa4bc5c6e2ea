import { defineConfig } from 'vitest/config';

export default defineConfig({
  cacheDir: '../node_modules/.vite',
  test: {
    root: import.meta.dirname,
    include: ['**/*.test.ts'],
    globalSetup: ['harness/global-setup.ts'],
    // Stylesheets are read (`?inline`); without this they would be empty.
    css: true,
    // Real servers start and stop inside tests: room for a slow shared machine, not a measure of speed.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    maxWorkers: 2,
    reporters: ['default', './harness/closing-line.ts'],
  },
});
