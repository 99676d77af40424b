import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { expect, it } from 'vitest'

/** The rules that a made-up source tree breaks. */
function broken(tree: Record<string, string>): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'indistinct-floors-'))
  try {
    writeFileSync(join(folder, 'tsconfig.json'), '{ "compilerOptions": { "allowImportingTsExtensions": true, "noEmit": true } }')
    for (const [path, code] of Object.entries(tree)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), code)
    }
    const cruise = resolve('node_modules/dependency-cruiser/bin/dependency-cruise.mjs')
    const config = resolve('.dependency-cruiser.cjs')
    let report: string
    try {
      report = execFileSync(process.execPath, [cruise, 'src', '--config', config, '--output-type', 'json'], {
        cwd: folder,
        encoding: 'utf8',
      })
    } catch (error) {
      report = (error as { stdout: string }).stdout
    }
    const { summary } = JSON.parse(report) as { summary: { violations: { rule: { name: string } }[] } }
    return summary.violations.map(({ rule }) => rule.name).sort()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

it('imports that go down pass', () => {
  expect(
    broken({
      'src/errors.ts': 'export const a = 1',
      'src/numeric/x.ts': "import { a } from '../errors.ts'\nexport const b = a",
      'src/random/y.ts': "import { b } from '../numeric/x.ts'\nexport const c = b",
    }),
  ).toEqual([])
})

it('imports that go up, sideways, around or outside do not', () => {
  expect(
    broken({
      'src/errors.ts': "import '../src/numeric/x.ts'",
      'src/numeric/x.ts': "import type { c } from '../random/y.ts'\nexport const b: typeof c = 1",
      'src/random/y.ts': "import 'node:crypto'\nimport '../events/e.ts'\nexport const c = 1",
      'src/events/e.ts': "export { f } from './f.ts'",
      'src/events/f.ts': "import './e.ts'\nexport const f = 1",
      'src/accounting/a.ts': "import '../random/y.ts'",
      'src/attic/z.ts': 'import "../errors.ts"',
    }),
  ).toEqual([
    'floor-of-accounting',
    'floor-of-errors',
    'floor-of-numeric',
    'floor-of-random',
    'known-rooms-only',
    'no-circular',
    'runs-everywhere',
  ])
})
