import { defineConfig, type Options } from 'tsup'

type Config = Options | Options[] | ((overrides: Options) => Options | Options[] | Promise<Options | Options[]>)

const accounting = 'src/accounting/index.ts'
/** What else users import. The command line is beside it, and no types are made of it. */
const doors = {
  index: 'src/index.ts',
  events: 'src/events/index.ts',
  random: 'src/random/index.ts',
  testing: 'src/testing/index.ts',
}

// tsup still sets an option that TypeScript 6 deprecates.
const compilerOptions = { ignoreDeprecations: '6.0' }

const code: Options = {
  entry: { ...doors, accounting, cli: 'src/cli/main.ts' },
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
  dts: { entry: doors, compilerOptions },
}

// Bundled with the others, its types would move those of events to a chunk from which the bundler can't make the front door's
// namespace `events`: it takes them for values. Types of plain data lose nothing by being written twice.
const types: Options = { entry: { accounting }, format: 'esm', dts: { only: true, compilerOptions } }

const config: Config = defineConfig([code, types])

export default config
