/**
 * `npm run bench:peers [task ...]`: the same work here and in Python libraries, in turns, three rounds, medians.
 *
 * Makes a virtual environment beside this file on its first run (it wants python3 and a package index). The Python side calls each
 * library in the way that is fastest for the task: vectorised where the library can.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { tasks } from './ours.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const python = join(here, '.venv', process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')
if (!existsSync(python)) {
  console.log('making a virtual environment with the peers of requirements.txt ...')
  execFileSync('python3', ['-m', 'venv', join(here, '.venv')], { stdio: 'inherit' })
  execFileSync(python, ['-m', 'pip', 'install', '--quiet', '-r', join(here, 'requirements.txt')], { stdio: 'inherit' })
}

const rounds = 3
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number

const perSecond = (ops: number): number => (ops < 100 ? Number(ops.toPrecision(3)) : Math.round(ops))

type Theirs = { readonly library: string; readonly opsPerSecond: number; readonly value?: number }

/** What each library on the Python side takes, and answers. */
function theirs(task: string): readonly Theirs[] {
  const lines = execFileSync(python, ['-W', 'ignore', join(here, 'peers.py'), task], { encoding: 'utf8' })
    .trim()
    .split('\n')
  return lines.map((line) => JSON.parse(line) as Theirs)
}

const wanted = process.argv.slice(2)
const rows: Record<string, string | number>[] = []
for (const { task, what, measure, value } of tasks) {
  if (wanted.length > 0 && !wanted.some((word) => task.includes(word))) continue
  const ours: number[] = []
  const others = new Map<string, number[]>()
  const answers = new Map<string, number>()
  for (let round = 0; round < rounds; round++) {
    ours.push(measure())
    for (const { library, opsPerSecond, value: answer } of theirs(task)) {
      others.set(library, [...(others.get(library) ?? []), opsPerSecond])
      if (answer !== undefined) answers.set(library, answer)
    }
  }
  for (const [library, ops] of others) {
    const [we, they] = [median(ours), median(ops)]
    const [mine, its] = [value?.(), answers.get(library)]
    rows.push({
      what,
      peer: library,
      'indistinct ops/s': perSecond(we),
      'peer ops/s': perSecond(they),
      ratio: Number((we / they).toPrecision(3)),
      ...(mine === undefined || its === undefined
        ? {}
        : { 'indistinct answers': mine, 'peer answers': its, 'peer is above by': Number((its / mine - 1).toPrecision(2)) }),
    })
    console.log(`${what}: ${(we / they).toPrecision(3)}x ${library}`)
  }
}
console.table(rows)
const results = join(here, '..', 'results')
mkdirSync(results, { recursive: true })
const machine = { node: process.version, cpu: cpus()[0]?.model.trim() ?? 'unknown', cores: cpus().length }
if (wanted.length === 0) writeFileSync(join(results, 'peers.json'), `${JSON.stringify({ ...machine, rows }, null, 2)}\n`)
