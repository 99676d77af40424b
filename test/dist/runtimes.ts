import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

/** Another JavaScript runtime, from its npm package, pinned. */
export type Runtime = { readonly name: string; readonly path: string }

const platform = `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
const executable = process.platform === 'win32' ? '.exe' : ''

const wanted: readonly { name: string; packageName: string; version: string; binary: string }[] = [
  { name: 'node 22', packageName: `node-${platform}`, version: '22.23.3', binary: `bin/node${executable}` },
  { name: 'node 24', packageName: `node-${platform}`, version: '24.9.0', binary: `bin/node${executable}` },
  // JavaScriptCore instead of V8: another engine's arithmetic and another engine's modules.
  { name: 'bun', packageName: `@oven/bun-${platform}`, version: '1.4.5', binary: `bin/bun${executable}` },
]

/** The Node that runs the tests, and Node 22, Node 24 and Bun, downloaded once into .cache. */
export function runtimes(): readonly Runtime[] {
  return [
    { name: `node ${process.versions.node.split('.')[0]} (this one)`, path: process.execPath },
    ...wanted.map(({ name, packageName, version, binary }) => {
      const folder = join(process.cwd(), '.cache', 'runtimes', name.replace(' ', '-'))
      const path = join(folder, 'node_modules', packageName, binary)
      if (!existsSync(path)) {
        mkdirSync(folder, { recursive: true })
        const install = ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', `${packageName}@${version}`]
        execFileSync('npm', install, { stdio: 'pipe' })
      }
      return { name, path }
    }),
  ]
}
