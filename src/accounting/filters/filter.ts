/**
 * Privacy filters: stop before a limit is passed, although each event may be chosen from what the earlier ones released.
 *
 * | kind | events may go on while | what then holds | why |
 * | --- | --- | --- | --- |
 * | `'pure'` | SUM epsilon <= limit | epsilon-DP | Rogers, Roth, Ullman and Vadhan 2016 (arXiv 1605.08294) |
 * | `'approximate'` | SUM epsilon <= epsilon, SUM delta <= delta | (epsilon, delta)-DP | the same |
 * | `'advanced'` | r + 2 sqrt(r log(1 / slack)) <= epsilon, SUM delta + slack <= delta, r = SUM epsilon tanh(epsilon / 2) | (epsilon, delta)-DP | Whitehouse, Ramdas, Rogers and Wu 2023 (arXiv 2203.05481), through zCDP |
 * | `'zcdp'` | SUM rho <= rho, SUM delta <= delta | rho-zCDP but for delta | the same |
 * | `'rdp'` | SUM D_a <= limit, at one order a | Renyi-DP of order a | Feldman and Zrnic 2021 (arXiv 2008.11193) |
 * | `'gdp'` | SUM mu^2 <= mu^2 | mu-GDP | Smith and Thakurta 2022 (arXiv 2209.15596); Koskela, Tobaben and Honkela 2022 |
 * | `'profile'` | the tight epsilon of all so far <= epsilon | (epsilon, delta)-DP, **fixed schedules only** | composition |
 *
 * That the parameters of the next event, whether there is one, and its kind may depend on past outputs is what makes a filter more than a
 * composition theorem. The order of `'rdp'` is fixed up front: the best order in hindsight is no filter. A stopping rule on the whole loss
 * distribution is not one either when parameters depend on outputs (arXiv 2602.15815): `'profile'` demands `schedule: 'fixed'`, and says
 * `adaptive: false`.
 *
 * *Promise*: sums are exact fractions (costs.ts), so no rounding lets anything through and none keeps ten times 0.1 out of 1; derived limits
 * are rounded down. A refused event leaves the state as it was. Events without a bound in the filter's currency are an
 * UnsupportedEventError.
 *
 *     const full = privacyFilter({ kind: 'zcdp', limit: { rho: 0.5 } })
 *     const { allowed, next } = full.spend(gaussian({ noiseMultiplier: 2 }))
 *     [allowed, next.spent.rho, next.remaining.rho]  // => [ true, 0.125, 0.375 ]
 *
 * @module
 */

import { InvalidParameterError } from '../../errors.ts'
import { composed } from '../../events/builders.ts'
import { freeze } from '../../events/freeze.ts'
import type { PrivacyEvent } from '../../events/kinds.ts'
import { number, oneOf, options, orElse } from '../../guard.ts'
import { addDown, addUp, divDown, mulDown, mulUp, sqrtUp, subDown } from '../../numeric/directed.ts'
import { compare, fromNumber, multiply, type Rational, subtract, toNumber } from '../../numeric/rational.ts'
import { epsilon } from '../epsilon.ts'
import { readRelation } from '../query.ts'
import type { Relation } from '../relation.ts'
import {
  addCosts,
  type Cost,
  type CostOf,
  claimedCost,
  concentratedCost,
  costOf,
  decimal,
  free,
  gaussianCost,
  renyiCost,
  without,
  zero,
} from './costs.ts'

/** What may be spent, in the filter's currency. */
export type FilterLimit = {
  readonly pure: { readonly epsilon: number }
  readonly approximate: { readonly epsilon: number; readonly delta: number }
  /** `slack` is the part of delta that pays for the square root; half of delta unless given. */
  readonly advanced: { readonly epsilon: number; readonly delta: number; readonly slack?: number }
  readonly zcdp: { readonly rho: number; readonly delta?: number }
  readonly rdp: { readonly order: number; readonly divergence: number }
  readonly gdp: { readonly mu: number }
  readonly profile: { readonly epsilon: number; readonly delta: number }
}

export type FilterKind = keyof FilterLimit

export type FilterOptions<K extends FilterKind = FilterKind> = {
  [Kind in K]: { readonly kind: Kind; readonly limit: FilterLimit[Kind]; readonly relation?: Relation } & (Kind extends 'profile'
    ? { readonly schedule: 'fixed' }
    : unknown)
}[K]

/** Amounts by name, such as `{ rho: 0.125 }`. */
export type Amounts = { readonly [currency: string]: number }

/** What became of an event: the state after it if it was allowed, else the state as it was and the reason. */
export type Spent =
  | { readonly allowed: true; readonly next: PrivacyFilter }
  | { readonly allowed: false; readonly next: PrivacyFilter; readonly reason: string }

/** A filter at one moment. Nothing in it changes: `spend` gives the next one. */
export type PrivacyFilter = {
  readonly kind: FilterKind
  readonly relation: Relation
  /** Whether events may be chosen from what earlier ones released. */
  readonly adaptive: boolean
  readonly limit: Amounts
  /** Rounded up. */
  readonly spent: Amounts
  /** Rounded down. */
  readonly remaining: Amounts
  readonly spend: (event: PrivacyEvent) => Spent
}

const kinds: readonly FilterKind[] = Object.freeze(['pure', 'approximate', 'advanced', 'zcdp', 'rdp', 'gdp', 'profile'] as const)

/** A filter that nothing was spent from. */
export function privacyFilter(given: FilterOptions): PrivacyFilter {
  const kind = oneOf('kind', (given as { kind?: unknown } | undefined)?.kind, kinds)
  options('options', given, kind === 'profile' ? ['kind', 'limit', 'relation', 'schedule'] : ['kind', 'limit', 'relation'])
  const relation = readRelation(given.relation)
  if (kind === 'profile') return profileFilter(given as FilterOptions<'profile'>, relation)
  return sumFilter(currencyOf(kind, given.limit, relation), free)
}

/** How one kind counts: which sums, under which limits, and what they are called. Budgets keep the sums themselves, across restarts. */
export type Currency = {
  readonly kind: FilterKind
  readonly relation: Relation
  readonly limit: Amounts
  readonly cost: CostOf
  /** The exact ceilings of both sums. */
  readonly ceiling: Cost
  /** Sums as amounts, rounded as told. */
  readonly amounts: (sums: Cost, rounding: 'up' | 'down') => Amounts
}

function limitFields<K extends FilterKind>(limit: unknown, names: readonly string[]): FilterLimit[K] {
  return options('limit', limit, names) as FilterLimit[K]
}

const positive = { atLeast: 0 }
const share = { atLeast: 0, below: 1 }

/** The currency of a limit that is a sum's. */
export function currencyOf(kind: Exclude<FilterKind, 'profile'>, given: unknown, relation: Relation): Currency {
  const only = (name: string, ceiling: Rational, limit: Amounts, cost: CostOf): Currency => ({
    kind,
    relation,
    limit,
    cost,
    ceiling: { spent: ceiling, failure: zero },
    amounts: ({ spent }, rounding) => ({ [name]: toNumber(spent, rounding) }),
  })
  switch (kind) {
    case 'pure': {
      const limit = limitFields<'pure'>(given, ['epsilon'])
      const epsilon = number('limit.epsilon', limit.epsilon, positive)
      return only('epsilon', decimal(epsilon), { epsilon }, (event, path) => {
        const cost = claimedCost(relation)(event, path)
        return without(toNumber(cost.failure, 'up'), cost, event, path)
      })
    }
    case 'approximate': {
      const limit = limitFields<'approximate'>(given, ['epsilon', 'delta'])
      const epsilon = number('limit.epsilon', limit.epsilon, positive)
      const delta = number('limit.delta', limit.delta, share)
      return withDelta(only('epsilon', decimal(epsilon), { epsilon, delta }, claimedCost(relation)), decimal(delta))
    }
    case 'advanced': {
      const limit = limitFields<'advanced'>(given, ['epsilon', 'delta', 'slack'])
      const epsilon = number('limit.epsilon', limit.epsilon, positive)
      const delta = number('limit.delta', limit.delta, { above: 0, below: 1 })
      const slack = number('limit.slack', orElse(limit.slack, delta / 2), { above: 0, atMost: delta })
      const ceiling = fromNumber(rhoFor(epsilon, slack))
      const currency = only('rho', ceiling, { epsilon, delta, slack, rho: toNumber(ceiling, 'down') }, pureOnly(relation))
      return withDelta(currency, subtract(decimal(delta), decimal(slack)))
    }
    case 'zcdp': {
      const limit = limitFields<'zcdp'>(given, ['rho', 'delta'])
      const rho = number('limit.rho', limit.rho, positive)
      const delta = number('limit.delta', orElse(limit.delta, 0), share)
      return withDelta(only('rho', decimal(rho), { rho, delta }, concentratedCost(relation)), decimal(delta))
    }
    case 'rdp': {
      const limit = limitFields<'rdp'>(given, ['order', 'divergence'])
      const order = number('limit.order', limit.order, { above: 1 })
      const divergence = number('limit.divergence', limit.divergence, positive)
      return only('divergence', decimal(divergence), { order, divergence }, renyiCost(relation, order))
    }
    case 'gdp': {
      const limit = limitFields<'gdp'>(given, ['mu'])
      const mu = number('limit.mu', limit.mu, positive)
      const square = multiply(decimal(mu), decimal(mu))
      return {
        ...only('mu', square, { mu }, gaussianCost(relation)),
        amounts: ({ spent }, rounding) => ({
          mu: rounding === 'up' ? sqrtUp(toNumber(spent, 'up')) : rootDown(toNumber(spent, 'down')),
        }),
      }
    }
  }
}

/** The same with a second sum, of delta. */
function withDelta(currency: Currency, delta: Rational): Currency {
  return {
    ...currency,
    ceiling: { spent: currency.ceiling.spent, failure: delta },
    amounts: (sums, rounding) => ({ ...currency.amounts(sums, rounding), delta: toNumber(sums.failure, rounding) }),
  }
}

const rootDown = (square: number): number => {
  const root = sqrtUp(square)
  return mulUp(root, root) > square ? subDown(root, root * 2 ** -52) : root
}

/** The largest rho with rho + 2 sqrt(rho log(1 / slack)) <= epsilon, rounded down: the square of epsilon / (sqrt(L + epsilon) + sqrt(L)). */
function rhoFor(epsilon: number, slack: number): number {
  const log = -Math.log(slack) * (1 + 2 ** -50)
  const root = divDown(epsilon, addUp(sqrtUp(addUp(log, epsilon)), sqrtUp(log)))
  return mulDown(root, root)
}

/** Rho of what is stated as epsilon and delta: epsilon tanh(epsilon / 2). */
const pureOnly =
  (relation: Relation): CostOf =>
  (event, path) => {
    const { spent, failure } = claimedCost(relation)(event, path)
    const epsilon = toNumber(spent, 'up')
    return { spent: fromNumber(mulUp(epsilon, Math.tanh(epsilon / 2) * (1 + 2 ** -50))), failure }
  }

/** Whether sums are within their ceilings. */
export function fits({ ceiling }: Currency, total: Cost): boolean {
  return compare(total.spent, ceiling.spent) <= 0 && compare(total.failure, ceiling.failure) <= 0
}

/** What the ceilings leave. */
export function left({ ceiling }: Currency, spent: Cost): Cost {
  return { spent: subtract(ceiling.spent, spent.spent), failure: subtract(ceiling.failure, spent.failure) }
}

function sumFilter(currency: Currency, spent: Cost): PrivacyFilter {
  const { kind, relation, limit, cost, amounts } = currency
  const state: PrivacyFilter = Object.freeze({
    kind,
    relation,
    adaptive: true,
    limit: Object.freeze(limit),
    spent: Object.freeze(amounts(spent, 'up')),
    remaining: Object.freeze(amounts(left(currency, spent), 'down')),
    spend: (event: PrivacyEvent): Spent => {
      const total = addCosts(spent, costOf(freeze(event), cost))
      if (fits(currency, total)) return Object.freeze({ allowed: true, next: sumFilter(currency, total) })
      return Object.freeze({
        allowed: false,
        next: state,
        reason: `${inWords(amounts(total, 'up'))} would pass ${inWords(limit)}`,
      })
    },
  })
  return state
}

function profileFilter(given: FilterOptions<'profile'>, relation: Relation): PrivacyFilter {
  if ((given as { schedule?: unknown }).schedule !== 'fixed') {
    throw new InvalidParameterError(
      'schedule',
      "'fixed': the loss distribution as a stopping rule is unproven for events that are chosen from past outputs",
      (given as { schedule?: unknown }).schedule,
    )
  }
  const limit = limitFields<'profile'>(given.limit, ['epsilon', 'delta'])
  const most = { epsilon: number('limit.epsilon', limit.epsilon, positive), delta: number('limit.delta', limit.delta, share) }
  return profileState(most, relation, [], 0)
}

function profileState(
  limit: FilterLimit['profile'],
  relation: Relation,
  events: readonly PrivacyEvent[],
  spent: number,
): PrivacyFilter {
  const state: PrivacyFilter = Object.freeze({
    kind: 'profile',
    relation,
    adaptive: false,
    limit: Object.freeze({ ...limit }),
    spent: Object.freeze({ epsilon: spent }),
    remaining: Object.freeze({ epsilon: Math.max(0, addDown(limit.epsilon, -spent)) }),
    spend: (event: PrivacyEvent): Spent => {
      const all = [...events, freeze(event)]
      const { upper } = epsilon(composed(all), { delta: limit.delta, relation })
      if (upper <= limit.epsilon) return Object.freeze({ allowed: true, next: profileState(limit, relation, all, upper) })
      return Object.freeze({ allowed: false, next: state, reason: `epsilon ${upper} would pass ${inWords(limit)}` })
    },
  })
  return state
}

/** Amounts as they are read out: `epsilon 1, delta 1e-5`. */
export const inWords = (amounts: Amounts): string =>
  Object.entries(amounts)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')
