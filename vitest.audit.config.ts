import { defineConfig, type ViteUserConfig } from 'vitest/config'

/** The audits at full size: 25 times the draws of `npm test`, of all that the front door releases. */
const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/audit/**/*.test.ts'],
    setupFiles: ['test/setup.ts'],
    reporters: ['default', './test/plain-summary.ts'],
    env: { AUDIT_SCALE: process.env['AUDIT_SCALE'] ?? '25' },
    testTimeout: 1_800_000,
    fileParallelism: false,
  },
})

export default config
