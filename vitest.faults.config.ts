import { defineConfig, type ViteUserConfig } from 'vitest/config'

/** The ledger under a thousand kills of real processes: `KILLS=5000` for more of them. */
const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/faults/**/*.faults.ts'],
    setupFiles: ['test/setup.ts'],
    reporters: ['default', './test/plain-summary.ts'],
    testTimeout: 3_600_000,
  },
})

export default config
