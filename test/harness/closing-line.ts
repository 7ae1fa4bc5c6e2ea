// The end of a test run: what failed, by name, and last of all `N passed, N failed`, for CI to read.

import type { Reporter, TestModule, TestRunEndReason } from 'vitest/node';

export default class ClosingLine implements Reporter {
  onTestRunEnd(
    modules: readonly TestModule[],
    unhandledErrors: readonly unknown[],
    reason: TestRunEndReason,
  ): void {
    const failed: string[] = [];
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      // A file that cannot be loaded has no tests, and must not pass for that.
      if (module.errors().length > 0) {
        count.failed += 1;
        failed.push(module.relativeModuleId);
      }
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        count[state === 'pending' ? 'failed' : state] += 1;
        if (state === 'failed' || state === 'pending')
          failed.push(`${module.relativeModuleId} > ${test.fullName}`);
      }
    }
    // A run that failed outside of any test, in the global set-up say.
    if (reason === 'failed' && count.failed === 0) count.failed = 1;
    const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : '';
    // After the default reporter's summary, which is printed in the same turn.
    process.once('exit', () =>
      process.stdout.write(
        `${failed.map((name) => `failed: ${name}\n`).join('')}${count.passed} passed, ${count.failed} failed${skipped}\n`,
      ),
    );
  }
}
