import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'

/** Ways to get hold of an inexact or predictable function, with NAME for its name. */
const evasions = [
  'export const a = Math.NAME(1)',
  'export const { NAME } = Math',
  'export const { NAME: b } = Math',
  "export const c = Math['NAME'](1)",
  'export const d = Math[`NAME`](1)',
  'export const e = Math?.NAME(1)',
  'export const f = (Math).NAME(1)',
  'export const g = (Math as never as { NAME(): 1 }).NAME()',
  'export const h = Math!.NAME(1)',
  'export const i = Math.floor(Math.NAME(1))',
  'const m = Math\nexport const j = m.NAME(1)',
  'export const k = globalThis.Math.NAME(1)',
  "export const l = globalThis['Math'].NAME(1)",
  'export const n = globalThis[`Math`].NAME(1)',
  'const { Math: o } = globalThis\nexport const p = o.NAME(1)',
  'export function q() {\n  const { Math } = globalThis\n  return Math.floor(1)\n}',
  "const { ['Math']: r } = globalThis\nexport const s = r.NAME(1)",
  "export const t = Reflect.get(globalThis, 'Math').NAME(1)",
  'export const u = { Math }',
  'export const v = [Math].map((w) => w.NAME(1))',
]
const powers = ['export const x = 2 ** 3', 'export let y = 2\ny **= 3', 'export const z = (b: number) => b ** 0.5']
const allowed = [
  'export const a = Math.floor(Math.sqrt(2)) + Math.min(Math.abs(-1), Math.clz32(1)) + Math.round(0.5)',
  "export const words = 'Math is exact'\nexport const Mathematics = 1",
]

const rules = { random: 'no-math-random', exp: 'no-inexact-math', pow: 'no-inexact-math', sin: 'no-inexact-math' } as const

/** Runs one rule over snippets, one file each, and says which files it complains of. */
function complaints(rule: string, snippets: readonly string[]): Set<number> {
  const folder = mkdtempSync(join(tmpdir(), 'indistinct-lint-'))
  folders.push(folder)
  const plugins = [resolve('lint', `${rule}.grit`)]
  writeFileSync(join(folder, 'biome.json'), JSON.stringify({ linter: { rules: { preset: 'none' } }, plugins }))
  snippets.forEach((snippet, i) => {
    writeFileSync(join(folder, `snippet-${i}.ts`), `${snippet}\n`)
  })
  const run = spawnSync(
    resolve('node_modules/.bin/biome'),
    ['lint', '--colors=off', '--max-diagnostics=none', '--reporter=github'],
    {
      cwd: folder,
      encoding: 'utf8',
    },
  )
  const output = run.stdout + run.stderr
  if (run.error !== undefined || output.includes('loading of plugins')) throw run.error ?? new Error(output)
  return new Set(Array.from(output.matchAll(/snippet-(\d+)\.ts/g), ([, i]) => Number(i)))
}
const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

describe('the lint of samplers', () => {
  it.each(Object.entries(rules))('sees every way to Math.%s', (name, rule) => {
    const snippets = evasions.map((evasion) => evasion.replaceAll('NAME', name))
    expect([...complaints(rule, snippets)].sort((a, b) => a - b)).toEqual(snippets.map((_, i) => i))
  })
  it('sees powers of doubles, and lets exact functions pass', () => {
    expect([...complaints('no-inexact-math', [...powers, ...allowed])].sort()).toEqual([0, 1, 2])
    const elsewhere = [...allowed, 'export const e = Math.exp(1) + Math.log(2) + 2 ** 0.5']
    expect([...complaints('no-math-random', [...elsewhere, 'Math.random()'])]).toEqual([elsewhere.length])
  })
  it('watches over this room', () => {
    const { overrides } = JSON.parse(readFileSync('biome.json', 'utf8')) as {
      overrides: { includes: string[]; plugins?: string[] }[]
    }
    const pluginsFor = (folder: string): string[] =>
      overrides.flatMap(({ includes, plugins }) => (includes.includes(folder) ? (plugins ?? []) : []))
    expect(pluginsFor('src/**')).toContain('./lint/no-math-random.grit')
    expect(pluginsFor('src/random/**')).toContain('./lint/no-inexact-math.grit')
    // Nor does anything inexact come in from another room: nothing is imported but errors, guards and exact rationals.
    for (const file of readdirSync('src/random')) {
      for (const [, from] of readFileSync(join('src/random', file), 'utf8').matchAll(
        /^(?:import|export)[^']* from '([^']+)'$/gm,
      )) {
        expect(from).toMatch(/^(\.\/[a-z-]+\.ts|\.\.\/(errors|guard|numeric\/rational)\.ts)$/)
      }
    }
  })
})
