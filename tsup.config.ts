import { defineConfig, type Options } from 'tsup'

type Config = Options | Options[] | ((overrides: Options) => Options | Options[] | Promise<Options | Options[]>)

const config: Config = defineConfig({
  entry: {
    index: 'src/index.ts',
    events: 'src/events/index.ts',
    random: 'src/random/index.ts',
    testing: 'src/testing/index.ts',
  },
  format: 'esm',
  target: 'es2022',
  platform: 'neutral',
  // Entry points share chunks, so that a class is the same class through every door.
  splitting: true,
  treeshake: true,
  metafile: true,
  clean: true,
  // tsup still sets an option that TypeScript 6 deprecates.
  dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
})

export default config
