/** Reads the reference tables beside the generators in test/vectors/, and counts errors against the true value, not its rounding. */
import { readFileSync } from 'node:fs'
import { powerOfTwo } from '../../src/numeric/rational.ts'
import { wholeUnits } from './exact.ts'

/** Arguments, then hi (the double nearest to the truth) and rest (the truth minus hi, in ulp of hi). */
export type Row = readonly number[]

/** The rows of one function in numeric-FILE.json. */
export function table(file: string, name: string): readonly Row[] {
  const tables = JSON.parse(readFileSync(`test/vectors/numeric-${file}.json`, 'utf8')) as Record<string, readonly Row[]>
  const rows = tables[name]
  if (rows === undefined || rows.length < 50) throw new Error(`no rows for ${name}`)
  return rows
}

/** The spacing of doubles in the binade of x. */
export function ulp(x: number): number {
  const digits = wholeUnits(Math.abs(x)).toString(2).length
  return powerOfTwo(Math.max(digits - 53, 0) - 1074)
}

/** How far `actual` is from the truth, in ulp; Infinity where it is not a number. */
export function ulps(actual: number, hi: number, rest: number): number {
  const error = actual === hi ? Math.abs(rest) : Math.abs((actual - hi) / ulp(hi) - rest)
  return Number.isNaN(error) ? Infinity : error
}

/** The worst error over a table, and where it is. */
export function worst(rows: readonly Row[], f: (...args: number[]) => number): { ulps: number; at: readonly number[] } {
  let found = { ulps: 0, at: [] as readonly number[] }
  for (const row of rows) {
    const args = row.slice(0, -2)
    const error = ulps(f(...args), row.at(-2) as number, row.at(-1) as number)
    if (error > found.ulps) found = { ulps: error, at: args }
  }
  return found
}
