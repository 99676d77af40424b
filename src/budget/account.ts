/**
 * What a ledger comes to: the sums, and what became of each key. Made by reading entries in order, and in no other way: a spend that was
 * just decided is booked from the entry that was written, so that replay gives the same state to the bit.
 *
 * @module
 */

import { addCosts, type Cost, free } from '../accounting/filters/costs.ts'
import { type Currency, fits } from '../accounting/filters/filter.ts'
import { corrupt, costIn, costText, type Entry } from './entry.ts'
import { fractionText, readFraction } from './fraction.ts'

/** The entries that a key has: its spend or debit, and its release. */
export type KeyState = { readonly debit: number; readonly release: number | undefined }

export type Account = {
  /** Entries read. */
  readonly version: number
  /** Spends and debits among them. */
  readonly debits: number
  readonly total: Cost
  readonly keyOf: (key: string) => KeyState | undefined
  /** Reads the next entry; throws a SchemaError, with the account as it was, where that can't follow. */
  readonly book: (entry: Entry) => void
  /** The account so far, and what is booked on it is not booked on this one. */
  readonly draft: () => Account
  /** The whole state as text, for a snapshot. */
  readonly state: () => string
}

/** An account before its first entry. */
export function emptyAccount(currency: Currency): Account {
  return account(currency, { version: 0, debits: 0, total: free }, new Map(), undefined)
}

type Sums = { version: number; debits: number; total: Cost }

function account(currency: Currency, start: Sums, keys: Map<string, KeyState>, below: Account | undefined): Account {
  let { version, debits, total } = start
  const keyOf = (key: string): KeyState | undefined => keys.get(key) ?? below?.keyOf(key)
  return {
    get version() {
      return version
    },
    get debits() {
      return debits
    },
    get total() {
      return total
    },
    keyOf,
    book: (entry) => {
      if (entry.type === 'release') {
        const known = keyOf(entry.key)
        if (known?.debit !== entry.of || known.release !== undefined)
          throw corrupt(version, 'it releases what no line has debited')
        keys.set(entry.key, { debit: known.debit, release: version })
      } else if (entry.type !== 'ledger') {
        if (entry.key !== undefined && keyOf(entry.key) !== undefined) throw corrupt(version, 'its key was used before')
        const sum = addCosts(total, costIn(entry.cost) as Cost)
        // Sums are exact, so this costs a comparison of texts and finds whatever was left out, put in or counted otherwise.
        const [spent, failure] = costText(sum)
        if (spent !== entry.total[0] || failure !== entry.total[1])
          throw corrupt(version, 'its total is not that of the lines so far')
        if (!fits(currency, sum)) throw corrupt(version, 'it passes the limit')
        if (entry.key !== undefined) keys.set(entry.key, { debit: version, release: undefined })
        total = sum
        debits++
      }
      version++
    },
    draft: () => account(currency, { version, debits, total }, new Map(), { keyOf } as Account),
    state: () => {
      const known = Array.from(keys, ([key, { debit, release }]) => [key, debit, release ?? 0])
      return JSON.stringify([version, debits, fractionText(total.spent), fractionText(total.failure), known])
    },
  }
}

/** The account that a snapshot holds; undefined where it holds none. */
export function restoreAccount(currency: Currency, version: number, state: string): Account | undefined {
  try {
    const [at, debits, spent, failure, known] = JSON.parse(state) as unknown[]
    const total = { spent: readFraction(spent), failure: readFraction(failure) }
    if (at !== version || !Number.isSafeInteger(debits) || total.spent === undefined || total.failure === undefined)
      return undefined
    const keys = new Map(
      (known as [string, number, number][]).map(([key, debit, release]) => [key, { debit, release: release || undefined }]),
    )
    const sums = { version, debits: debits as number, total: total as Cost }
    return fits(currency, sums.total) ? account(currency, sums, keys, undefined) : undefined
  } catch {
    return undefined
  }
}
