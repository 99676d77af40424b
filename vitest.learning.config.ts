import { defineConfig, type ViteUserConfig } from 'vitest/config'

/** The audits of training runs at full size: 20 times the canaries of `npm test`, and what they prove is printed. */
const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/tfjs-learning/**/*.test.ts'],
    setupFiles: ['test/setup.ts'],
    reporters: ['default', './test/plain-summary.ts'],
    env: { AUDIT_SCALE: process.env['AUDIT_SCALE'] ?? '20', TELL: '1' },
    testTimeout: 1_800_000,
    fileParallelism: false,
  },
})

export default config
