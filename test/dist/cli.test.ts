import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { runtimes } from './runtimes.ts'

const consumer = inject('consumer')
const line = ['epsilon', '--examples', '60000', '--batch', '256', '--epochs', '60', '--noise', '1.1', '--delta', '1e-5']

describe('the command line, as installed', () => {
  it('is on the path of npm scripts', () => {
    const bin = join(consumer, 'node_modules', '.bin', process.platform === 'win32' ? 'indistinct.cmd' : 'indistinct')
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
    expect(execFileSync(bin, ['--version'], { encoding: 'utf8' }).trim()).toBe(version)
  })
  it.each(runtimes())('answers under $name', ({ path }) => {
    const out = execFileSync(path, ['node_modules/indistinct/dist/cli.js', ...line, '--json'], {
      cwd: consumer,
      encoding: 'utf8',
    })
    expect(JSON.parse(out)).toMatchObject({ command: 'epsilon', samplingAssumed: true, sampling: 'poisson' })
    expect((JSON.parse(out) as { upper: number }).upper).toBeCloseTo(2.38169, 4)
  })
})
