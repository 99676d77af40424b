/**
 * Where a ledger is kept: a list of texts that only ever grows, appended to by compare-and-swap.
 *
 * A store knows nothing of privacy. It holds entries (each one line of JSON), numbered from 0; the number of entries is the ledger's
 * *version*. A budget decides what to append from the entries it has read, and says which version that was; where others have
 * appended since, nothing is written, and the budget reads on and decides again. That is all that keeps two processes from
 * spending the same money, so a store may be anything that can do it. In SQL:
 *
 *     create table ledger (version integer primary key, entry text not null)
 *     -- append(version, entries): in one transaction; a duplicate key, or fewer than `version` rows before, is a conflict
 *     insert into ledger values (:version, :first), (:version + 1, :second)
 *     -- read(from)
 *     select entry from ledger where version >= :from order by version limit 1000
 *
 * @module
 */

import { InvalidParameterError } from '../errors.ts'

/** What a budget has made of the first `version` entries. */
export type LedgerSnapshot = { readonly version: number; readonly state: string }

/** A ledger's home. Every promise may be rejected; then the budget takes nothing for granted and reads again. */
export type LedgerStore = {
  /**
   * The entries from number `from` on, in order: at least one if there is any, at most `most`, and as many of them as suit the store.
   * Entries that others have appended must be seen.
   */
  readonly read: (from: number, most?: number) => Promise<readonly string[]>
  /**
   * If there are exactly `version` entries: appends these, all or none but for a crash (which may leave the first few), and resolves
   * true when they are durable. Otherwise writes nothing and resolves false. An empty append confirms that `version` is current and
   * all up to it durable.
   */
  readonly append: (version: number, entries: readonly string[]) => Promise<boolean>
  /** A cache: a state that was saved and still belongs to the ledger's first entries. Never needed, never trusted over the ledger. */
  readonly loadSnapshot?: (() => Promise<LedgerSnapshot | undefined>) | undefined
  readonly saveSnapshot?: ((snapshot: LedgerSnapshot) => Promise<void>) | undefined
  readonly close?: (() => Promise<void>) | undefined
}

/** A store, or something with its methods. */
export function readStore(value: unknown): LedgerStore {
  const store = value as Partial<Record<keyof LedgerStore, unknown>> | null | undefined
  if (typeof store === 'object' && typeof store?.read === 'function' && typeof store.append === 'function') {
    return store as LedgerStore
  }
  throw new InvalidParameterError('store', 'a store, such as memoryStore() or fileStore(path)', value)
}
