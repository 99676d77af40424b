/**
 * A ledger that lives as long as the program: for tests, and for whoever keeps it elsewhere. Budgets that share one see each other's spends.
 *
 * @module
 */

import type { LedgerStore } from './store.ts'

/** A store in memory. */
export function memoryStore(): LedgerStore {
  const entries: string[] = []
  return Object.freeze({
    read: async (from: number, most = 1000) => entries.slice(from, from + most),
    append: async (version: number, added: readonly string[]) => {
      if (version !== entries.length) return false
      for (const entry of added) entries.push(entry)
      return true
    },
  })
}
