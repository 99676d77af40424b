/**
 * Writes the type declarations of every entry point into dist/types, file by file as they are in src: what is the same type there is the same type for
 * a user, through whichever door. (Bundled declarations split shared types into chunks, and the front door's namespace of events came out broken.)
 */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { doors } from '../tsup.config.ts'

const out = join('dist', 'types')
rmSync(out, { recursive: true, force: true })
const compiler = join('node_modules', 'typescript', 'bin', 'tsc')
const settings = [
  '--ignoreConfig',
  '--emitDeclarationOnly',
  '--declaration',
  '--outDir',
  out,
  '--rootDir',
  'src',
  '--stripInternal',
]
const language = [
  '--target',
  'es2022',
  '--lib',
  'es2023,esnext.disposable',
  '--module',
  'esnext',
  '--moduleResolution',
  'bundler',
  '--types',
  'node',
]
const checks = ['--strict', '--exactOptionalPropertyTypes', '--allowImportingTsExtensions', '--skipLibCheck']
execFileSync(process.execPath, [compiler, ...settings, ...language, ...checks, ...Object.values(doors)], { stdio: 'inherit' })

for (const name of readdirSync(out, { recursive: true, encoding: 'utf8' })) {
  if (!name.endsWith('.d.ts')) continue
  const file = join(out, name)
  const text = readFileSync(file, 'utf8')
  // The compiler leaves extensions as they are written; the files beside it end in .d.ts, which .js stands for.
  const linked = text.replace(/((?:from|import\() ?')(\.[^']*)\.ts'/g, "$1$2.js'")
  // The account of a module at its head is for its readers; what users see at a name stands at the name.
  writeFileSync(file, linked.replace(/^\/\*\*[\s\S]*?@module[\s\S]*?\*\/\n/, ''))
}
