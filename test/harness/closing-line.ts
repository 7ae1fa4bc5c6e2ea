// The end of a test run: what failed, by name, and last of all `N passed, N failed`, for CI to read.

import type { Reporter, TestModule, TestRunEndReason } from 'vitest/node';

export default class ClosingLine implements Reporter {
  onTestRunEnd(
    modules: readonly TestModule[],
    unhandledErrors: readonly unknown[],
    reason: TestRunEndReason,
  ): void {
    sayCosts(modules);
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

/** With CPU=1: what each folder and each file cost, in CPU seconds. */
function sayCosts(modules: readonly TestModule[]): void {
  const files = modules.map((module) => ({ name: module.relativeModuleId, cpu: module.meta().cpu ?? 0 }));
  const sum = files.reduce((total, { cpu }) => total + cpu, 0);
  if (sum === 0) return;
  const folders = new Map<string, number>();
  for (const { name, cpu } of files) {
    const folder = name.replace(/\/.*/, '/');
    folders.set(folder, (folders.get(folder) ?? 0) + cpu);
  }
  const table = (costs: { name: string; cpu: number }[]) =>
    costs
      .sort((a, b) => b.cpu - a.cpu)
      .map(({ name, cpu }) => `${cpu.toFixed(1).padStart(8)}  ${name}\n`)
      .join('');
  const ofFolders = table([...folders].map(([name, cpu]) => ({ name, cpu })));
  process.stdout.write(`\nCPU seconds, ${sum.toFixed(0)} in all:\n${ofFolders}\n${table(files)}`);
}
