import type { Reporter, TestModule } from 'vitest/node'

/** Ends a run with one plain line that any CI can read: `812 passed, 0 failed`. */
export class PlainSummary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = { passed: 0, failed: errors.length, skipped: 0, pending: 0 }
    for (const module of modules) {
      for (const test of module.children.allTests()) count[test.result().state]++
      // A file that fails to load has no tests to fail.
      count.failed += module.errors().length
    }
    // After the default reporter's own last line.
    process.on('exit', () => {
      const skipped = count.skipped + count.pending
      console.log(`\n${count.passed} passed, ${count.failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
    })
  }
}

// biome-ignore lint/style/noDefaultExport: vitest loads a reporter file by its default export
export default PlainSummary
