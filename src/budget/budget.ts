/**
 * A budget that can't be overspent: debit, make it durable, and only then draw noise.
 *
 * *Promise*
 * - What was spent never passes the limit, whoever chooses the events, by whatever they were told before: limits are the filters of
 *   `accounting`, and their sums exact fractions.
 * - A spend is durable before it is answered. A crash at any moment, or a store that fails, may count what nobody got to see; it never
 *   leaves uncounted what somebody saw.
 * - With a `key`, asking again gives the first answer: a spend's receipt, a release's very value, without a debit and without fresh noise.
 *
 * *Why a debit may be drawn for twice.* A crash between debit and release leaves a key that is paid for and has no value. Asked again, noise is drawn
 * again and nothing debited, since of the first draw nothing got out: a value is returned only after it was stored, the store
 * appends by compare-and-swap, and a key whose value is stored gives that value to everybody. So of all draws for one debit one gets
 * out, and which one is settled by the order of writes, not by what was drawn.
 *
 * *Limits*: a release that reads the clock (or a sampler whose time depends on the data, such as selection) is as private as its time is
 * secret; that goes for any mechanism and also for the race just described. A mechanism that throws after the debit has cost it. A key must name its
 * question: the data is not stored, so other data under an old key gets the old answer. The released value stands in the ledger, in the clear.
 *
 *     const budget = await openBudget({ epsilon: 1 })
 *     await budget.spend(laplace({ noiseMultiplier: 4 }), { label: 'visitors in November' })
 *     budget.remaining() // => { epsilon: 0.75 }
 *
 * @module
 */

import { addCosts, type Cost, free } from '../accounting/filters/costs.ts'
import { type Amounts, fits, inWords } from '../accounting/filters/filter.ts'
import type { Relation } from '../accounting/relation.ts'
import { BudgetExceededError, InvalidParameterError, LedgerError } from '../errors.ts'
import { freeze } from '../events/freeze.ts'
import type { PrivacyEvent } from '../events/kinds.ts'
import { isPlainObject, options, orElse } from '../guard.ts'
import type { Releasable, Release, Released } from '../mechanisms/release.ts'
import type { Provenance } from '../random/handles.ts'
import { type Account, emptyAccount, type KeyState, restoreAccount } from './account.ts'
import { costText, type DebitEntry, type Entry, type HeaderEntry, type ReleaseEntry, readEntry } from './entry.ts'
import { bothWays, type History, historyOf, type Receipt, receiptOf } from './history.ts'
import { memoryStore } from './memory-store.ts'
import { type BudgetEpsilon, type BudgetEpsilonOptions, reportEpsilon } from './report.ts'
import { type LedgerStore, readStore } from './store.ts'
import { type BudgetLimit, checkSchedule, demandSame, headerOf, readTerms, remainingOf, type Terms } from './terms.ts'
import { tagged, untagged } from './value-text.ts'
import { appending, type Decision, reading, type Writer, writerOf } from './writer.ts'

export type BudgetOptions = {
  /** Where the ledger is kept: `memoryStore()` unless given. */
  readonly store?: LedgerStore | undefined
  /** When data sets are neighbours; `'add-or-remove'` unless given. */
  readonly relation?: Relation | undefined
  /** The events that will be spent, in this order, declared before any of them: then the tight epsilon of the whole is what has to fit. */
  readonly schedule?: readonly PrivacyEvent[] | undefined
}

export type SpendOptions = {
  /** What it is for, for whoever reads the ledger. */
  readonly label: string
  /** Names the question; asked again under the same key it costs nothing and gets the same answer. */
  readonly key?: string | undefined
}

/** What a budget needs of a mechanism. */
export type Spendable<Value, Result> = {
  readonly event: PrivacyEvent
  readonly provenance?: Provenance
  readonly release: (value: Value) => Result
}

/** A debit, durable; then noise; then (with a key) the release, durable; then the answer. */
export type BudgetRelease = {
  <T extends Releasable>(
    mechanism: { readonly event: PrivacyEvent; readonly provenance?: Provenance; readonly release: Release },
    value: T,
    options: SpendOptions,
  ): Promise<Released<T>>
  <Value, Result>(mechanism: Spendable<Value, Result>, value: Value, options: SpendOptions): Promise<Awaited<Result>>
}

export type Budget = {
  /** What may be spent. */
  readonly limit: Amounts
  readonly relation: Relation
  /** Debits an event that the caller releases once this has resolved; a BudgetExceededError, and nothing spent, where it does not fit. */
  readonly spend: (event: PrivacyEvent, options: SpendOptions) => Promise<Receipt>
  /** Debits a mechanism's event and releases a value by it. */
  readonly release: BudgetRelease
  /** What is left, rounded down, as far as this budget has read the ledger. */
  readonly remaining: () => Amounts
  /** What was spent, rounded up, as far as this budget has read the ledger. */
  readonly spent: () => Amounts
  /** Reads what others have spent since. */
  readonly refresh: () => Promise<void>
  /** All spends: `await budget.history()`, or `for await (const entry of budget.history())`. */
  readonly history: () => History
  /** The tight epsilon of all that was spent, and what may be said of it. Reads the whole ledger. */
  readonly epsilon: (options: BudgetEpsilonOptions) => Promise<BudgetEpsilon>
  /** Waits for what was asked for, and lets go of the store. */
  readonly close: () => Promise<void>
}

/** Opens a budget: a new one, or the one that the store's ledger is about. Wrong parameters are refused at once, before there is a promise. */
export function openBudget(limit: BudgetLimit, given: BudgetOptions = {}): Promise<Budget> {
  const known = options('options', given, ['store', 'relation', 'schedule'])
  const terms = readTerms(limit, known['relation'], known['schedule'])
  const store = known['store'] === undefined ? memoryStore() : readStore(known['store'])
  return open(terms, store)
}

async function open(terms: Terms, store: LedgerStore): Promise<Budget> {
  try {
    checkSchedule(terms)
    const header = await foundOrWritten(terms, store)
    demandSame(terms, header)
    const account = (await restored(terms, store)) ?? emptyAccount(terms.currency)
    const writer = writerOf(store, account, account.version)
    await writer.refresh()
    return budgetOn(terms, store, writer)
  } catch (error) {
    await store.close?.().catch(() => {})
    throw error
  }
}

/** The first line of the ledger. */
async function foundOrWritten(terms: Terms, store: LedgerStore): Promise<HeaderEntry> {
  for (let tries = 0; tries < 10; tries++) {
    const [first] = await reading(store, 0, 1)
    if (first !== undefined) return readEntry(first, 0) as HeaderEntry
    // Whoever else opens it at this moment writes the same or is told the difference.
    await appending(store, 0, [headerOf(terms, now())])
  }
  throw new LedgerError('the store does not keep what is appended to it')
}

/** The account of a snapshot, if the ledger's own last total before it says the same. */
async function restored(terms: Terms, store: LedgerStore): Promise<Account | undefined> {
  const saved = await store.loadSnapshot?.().catch(() => undefined)
  const account = saved && restoreAccount(terms.currency, saved.version, saved.state)
  if (account === undefined) return undefined
  for (let at = account.version - 1; at >= 0; at--) {
    const [text] = await reading(store, at, 1)
    const entry = text === undefined ? undefined : readEntry(text, at)
    if (entry === undefined) return undefined
    if (entry.type === 'release') continue
    const total = entry.type === 'ledger' ? costText(free) : entry.total
    return JSON.stringify(total) === JSON.stringify(costText(account.total)) ? account : undefined
  }
  return undefined
}

const now = (): string => new Date().toISOString()

function budgetOn(terms: Terms, store: LedgerStore, writer: Writer): Budget {
  const { currency } = terms
  const underway = new Map<string, Promise<unknown>>()
  let closed: Promise<void> | undefined

  const entryAt = async (sequence: number): Promise<Entry> => {
    const [text] = await reading(store, sequence, 1)
    if (text === undefined) throw new LedgerError('the ledger has lost entries that it had')
    return readEntry(text, sequence)
  }

  async function* entries(): AsyncGenerator<Entry> {
    // As many as there are now: a ledger that grows while it is read has an end all the same.
    const { version } = writer.account()
    for (let at = 0; at < version; ) {
      const texts = await reading(store, at, Math.min(1000, version - at))
      if (texts.length === 0) throw new LedgerError('the ledger has lost entries that it had')
      for (const text of texts) yield readEntry(text, at++)
    }
  }

  /** The debit that an earlier call has made under the key, and its release. */
  const earlier = async (known: KeyState, asked: Asked): Promise<Debited> => {
    const debit = (await entryAt(known.debit)) as DebitEntry
    const different = (['event', 'label', 'type', 'provenance'] as const).find(
      (field) => JSON.stringify(debit[field]) !== JSON.stringify(asked[field]),
    )
    if (different !== undefined) {
      const what = different === 'type' ? 'purpose' : different
      throw new InvalidParameterError('key', `one that was not used before with another ${what}`, asked.key)
    }
    const release = known.release === undefined ? undefined : ((await entryAt(known.release)) as ReleaseEntry)
    return { receipt: receiptOf(debit, known.debit, currency), release }
  }

  const decideDebit = async (draft: Account, asked: Asked, cost: Cost): Promise<Decision<Debited | 'again'>> => {
    const known = asked.key === undefined ? undefined : draft.keyOf(asked.key)
    if (known !== undefined) {
      // One of this very batch has the key, and stands nowhere yet.
      if (known.debit >= writer.account().version) return { entries: [], answer: () => 'again' }
      const debited = await earlier(known, asked)
      return { entries: [], answer: () => debited }
    }
    demandNext(terms, draft, asked.event)
    const total = addCosts(draft.total, cost)
    if (!fits(currency, total)) {
      throw new BudgetExceededError({
        limit: terms.words,
        spent: inWords(currency.amounts(draft.total, 'up')),
        requested: inWords(currency.amounts(cost, 'up')),
      })
    }
    const entry: DebitEntry = { ...asked, at: now(), cost: costText(cost), total: costText(total) }
    const receipt = receiptOf(entry, draft.version, currency)
    return { entries: [entry], answer: () => ({ receipt, release: undefined }) }
  }

  const debit = async (asked: Asked): Promise<Debited> => {
    // Whatever it takes to find the price, others need not wait for it.
    const cost = terms.priceOf(asked.event)
    for (;;) {
      const debited = await writer.write((draft) => decideDebit(draft, asked, cost))
      if (debited !== 'again') return debited
    }
  }

  const spend: Budget['spend'] = async (event, given) => {
    demandOpen()
    const { label, key } = readSpendOptions(given)
    return (await debit({ type: 'spend', label, ...keyed(key), event: freeze(event) })).receipt
  }

  const storeRelease = (key: string, sequence: number, value: unknown): Promise<unknown> =>
    writer.write(async (draft): Promise<Decision<unknown>> => {
      const release = draft.keyOf(key)?.release
      if (release === undefined) {
        const entry: ReleaseEntry = { type: 'release', at: now(), key, of: sequence, value }
        return { entries: [entry], answer: () => untagged(value) }
      }
      const theirs = (await entryAt(release)) as ReleaseEntry
      return { entries: [], answer: () => untagged(theirs.value) }
    })

  const releaseOnce = async (mechanism: Spendable<unknown, unknown>, value: unknown, options: SpendOptions): Promise<unknown> => {
    const { event, provenance } = mechanism
    const { label, key } = options
    const from = provenance === undefined ? {} : { provenance }
    const { receipt, release } = await debit({ type: 'debit', label, ...keyed(key), event: freeze(event), ...from })
    if (release !== undefined) return untagged(release.value)
    const drawn = await mechanism.release(value)
    return key === undefined ? drawn : storeRelease(key, receipt.sequence, tagged(drawn))
  }

  /** Calls with one key one after the other, so that only one of them draws. */
  const release = (async (given: unknown, value: unknown, options: SpendOptions): Promise<unknown> => {
    demandOpen()
    const mechanism = readMechanism(given)
    const read = readSpendOptions(options)
    const { key } = read
    if (key === undefined) return releaseOnce(mechanism, value, read)
    const before = underway.get(key)
    const mine = (before ?? Promise.resolve()).catch(() => {}).then(() => releaseOnce(mechanism, value, read))
    underway.set(key, mine)
    try {
      return await mine
    } finally {
      if (underway.get(key) === mine) underway.delete(key)
    }
  }) as BudgetRelease

  const demandOpen = (): void => {
    if (closed !== undefined) throw new LedgerError('the budget is closed')
  }

  return Object.freeze({
    limit: Object.freeze({ ...terms.limit }),
    relation: terms.relation,
    spend,
    release,
    remaining: () => remainingOf(currency, writer.account().total),
    spent: () => Object.freeze(currency.amounts(writer.account().total, 'up')),
    refresh: async () => {
      demandOpen()
      await writer.refresh()
    },
    history: () =>
      bothWays(() => {
        demandOpen()
        return historyOf(entries(), currency)
      }),
    epsilon: async (given) => {
      demandOpen()
      return reportEpsilon(terms, entries(), given)
    },
    close: () => {
      closed ??= (async () => {
        // A release that is under way has a second entry to write.
        while (underway.size > 0) await Promise.allSettled(underway.values())
        await writer.settled()
        await store.close?.()
      })()
      return closed
    },
  } satisfies Budget)
}

/** What is asked for, before it is decided. */
type Asked = Omit<DebitEntry, 'at' | 'cost' | 'total' | 'event'> & { readonly event: PrivacyEvent }
type Debited = { readonly receipt: Receipt; readonly release: ReleaseEntry | undefined }

const keyed = (key: string | undefined): { readonly key?: string } => (key === undefined ? {} : { key })

/** Of a schedule, the next event and no other. */
function demandNext({ schedule }: Terms, draft: Account, event: PrivacyEvent): void {
  const next = schedule?.[draft.debits]
  if (next === undefined || JSON.stringify(next) === JSON.stringify(event)) return
  throw new InvalidParameterError(
    'event',
    `number ${draft.debits + 1} of the schedule, ${JSON.stringify(next)}`,
    JSON.stringify(event),
  )
}

function readSpendOptions(given: unknown): { readonly label: string; readonly key: string | undefined } {
  const known = options('options', given, ['label', 'key'])
  const text = (name: string, value: unknown): string => {
    if (typeof value === 'string' && value !== '' && value.length <= 1000) return value
    throw new InvalidParameterError(name, 'a text of at most 1000 letters, not empty', value)
  }
  const key = orElse(known['key'], undefined)
  return { label: text('label', known['label']), key: key === undefined ? undefined : text('key', key) }
}

function readMechanism(given: unknown): Spendable<unknown, unknown> {
  const mechanism = given as Partial<Spendable<unknown, unknown>> | null | undefined
  if (typeof mechanism === 'object' && typeof mechanism?.release === 'function' && isPlainObject(mechanism.event)) {
    return mechanism as Spendable<unknown, unknown>
  }
  throw new InvalidParameterError('mechanism', 'a mechanism, such as laplace({ sensitivity: 1, epsilon: 0.1 })', given)
}
