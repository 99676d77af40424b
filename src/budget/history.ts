/**
 * The ledger as it is read: who spent what, when, and what that came to.
 *
 * @module
 */

import type { Cost } from '../accounting/filters/costs.ts'
import type { Amounts, Currency } from '../accounting/filters/filter.ts'
import type { PrivacyEvent } from '../events/kinds.ts'
import { parse } from '../events/parse.ts'
import type { Provenance } from '../random/handles.ts'
import { corrupt, costIn, type DebitEntry, type Entry } from './entry.ts'

/** A spend, as it is answered and as the ledger shows it. */
export type Receipt = {
  /** The number of its entry; line n + 1 of a file. */
  readonly sequence: number
  readonly time: string
  readonly label: string
  readonly key?: string
  readonly event: PrivacyEvent
  /** What it took, rounded up. */
  readonly cost: Amounts
  /** All that was spent, this included, rounded up. */
  readonly spent: Amounts
}

export type HistoryEntry = Receipt & {
  /** Where the noise came from, if the budget drew it. */
  readonly provenance?: Provenance
}

/** Awaited, an array of all of it; with `for await`, one after the other, however long it is. */
export type History = AsyncIterable<HistoryEntry> & PromiseLike<readonly HistoryEntry[]>

/** A debit as it is answered. */
export function receiptOf(entry: DebitEntry, sequence: number, currency: Currency): Receipt {
  const amounts = (cost: DebitEntry['cost']): Amounts => Object.freeze(currency.amounts(costIn(cost) as Cost, 'up'))
  return Object.freeze({
    sequence,
    time: entry.at,
    label: entry.label,
    ...(entry.key === undefined ? {} : { key: entry.key }),
    event: eventIn(entry, sequence),
    cost: amounts(entry.cost),
    spent: amounts(entry.total),
  })
}

/** The event that a debit is for. */
export function eventIn({ event }: DebitEntry, sequence: number): PrivacyEvent {
  try {
    return parse(event)
  } catch (error) {
    throw corrupt(sequence, (error as Error).message)
  }
}

/** A debit as the ledger shows it. */
export function historyEntry(entry: DebitEntry, sequence: number, currency: Currency): HistoryEntry {
  const receipt = receiptOf(entry, sequence, currency)
  return entry.provenance === undefined ? receipt : Object.freeze({ ...receipt, provenance: entry.provenance })
}

/** The spends among entries, from entry 0 on. */
export async function* historyOf(entries: AsyncIterable<Entry>, currency: Currency): AsyncGenerator<HistoryEntry> {
  let sequence = 0
  for await (const entry of entries) {
    if (entry.type === 'spend' || entry.type === 'debit') yield historyEntry(entry, sequence, currency)
    sequence++
  }
}

/** Both ways to read one history. */
export function bothWays<T>(start: () => AsyncGenerator<T>): AsyncIterable<T> & PromiseLike<readonly T[]> {
  const all = async (): Promise<readonly T[]> => {
    const list: T[] = []
    for await (const each of start()) list.push(each)
    return Object.freeze(list)
  }
  return Object.freeze({
    [Symbol.asyncIterator]: start,
    // biome-ignore lint/suspicious/noThenProperty: awaiting it is half of what it is for
    then: <A, B>(
      done?: ((list: readonly T[]) => A | PromiseLike<A>) | null,
      failed?: ((error: unknown) => B | PromiseLike<B>) | null,
    ) => all().then(done, failed),
  }) as AsyncIterable<T> & PromiseLike<readonly T[]>
}
