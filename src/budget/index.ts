/**
 * The budget: spend, refuse, remember.
 *
 * @module
 */

export {
  type Budget,
  type BudgetOptions,
  type BudgetRelease,
  openBudget,
  type Spendable,
  type SpendOptions,
} from './budget.ts'
export { fileStore } from './file/file-store.ts'
export type { History, HistoryEntry, Receipt } from './history.ts'
export { memoryStore } from './memory-store.ts'
export type { BudgetEpsilon, BudgetEpsilonOptions } from './report.ts'
export type { LedgerSnapshot, LedgerStore } from './store.ts'
export type { BudgetLimit } from './terms.ts'
