import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { watched } from '../../src/cli/progress.ts'

/** The command line as a process of its own, from its source. */
const started = (line: string[], input?: string) =>
  spawnSync(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', ...line], {
    encoding: 'utf8',
    ...(input === undefined ? {} : { input }),
    env: { ...process.env, NO_COLOR: undefined, NODE_V8_COVERAGE: undefined },
  })

const event = '{"kind":"gaussian","noiseMultiplier":2}'

describe('the program', () => {
  it('knows its version', () => {
    const { stdout, stderr, status } = started(['--version'])
    expect([stdout, stderr, status]).toEqual([
      `${(JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version}\n`,
      '',
      0,
    ])
  })
  it('reads stdin, and prints no colour into a pipe', () => {
    const { stdout, stderr, status } = started(['epsilon', '--event', '-', '--delta', '1e-5', '--json'], event)
    expect([stderr, status]).toEqual(['', 0])
    expect((JSON.parse(stdout) as { upper: number }).upper).toBeGreaterThan(1)
    expect(started(['epsilon', '--event', '-', '--delta', '1e-5'], event).stdout).not.toContain('\u001b')
  })
  it('reads a file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'indistinct cli-'))
    try {
      const file = join(folder, 'my release.json')
      writeFileSync(file, `\uFEFF${event}`)
      expect(started(['delta', '--event', file, '--epsilon', '1']).status).toBe(0)
      expect(started(['delta', '--event', folder, '--epsilon', '1'])).toMatchObject({
        status: 2,
        stdout: '',
        stderr: `indistinct: can't read ${folder}: it is a directory\n`,
      })
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
  it.each([
    [['epsilon', '--delta'], 2],
    [['epsilon', '--event', '-', '--delta', '2'], 2],
    [['epsilon', '--event', '-', '--delta', '1e-5', '--accountant', 'tight'], 1],
  ])('%o ends with one line on stderr and the exit code %i', (line, code) => {
    const { stdout, stderr, status } = started(line, '{"kind":"randomizedResponse","epsilon":1}')
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^indistinct: .*\n$/)
    expect(status).toBe(code)
  })
  it('does not mind a reader that goes away', async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', 'epsilon', '--help'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child.stdout.destroy()
    let err = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text
    })
    const code = await new Promise((resolve) => child.on('close', resolve))
    expect([err, code]).toEqual(['', 0])
  })
})

describe('progress', () => {
  const watch = (terminal: boolean, milliseconds: number) =>
    `import { watched } from './src/cli/progress.ts'
const during = watched(${terminal})
during('quick work', () => {})
const answer = during('slow work', () => { const end = performance.now() + ${milliseconds}; while (performance.now() < end); return 42 })
console.log(answer)`
  const run = (code: string) =>
    spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], { encoding: 'utf8' })

  it('says what takes more than a second, elsewhere than on a terminal in a line', () => {
    const { stdout, stderr } = run(watch(false, 2500))
    expect([stdout, stderr]).toEqual(['42\n', 'slow work ... (this takes a while)\n'])
  })
  it('takes its line off a terminal', () => {
    const { stdout, stderr } = run(watch(true, 2500))
    expect(stdout).toBe('42\n')
    expect(stripVTControlCharacters(stderr).split('\r')).toContain('slow work ... 1 s')
    expect(stderr.endsWith('\r\u001b[K')).toBe(true)
  })
  it('hands on what the work returns or throws', () => {
    const during = watched(false)
    expect(during('work', () => 42)).toBe(42)
    expect(() => during('work', () => JSON.parse('not JSON'))).toThrow(SyntaxError)
    expect(during('more work', () => 43)).toBe(43)
  })
  it('says nothing of what is quick', () => {
    const { stdout, stderr } = run(watch(true, 100))
    expect([stdout, stderr]).toEqual(['42\n', ''])
  })
})

it.skipIf(process.platform === 'win32')('a terminal gets weight, and a chart as wide as it is', () => {
  let terminal: string
  try {
    const line = 'epsilon --examples 60000 --batch 256 --epochs 60 --noise 1.1 --delta 1e-5 --sampling poisson'
    terminal = execFileSync(
      'script',
      ['-qec', `stty cols 72; "${process.execPath}" --import tsx src/cli/main.ts ${line}`, '/dev/null'],
      {
        encoding: 'utf8',
        env: { ...process.env, TERM: 'xterm', NO_COLOR: undefined },
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    )
  } catch {
    return // no `script` on this machine; the same page is tested within the process
  }
  expect(terminal).toContain('\u001b[1mepsilon is at most')
  const bare = stripVTControlCharacters(terminal).split('\r\n')
  expect(Math.max(...bare.map((row) => row.length))).toBeLessThanOrEqual(72)
  expect(bare.filter((row) => / step +\d+ +=+ \d/.test(row))).toHaveLength(8)
})
