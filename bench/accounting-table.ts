/** A table of accounting cases: speed, width, distance to the truth, first call and largest array. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type Case, sets } from './accounting-cases.ts'
import { type BenchTable, figure, interleave } from './table.ts'

const once = fileURLToPath(new URL('accounting-once.ts', import.meta.url))

type Once = { readonly firstMs: number; readonly largestBytes: number }

/** All cases take turns; the first call of each is in a process of its own, the least of three. */
export async function accountingTable(name: string, set: keyof typeof sets, rounds: number): Promise<BenchTable> {
  const cases: readonly Case[] = sets[set]
  const { opsPerSecond, fastest } = await interleave(Object.fromEntries(cases.map(({ what, ask }) => [what, ask])), { rounds })
  const rows = cases.map(({ what, ask, truth }, i) => {
    const { upper, lower, engine } = ask()
    const runs = [1, 2, 3].map(
      () => JSON.parse(execFileSync(process.execPath, ['--import', 'tsx', once, set, String(i)], { encoding: 'utf8' })) as Once,
    )
    return {
      what,
      ms: figure(1e3 / (opsPerSecond[what] as number)),
      'least ms': figure(1e3 / (fastest[what] as number)),
      'first ms': figure(Math.min(...runs.map(({ firstMs }) => firstMs))),
      'largest array MB': figure((runs[0] as Once).largestBytes / 2 ** 20),
      value: upper,
      // Nothing is known from below by some.
      ...(lower === undefined || lower === 0 ? {} : { width: figure((upper - lower) / upper) }),
      ...(truth === undefined ? {} : { 'off the truth': figure(Math.abs(upper / truth - 1)) }),
      ...(engine === undefined ? {} : { engine }),
    }
  })
  return { name, rows }
}
