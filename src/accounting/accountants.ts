/**
 * Each accountant's answer to the two questions, from the parts of an event.
 *
 * @module
 */

import { NumericalError, UnsupportedEventError } from '../errors.ts'
import type { Accountant, Answer } from './bound.ts'
import { basicSum, claimsOf } from './claims.ts'
import { gaussianForm } from './closed-form.ts'
import type { Part } from './flatten.ts'
import { type GaussianEquivalent, gaussianEquivalent } from './gdp.ts'
import { type Composed, composeClaims } from './optimal-composition.ts'
import { type Reading, renyiDelta, renyiEpsilon } from './rdp/accountant.ts'
import { boundOfParts } from './rdp/curve.ts'
import type { Best } from './rdp/orders.ts'
import type { Curve } from './rdp/renyi.ts'
import type { Relation } from './relation.ts'
import { type TightBound, tightDelta, tightEpsilon } from './tight.ts'
import { zcdpCurve } from './zcdp.ts'

/** What is asked besides epsilon or delta. */
export type Query = Reading & { readonly relation: Relation; readonly tolerance?: number | undefined }

type Questions = {
  readonly epsilon: (parts: readonly Part[], delta: number, query: Query) => Answer
  readonly delta: (parts: readonly Part[], epsilon: number, query: Query) => Answer
}

const unbounded = 'the loss has no bound, and delta is 0'
const failing = (failure: number): string => `with probability up to ${failure} nothing is guaranteed, more often than delta`

/** A bracket wider than that is worth a question to the Renyi accountant. */
const wide = 0.01

const bestReading = ({ relation }: Query): Query => ({ relation, conversion: 'optimal' })

/** Where a bracket came out wide, its upper end may be above what Renyi divergences imply. */
function withRenyi(found: TightBound, ask: () => Answer): TightBound {
  if (!((found.reached ?? 0) > wide || found.upper === Number.POSITIVE_INFINITY)) return found
  const upper = renyiUpper(ask)
  if (!(upper < found.upper)) return found
  if (upper < found.lower) {
    throw new NumericalError(`Renyi divergences imply ${upper}, below the lower bound ${found.lower}`)
  }
  const { reason: _, ...rest } = found
  return Object.freeze({ ...rest, upper, engine: 'renyi', reached: upper > 0 ? (upper - found.lower) / upper : 0 })
}

function renyiUpper(ask: () => Answer): number {
  try {
    return ask().upper
  } catch (error) {
    // The tight answer stands by itself.
    if (error instanceof UnsupportedEventError || error instanceof NumericalError) return Number.POSITIVE_INFINITY
    throw error
  }
}

/** The accountants. */
export const byAccountant: { readonly [A in Accountant]: Questions } = {
  tight: {
    epsilon: (parts, delta, query) =>
      tightAnswer(
        withRenyi(tightEpsilon(parts, { delta, ...asked(query) }), () =>
          byAccountant.rdp.epsilon(parts, delta, bestReading(query)),
        ),
      ),
    delta: (parts, epsilon, query) =>
      tightAnswer(
        withRenyi(tightDelta(parts, { epsilon, ...asked(query) }), () =>
          byAccountant.rdp.delta(parts, epsilon, bestReading(query)),
        ),
      ),
  },
  rdp: {
    epsilon: (parts, delta, query) => renyiAnswer(boundOfParts(parts, query.relation), delta, query),
    delta: (parts, epsilon, query) => {
      const { value, order } = renyiDelta(boundOfParts(parts, query.relation), epsilon, query)
      return { upper: value, lower: 0, order, ...edge(order, query.orders) }
    },
  },
  zcdp: {
    epsilon: (parts, delta, { relation }) => renyiAnswer(zcdpCurve(parts, relation), delta, { conversion: 'optimal' }),
    delta: (parts, epsilon, { relation }) => {
      const { value, order } = renyiDelta(zcdpCurve(parts, relation), epsilon, { conversion: 'optimal' })
      return { upper: value, lower: 0, order }
    },
  },
  gdp: {
    epsilon: (parts, delta, { relation }) => {
      const found = gaussianEquivalent(parts, relation)
      if (found.failure > delta) return { upper: Number.POSITIVE_INFINITY, lower: 0, reason: failing(found.failure) }
      const left = (delta - found.failure) / (1 - found.failure)
      return gaussianAnswer(found, (mu) => gaussianEpsilon(mu, left))
    },
    delta: (parts, epsilon, { relation }) => {
      const found = gaussianEquivalent(parts, relation)
      const whole = (delta: number): number => Math.min(1, found.failure + (1 - found.failure) * delta)
      return gaussianAnswer(found, (mu) => {
        const { lower, upper } = gaussianDelta(mu, epsilon)
        return { lower: whole(lower), upper: whole(upper) }
      })
    },
  },
  basic: {
    epsilon: (parts, delta, { relation }) => {
      const sum = basicSum(claimsOf(parts, relation))
      if (sum.delta > delta) return { upper: Number.POSITIVE_INFINITY, lower: 0, reason: failing(sum.delta) }
      return { upper: sum.epsilon, lower: 0 }
    },
    delta: (parts, epsilon, { relation }) => {
      const sum = basicSum(claimsOf(parts, relation))
      if (sum.epsilon <= epsilon) return { upper: sum.delta, lower: 0 }
      return {
        upper: 1,
        lower: 0,
        reason: `the epsilons add up to ${sum.epsilon}, and basic composition says nothing below their sum`,
      }
    },
  },
  advanced: {
    epsilon: (parts, delta, query) =>
      optimal(
        parts,
        query,
        (composed) => composed.epsilon(delta),
        (guarantees) => tightEpsilon(guarantees, { delta, ...asked(query) }),
      ),
    delta: (parts, epsilon, query) =>
      optimal(
        parts,
        query,
        (composed) => composed.delta(epsilon),
        (guarantees) => tightDelta(guarantees, { epsilon, ...asked(query) }),
      ),
  },
}

const asked = ({ relation, tolerance }: Query): { readonly relation: Relation; readonly tolerance?: number } => ({
  relation,
  ...(tolerance === undefined ? {} : { tolerance }),
})

function tightAnswer({ relation: _, ...answer }: TightBound): Answer {
  return answer
}

function renyiAnswer(curve: Curve, delta: number, reading: Reading): Answer {
  const { value: upper, order } = renyiEpsilon(curve, delta, reading)
  if (Number.isFinite(upper)) return { upper, lower: 0, order, ...edge(order, reading.orders) }
  const why = curve.failure > delta ? failing(curve.failure) : delta === 0 ? unbounded : 'no Renyi divergence is finite'
  return { upper, lower: 0, reason: why }
}

/** A word of warning where the best order is the first or the last of a list. */
function edge(order: Best['order'], orders: readonly number[] | undefined): { readonly warning?: string } {
  if (orders === undefined || order === Number.POSITIVE_INFINITY) return {}
  const side = order === Math.max(...orders) ? 'largest' : order === Math.min(...orders) ? 'smallest' : undefined
  if (side === undefined) return {}
  return {
    warning: `the best order, ${order}, is the ${side} of the list: others may give less (leave "orders" out to search them all)`,
  }
}

type Bracket = { readonly lower: number; readonly upper: number }

/** By how much a sum of squares of roundings may be off, relatively. */
const muError = 2 ** -46

function gaussianEpsilon(mu: number, delta: number): Bracket {
  if (mu === 0) return { lower: 0, upper: 0 }
  if (delta === 0 || mu === Number.POSITIVE_INFINITY) return { lower: Number.POSITIVE_INFINITY, upper: Number.POSITIVE_INFINITY }
  return gaussianForm(mu, muError).epsilon(delta)
}

function gaussianDelta(mu: number, epsilon: number): Bracket {
  if (mu === 0) return { lower: 0, upper: 0 }
  if (mu === Number.POSITIVE_INFINITY) return { lower: 1, upper: 1 }
  return gaussianForm(mu, muError).delta(epsilon)
}

function gaussianAnswer({ mu, limit, exact }: GaussianEquivalent, at: (mu: number) => Bracket): Answer {
  const { lower, upper } = at(mu)
  const infinite = upper === Number.POSITIVE_INFINITY ? { reason: Number.isFinite(mu) ? unbounded : 'a part hides nothing' } : {}
  if (limit === undefined) return { upper, lower: exact ? lower : 0, ...infinite }
  return {
    upper,
    lower: 0,
    estimate: at(limit).upper,
    warning: 'the estimate is a central limit, which may lie below the truth; the upper bound ignores that records are sampled',
    ...infinite,
  }
}

function optimal(
  parts: readonly Part[],
  { relation }: Query,
  exactly: (composed: Composed) => Bracket,
  certified: (guarantees: readonly Part[]) => TightBound,
): Answer {
  const claims = claimsOf(parts, relation)
  const attained = claims.every(({ claim }) => claim.attained)
  const composed = composeClaims(claims)
  const { lower, upper } =
    composed !== undefined
      ? exactly(composed)
      : certified(
          claims.map(({ claim: { epsilon, delta }, times }, i) => ({
            event: { kind: 'approximate', epsilon, delta },
            times,
            path: (parts[i] as Part).path,
          })),
        )
  return {
    upper,
    lower: attained ? lower : 0,
    ...(upper === Number.POSITIVE_INFINITY ? { reason: failing(basicSum(claims).delta) } : {}),
  }
}
