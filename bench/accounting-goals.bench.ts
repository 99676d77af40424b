/**
 * What the accountants are to reach. Warm milliseconds are medians of rounds in which all cases took turns; nothing is remembered
 * between two calls, so a warm call does all of the work. Ratios to dp_accounting are in bench/peers.
 */
import { accountingTable } from './accounting-table.ts'
import type { BenchTable } from './table.ts'

export const run = (): Promise<BenchTable> => accountingTable('accounting: the goals', 'goals', 9)
