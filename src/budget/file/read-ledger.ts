/**
 * A ledger read from the bytes of its file, without a lock and without writing: for whoever only wants to know.
 *
 * *Promise*: every line, every entry and every sum is checked; what is wrong is a SchemaError that names the line. A last line that somebody is
 * still writing, or was when the power went, is no fault: it is not counted, and is told.
 *
 * @module
 */

import type { Amounts } from '../../accounting/filters/filter.ts'
import { SchemaError } from '../../errors.ts'
import { type Account, emptyAccount } from '../account.ts'
import { corrupt, type Entry, type HeaderEntry, readEntry } from '../entry.ts'
import { remainingOf, type Terms, termsIn } from '../terms.ts'
import { chainText, start } from './checksum.ts'
import { type Place, readLines, tailOf } from './lines.ts'

export type LedgerRead = {
  readonly terms: Terms
  readonly created: string
  readonly lines: number
  /** Spends, and releases kept under a key. */
  readonly spends: number
  readonly releases: number
  readonly spent: Amounts
  readonly remaining: Amounts
  /** The checksum of the last line, which is that of the whole. */
  readonly checksum: string
  /** Bytes after the last line. */
  readonly unfinished: number
}

/** Reads all of a ledger; `visit` sees each entry but the first, with its number. */
export function readLedger(
  bytes: Uint8Array,
  visit: (entry: Exclude<Entry, HeaderEntry>, sequence: number, terms: Terms) => void,
): LedgerRead {
  let place: Place = { offset: 0, version: 0, chain: start }
  let rest = bytes
  let header: { readonly terms: Terms; readonly at: string; readonly account: Account } | undefined
  let releases = 0
  for (;;) {
    const { lines, rest: after, fault } = readLines(rest, place, 1000)
    for (const { text, end } of lines) {
      const sequence = end.version - 1
      const entry = readEntry(text, sequence)
      if (entry.type === 'ledger') {
        const terms = termsIn(entry)
        header = { terms, at: entry.at, account: emptyAccount(terms.currency) }
      }
      const { terms, account } = header as NonNullable<typeof header>
      account.book(entry)
      if (entry.type === 'release') releases++
      if (entry.type !== 'ledger') visit(entry, sequence, terms)
      place = end
    }
    if (fault !== undefined) throw corrupt(place.version, fault)
    rest = after
    if (lines.length === 0) break
  }
  const tail = tailOf(rest, place)
  if (tail === 'damaged') throw corrupt(place.version, 'it is damaged, and is the last one')
  if (header === undefined) throw new SchemaError('the ledger', [{ path: 'line 1', message: 'line 1: there is none' }])
  const { terms, at, account } = header
  return {
    terms,
    created: at,
    lines: account.version,
    spends: account.debits,
    releases,
    spent: Object.freeze(terms.currency.amounts(account.total, 'up')),
    remaining: remainingOf(terms.currency, account.total),
    checksum: chainText(place.chain),
    unfinished: rest.length,
  }
}
