/** Compositions of many different events: the cost is to be linear in their number. */
import { accountingTable } from './accounting-table.ts'
import type { BenchTable } from './table.ts'

export const run = (): Promise<BenchTable> => accountingTable('accounting: many different events', 'many', 5)
