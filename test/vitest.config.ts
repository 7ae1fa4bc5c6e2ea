import { configDefaults, defineConfig } from 'vitest/config';

// `make coverage`: the folder that programs and NGINX write what they reached to.
const coverage = process.env.COVERAGE;

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
    // One more than CI has cores: tests often wait for servers.
    maxWorkers: 3,
    ...(coverage && {
      env: { NODE_V8_COVERAGE: coverage },
      // 200,000 requests, of which each writes down every statement: half an hour for what other files reach, too.
      exclude: [...configDefaults.exclude, 'gate/fuzz.test.ts'],
      coverage: {
        enabled: true,
        provider: 'custom' as const,
        customProviderModule: './coverage/provider.mjs',
        include: ['app/**/*.{ts,tsx}', 'njs/**/*.ts'],
        allowExternal: true,
        reporter: [['text', { maxCols: 140 }], 'html'],
        reportsDirectory: '../dist/coverage',
        reportOnFailure: true,
      },
    }),
    setupFiles: process.env.CPU === '1' ? ['harness/cpu.ts'] : [],
    reporters: ['default', './harness/closing-line.ts'],
  },
});
