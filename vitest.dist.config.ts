import { defineConfig, type ViteUserConfig } from 'vitest/config'

/** The tests of the packed tarball, as a stranger installs it. They want `npm run build` to have run. */
const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/dist/**/*.test.ts'],
    globalSetup: ['test/dist/install.ts'],
    reporters: ['default', './test/plain-summary.ts'],
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
})

export default config
