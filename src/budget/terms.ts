/**
 * The terms of a budget: what may be spent, between which neighbours, and in which currency that is counted.
 *
 * | limit | filter | events chosen from past answers |
 * | --- | --- | --- |
 * | `{ epsilon }` | `'pure'` | allowed |
 * | `{ epsilon, delta }` | `'approximate'` | allowed |
 * | `{ rho, delta? }` | `'zcdp'` | allowed |
 * | `{ mu }` | `'gdp'` | allowed |
 * | `{ order, divergence }` | `'rdp'` | allowed |
 * | `{ epsilon, delta }` and a `schedule` | `'profile'`, over the whole schedule before anything is spent | the schedule is all there is |
 *
 * A schedule that fits is paid for as a whole: its events are then counted, one after the other.
 *
 * @module
 */

import { epsilon } from '../accounting/epsilon.ts'
import { type Cost, costOf, decimal, zero } from '../accounting/filters/costs.ts'
import {
  type Amounts,
  type Currency,
  currencyOf,
  type FilterKind,
  type FilterLimit,
  inWords,
  left,
  privacyFilter,
} from '../accounting/filters/filter.ts'
import { readRelation } from '../accounting/query.ts'
import { epsilonOf } from '../accounting/rdp/conversion.ts'
import type { Relation } from '../accounting/relation.ts'
import { BudgetExceededError, InvalidParameterError, UnsupportedEventError } from '../errors.ts'
import { approximate, composed, gdp, zcdp } from '../events/builders.ts'
import { freeze } from '../events/freeze.ts'
import type { PrivacyEvent } from '../events/kinds.ts'
import { array, isPlainObject } from '../guard.ts'
import { of, toNumber } from '../numeric/rational.ts'
import { corrupt, type HeaderEntry } from './entry.ts'

/** What may be spent. */
export type BudgetLimit =
  | FilterLimit['pure']
  | FilterLimit['approximate']
  | FilterLimit['zcdp']
  | FilterLimit['gdp']
  | FilterLimit['rdp']

export type Terms = {
  readonly limit: Readonly<Record<string, number>>
  readonly relation: Relation
  readonly schedule: readonly PrivacyEvent[] | undefined
  readonly kind: FilterKind
  readonly currency: Currency
  /** What a frozen event takes; throws where it has no price. */
  readonly priceOf: (event: PrivacyEvent) => Cost
  /** The limit as it is read out: `epsilon 1, delta 1e-5`. */
  readonly words: string
}

/** What an event of a schedule takes: its place. */
const onePlace: Cost = { spent: of(1n), failure: zero }

/** Checks what the caller states; the schedule is not yet held against the limit. */
export function readTerms(given: unknown, relationGiven: unknown, scheduleGiven: unknown): Terms {
  const relation = readRelation(relationGiven)
  if (!isPlainObject(given)) {
    throw new InvalidParameterError('limit', 'an object, such as { epsilon: 1 } or { rho: 0.5 }', given)
  }
  const stated = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  const kind = kindOf(stated)
  const currency = currencyOf(kind, stated, relation)
  const limit = Object.freeze(stated as Record<string, number>)
  const words = inWords(limit)
  if (scheduleGiven === undefined) {
    const prices = new WeakMap<PrivacyEvent, Cost>()
    const priceOf = (event: PrivacyEvent): Cost => {
      const price = prices.get(event) ?? costOf(event, currency.cost)
      prices.set(event, price)
      return price
    }
    return { limit, relation, schedule: undefined, kind, currency, priceOf, words }
  }

  if (kind !== 'approximate') {
    throw new InvalidParameterError('schedule', `left out where the limit is not { epsilon, delta }`, scheduleGiven)
  }
  const schedule = Object.freeze(Array.from(array('schedule', scheduleGiven, 1), (event) => freeze(event as PrivacyEvent)))
  return {
    limit,
    relation,
    schedule,
    kind: 'profile',
    priceOf: () => onePlace,
    words: `${words} for a schedule of ${schedule.length} events`,
    currency: {
      kind: 'profile',
      relation,
      limit: { events: schedule.length },
      cost: () => onePlace,
      ceiling: { spent: of(BigInt(schedule.length)), failure: zero },
      amounts: ({ spent }) => ({ events: toNumber(spent) }),
    },
  }
}

function kindOf(limit: Readonly<Record<string, unknown>>): Exclude<FilterKind, 'profile' | 'advanced'> {
  if ('order' in limit || 'divergence' in limit) return 'rdp'
  if ('rho' in limit) return 'zcdp'
  if ('mu' in limit) return 'gdp'
  if ('epsilon' in limit) return 'delta' in limit ? 'approximate' : 'pure'
  const ways = '{ epsilon }, { epsilon, delta }, { rho }, { mu } or { order, divergence }'
  throw new InvalidParameterError('limit', `one of ${ways}`, Object.keys(limit).join(', '))
}

/**
 * Refuses a schedule that is over the limit by the tight epsilon of the whole; by exact sums, too, since for pure events a certified bound
 * may end a last bit above them.
 */
export function checkSchedule({ schedule, limit, relation, words }: Terms): void {
  if (schedule === undefined) return
  const whole = composed([...schedule])
  const most = limit as FilterLimit['approximate']
  try {
    if (privacyFilter({ kind: 'approximate', limit: most, relation }).spend(whole).allowed) return
  } catch (error) {
    if (!(error instanceof UnsupportedEventError)) throw error
  }
  const { upper } = epsilon(whole, { delta: most.delta, relation })
  if (upper <= most.epsilon) return
  throw new BudgetExceededError({ limit: words, spent: 'nothing', requested: `epsilon ${upper} at delta ${most.delta}` })
}

/** What the limit leaves, rounded down. */
export const remainingOf = (currency: Currency, spent: Cost): Amounts =>
  Object.freeze(currency.amounts(left(currency, spent), 'down'))

/** The terms as the first line of a ledger. */
export function headerOf({ limit, relation, schedule }: Terms, at: string): HeaderEntry {
  return { type: 'ledger', format: 1, at, limit, relation, ...(schedule === undefined ? {} : { schedule }) }
}

/** The terms that a ledger states. */
export function termsIn(header: HeaderEntry): Terms {
  try {
    return readTerms(header.limit, header.relation, header.schedule)
  } catch (error) {
    throw corrupt(0, (error as Error).message)
  }
}

/** Refuses terms that are not those of the ledger. */
export function demandSame(terms: Terms, header: HeaderEntry): void {
  const theirs = termsIn(header)
  if (theirs.relation !== terms.relation) {
    throw new InvalidParameterError('relation', `'${theirs.relation}', as the ledger has it`, terms.relation)
  }
  if (JSON.stringify(theirs.schedule) !== JSON.stringify(terms.schedule)) {
    const said = (events: Terms['schedule']): string =>
      events === undefined ? 'no schedule' : `a schedule of ${events.length} events`
    throw new InvalidParameterError('schedule', `as the ledger has it, ${said(theirs.schedule)}`, said(terms.schedule))
  }
  if (!sameLimit(theirs.limit, terms.limit)) {
    throw new InvalidParameterError('limit', `${theirs.words}, as the ledger has it`, terms.words)
  }
}

function sameLimit(a: Terms['limit'], b: Terms['limit']): boolean {
  return Object.keys({ ...a, ...b }).every((name) => (a[name] ?? 0) === (b[name] ?? 0)) && kindOf(a) === kindOf(b)
}

/** The epsilon at a delta that the limit stands for, however events are chosen; Infinity where it promises none at that delta. */
export function epsilonOfLimit({ kind, limit, relation }: Terms, delta: number): number {
  switch (kind) {
    case 'zcdp':
    case 'gdp': {
      const event =
        kind === 'gdp'
          ? gdp({ mu: limit['mu'] as number })
          : composed([zcdp({ rho: limit['rho'] as number }), approximate({ epsilon: 0, delta: limit['delta'] ?? 0 })])
      return epsilon(event, { delta, relation, accountant: kind === 'gdp' ? 'tight' : 'rdp' }).upper
    }
    case 'rdp': {
      const bound = epsilonOf((limit['order'] as number) - 1, limit['divergence'] as number, delta, 'canonne-kamath-steinke')
      return bound * (1 + 2 ** -40)
    }
    default:
      return delta >= toNumber(decimal(limit['delta'] ?? 0), 'nearest') ? (limit['epsilon'] as number) : Number.POSITIVE_INFINITY
  }
}
