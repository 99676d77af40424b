import { defineConfig, type Options } from 'tsup'

type Config = Options | Options[] | ((overrides: Options) => Options | Options[] | Promise<Options | Options[]>)

/** What users import. The command line is beside it, and no types are made of it. */
const doors = {
  index: 'src/index.ts',
  events: 'src/events/index.ts',
  random: 'src/random/index.ts',
  testing: 'src/testing/index.ts',
}

const config: Config = defineConfig({
  entry: { ...doors, cli: 'src/cli/main.ts' },
  format: 'esm',
  target: 'es2022',
  platform: 'neutral',
  // Only the command line imports any.
  external: [/^node:/],
  // Entry points share chunks, so that a class is the same class through every door.
  splitting: true,
  treeshake: true,
  metafile: true,
  clean: true,
  // tsup still sets an option that TypeScript 6 deprecates.
  dts: { entry: doors, compilerOptions: { ignoreDeprecations: '6.0' } },
})

export default config
