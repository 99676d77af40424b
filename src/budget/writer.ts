/**
 * One queue between all who spend and the ledger.
 *
 * Whatever waits when the ledger is free is decided in order on a draft, appended as one batch (one fsync for all of it), booked, and only
 * then answered. Where somebody else has appended in between, nothing was written: the queue reads on and decides the same tasks
 * again.
 *
 * *Promise*: an answer is given only after everything that it rests on is durable and current, a refusal included. Where the store fails, all
 * tasks of the batch are refused, nobody knows what was written, and the next batch reads before it decides; so a failure may be counted
 * that nobody profits from, and nothing is spent uncounted.
 *
 * @module
 */

import { LedgerError } from '../errors.ts'
import type { Account } from './account.ts'
import { type Entry, readEntry } from './entry.ts'
import { ledgerError } from './ledger-error.ts'
import type { LedgerStore } from './store.ts'

/** What a task wants written, and the answer to give then. */
export type Decision<T> = { readonly entries: readonly Entry[]; readonly answer: (account: Account) => T }

/** Decides by a draft of the account; what it throws is a refusal. Called again where the ledger has moved on. */
export type Decide<T> = (draft: Account) => Promise<Decision<T>>

export type Writer = {
  readonly account: () => Account
  /** Books what others have appended. */
  readonly refresh: () => Promise<void>
  readonly write: <T>(decide: Decide<T>) => Promise<T>
  /** When all that waits has been answered. */
  readonly settled: () => Promise<void>
}

type Task = {
  readonly decide: Decide<unknown>
  readonly resolve: (answer: never) => void
  readonly reject: (error: unknown) => void
}
type Settle = (account: Account) => void

const largestBatch = 1000
const mostIdle = 100
/** A snapshot's cost is shared by at least this many entries, and by an eighth of the keys in it. */
const entriesPerSnapshot = 2048

/** A queue over an account that has read `account.version` entries of the store. */
export function writerOf(store: LedgerStore, account: Account, savedAt: number): Writer {
  const waiting: Task[] = []
  let running: Promise<void> | undefined
  let current = true
  let saved = savedAt

  const refresh = async (): Promise<void> => {
    for (;;) {
      const texts = await reading(store, account.version)
      if (texts.length === 0) break
      for (const text of texts) account.book(readEntry(text, account.version))
    }
    current = true
  }

  const decideAll = async (batch: readonly Task[]): Promise<{ entries: Entry[]; settle: Settle[] }> => {
    const draft = account.draft()
    const entries: Entry[] = []
    const settle: Settle[] = []
    for (const { decide, resolve, reject } of batch) {
      try {
        const decision = await decide(draft)
        for (const entry of decision.entries) draft.book(entry)
        entries.push(...decision.entries)
        settle.push((booked) => {
          try {
            resolve(decision.answer(booked) as never)
          } catch (error) {
            reject(error)
          }
        })
      } catch (error) {
        settle.push(() => reject(error))
      }
    }
    return { entries, settle }
  }

  const commit = async (batch: readonly Task[]): Promise<void> => {
    for (let idle = 0; ; ) {
      const before = account.version
      if (!current) await refresh()
      // Others may be faster time and again, but then there is something to read.
      idle = account.version === before ? idle + 1 : 0
      if (idle > mostIdle) throw new LedgerError('the store refuses what is appended, and has nothing new to read')
      current = false
      const { entries, settle } = await decideAll(batch)
      if (await appending(store, account.version, entries)) {
        for (const entry of entries) account.book(entry)
        current = true
        for (const each of settle) each(account)
        return
      }
    }
  }

  const save = async (): Promise<void> => {
    if (store.saveSnapshot === undefined || account.version - saved < entriesPerSnapshot) return
    const state = account.state()
    // A long list of keys is written out the more seldom.
    if ((account.version - saved) * 8 < state.length / 32) return
    saved = account.version
    // A cache: without it the next opening takes longer.
    await store.saveSnapshot({ version: account.version, state }).catch(() => {})
  }

  const run = async (): Promise<void> => {
    // All that is asked for in one go is one batch.
    await Promise.resolve()
    while (waiting.length > 0) {
      const batch = waiting.splice(0, largestBatch)
      try {
        await commit(batch)
        await save()
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    running = undefined
  }

  const write = <T>(decide: Decide<T>): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      waiting.push({ decide, resolve: resolve as (answer: never) => void, reject })
      running ??= run()
    })

  return {
    account: () => account,
    refresh: () => {
      current = false
      return write(async () => ({ entries: [], answer: () => undefined }))
    },
    write,
    settled: async () => {
      while (running !== undefined) await running
    },
  }
}

/** Entries of the store, or a LedgerError that says what went wrong; a SchemaError stays what it is. */
export async function reading(store: LedgerStore, from: number, most?: number): Promise<readonly string[]> {
  try {
    return await store.read(from, most)
  } catch (error) {
    throw failure('the ledger could not be read, nothing was released', error)
  }
}

/** Whether the entries are appended and durable; a LedgerError where that is not known. */
export async function appending(store: LedgerStore, version: number, entries: readonly Entry[]): Promise<boolean> {
  try {
    return await store.append(
      version,
      entries.map((entry) => JSON.stringify(entry)),
    )
  } catch (error) {
    throw failure('the ledger could not be written, nothing was released', error)
  }
}

const failure = (what: string, error: unknown): unknown =>
  (error as { code?: unknown })?.code === 'SCHEMA' ? error : ledgerError(what, error)
