import { defineConfig, type Options } from 'tsup'

/** What users import. */
export const doors: Readonly<Record<string, string>> = {
  index: 'src/index.ts',
  accounting: 'src/accounting/index.ts',
  events: 'src/events/index.ts',
  random: 'src/random/index.ts',
  testing: 'src/testing/index.ts',
  tfjs: 'src/tfjs/index.ts',
}

const config: Options = {
  // The command line is beside the doors.
  entry: { ...doors, cli: 'src/cli/main.ts' },
  format: 'esm',
  target: 'es2022',
  platform: 'neutral',
  // Only the command line imports any of the first, only tfjs the second.
  external: [/^node:/, /^@tensorflow\//],
  // Entry points share chunks, so that a class is the same class through every door.
  splitting: true,
  treeshake: true,
  metafile: true,
  clean: true,
  // Types are written by scripts/declarations.ts.
  dts: false,
}

export default defineConfig(config) as Options
