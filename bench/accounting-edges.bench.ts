/** Where laws are far from normal: few steps, tiny rates, little and much noise, at tolerance 1e-4. */
import { accountingTable } from './accounting-table.ts'
import type { BenchTable } from './table.ts'

export const run = (): Promise<BenchTable> =>
  accountingTable('accounting: few steps, tiny rates, little and much noise', 'edges', 5)
