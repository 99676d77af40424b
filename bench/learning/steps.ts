/**
 * `npx tsx bench/learning/steps.ts`: what privacy costs a training step in Opacus on torch, on one thread (or THREADS of them), beside what it costs here by
 * `npm run bench tfjs.bench`. Each is measured against the plain step of its own framework. Writes bench/results/learning-steps.json.
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ours from '../results/tfjs.json' with { type: 'json' }
import { median } from '../table.ts'
import { linesOf } from './python.ts'

type Line = {
  readonly model: string
  readonly batch: number
  readonly private: number
  readonly ghost?: number
  readonly plain: number
  readonly plainDpLstm?: number
}

/** Cases in the order of both sides. */
const whats = ['MLP 784-128-10, B 256', 'CNN, B 64', 'CNN, B 256', 'Embedding + LSTM, B 64, T 40']
const rounds = 3
const rows: Record<string, string | number>[] = []
const threads = process.env['THREADS'] ?? '1'
const runs = Array.from({ length: rounds }, () => linesOf<Line>('steps.py', threads))
for (const [i, what] of whats.entries()) {
  const middle = (read: (line: Line) => number | undefined): number => {
    const values = runs.map((lines) => read(lines[i] as Line)).filter((value) => value !== undefined)
    return values.length === 0 ? Number.NaN : Number(median(values).toPrecision(3))
  }
  const dpLstm = middle(({ private: own, plainDpLstm }) => (plainDpLstm === undefined ? undefined : own / plainDpLstm))
  const ghost = middle(({ ghost: own, plain }) => (own === undefined ? undefined : own / plain))
  rows.push({
    ...{ what, threads: Number(threads) },
    'plain torch ms': middle(({ plain }) => plain),
    'Opacus ms': middle((line) => line.private),
    'Opacus over plain torch': middle((line) => line.private / line.plain),
    ...(Number.isNaN(ghost) ? {} : { 'by ghost clipping': ghost }),
    ...(Number.isNaN(dpLstm) ? {} : { 'over the plain DPLSTM': dpLstm }),
    'private over stock here, wasm': ours.rows.find((row) => row.what === `${what}, wasm`)?.ratio ?? 'not measured',
  })
}
console.table(rows)
const file = fileURLToPath(new URL('../results/learning-steps.json', import.meta.url))
writeFileSync(file, `${JSON.stringify({ rows }, null, 2)}\n`)
