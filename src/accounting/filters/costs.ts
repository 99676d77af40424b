/**
 * What an event takes from a filter, as an exact fraction.
 *
 * A parameter that an event states (epsilon 0.1, a noise multiplier of 10) is read as the decimal that it prints as, so that ten times 0.1
 * are 1; the double differs from it by at most 2^-53 of itself. What is a fraction of parameters (1 / 10 for that noise) is exact; what has to be
 * computed is a double rounded up.
 *
 * *Promise*: the cost of a composition is the sum over its parts, exact unless its fraction gets longer than 1024 bits: then it is rounded
 * up, to a multiple of 2^-512. No part is cheaper than its theorem says.
 *
 * @module
 */

import { UnsupportedEventError } from '../../errors.ts'
import type { PrivacyEvent } from '../../events/kinds.ts'
import { inside } from '../../events/path.ts'
import { nextUp } from '../../numeric/directed.ts'
import {
  add,
  bitLength,
  ceil,
  divide,
  fromNumber,
  multiply,
  of,
  type Rational,
  scaleByPowerOfTwo,
} from '../../numeric/rational.ts'
import { basicSum, claimsOf } from '../claims.ts'
import { flatten, type Part } from '../flatten.ts'
import { gaussianEquivalent } from '../gdp.ts'
import { boundOfParts } from '../rdp/curve.ts'
import { contributionsApart, type Relation } from '../relation.ts'
import { concentrated } from '../zcdp.ts'

/** What is spent, and the probability that this is not all. */
export type Cost = { readonly spent: Rational; readonly failure: Rational }

/** The cost of one event that is not a composition; `path` is where it sits. */
export type CostOf = (event: PrivacyEvent, path: string) => Cost

export const zero: Rational = of(0n)
export const free: Cost = Object.freeze({ spent: zero, failure: zero })

/** Both sums. */
export const addCosts = (a: Cost, b: Cost): Cost => ({
  spent: short(add(a.spent, b.spent)),
  failure: short(add(a.failure, b.failure)),
})

/** The same, or a little more where it has grown too long to carry on with. */
function short(value: Rational): Rational {
  if (bitLength(value.denominator) <= 1024) return value
  return scaleByPowerOfTwo(of(ceil(scaleByPowerOfTwo(value, 512))), -512)
}

/** The decimal that a double prints as: 0.1 is 1/10. */
export function decimal(value: number): Rational {
  if (!Number.isFinite(value)) return fromNumber(value)
  const [digits, exponent] = value.toExponential().split('e') as [string, string]
  const [whole, fraction = ''] = digits.split('.') as [string, string | undefined]
  const power = Number(exponent) - fraction.length
  const ten = 10n ** BigInt(Math.abs(power))
  return power >= 0 ? of(BigInt(whole + fraction) * ten) : of(BigInt(whole + fraction), ten)
}

/** The cost of an event, compositions taken apart. */
export function costOf(event: PrivacyEvent, each: CostOf, path = ''): Cost {
  switch (event.kind) {
    case 'repeated': {
      if (event.times === 0) return free
      const once = costOf(event.event, each, inside(path, 'event'))
      const times = of(BigInt(event.times))
      return { spent: multiply(once.spent, times), failure: multiply(once.failure, times) }
    }
    case 'composed': {
      let total = free
      event.events.forEach((inner, i) => {
        total = addCosts(total, costOf(inner, each, inside(path, `events[${i}]`)))
      })
      return total
    }
    default:
      return each(event, path)
  }
}

/** A computed double as a cost, with a last step up; where it is infinite there is no cost that fits any limit. */
function computed(value: number, event: PrivacyEvent, path: string): Rational {
  if (value === 0) return zero
  const up = nextUp(value)
  if (Number.isFinite(up)) return fromNumber(up)
  throw new UnsupportedEventError(path, event.kind, 'its cost is infinite, which fits no limit')
}

/** The parts of an event, with their places in the whole. */
const partsAt = (event: PrivacyEvent, path: string): readonly Part[] =>
  flatten(event).map((part) => ({ ...part, path: [path, part.path].filter((each) => each !== '').join('.') }))

const surely = (spent: Rational): Cost => ({ spent, failure: zero })
const square = (value: Rational): Rational => multiply(value, value)

/** a / b of stated parameters; refused where b is 0. */
function ratio(a: number, b: number, event: PrivacyEvent, path: string): Rational {
  if (b > 0) return divide(decimal(a), decimal(b))
  throw new UnsupportedEventError(path, event.kind, 'without noise its cost is infinite, which fits no limit')
}

/** How far noise of one kind is moved, in units of its scale: [L1, Laplace] or [L2, Gaussian]. */
function shift(
  event: PrivacyEvent,
  relation: Relation,
  path: string,
): { readonly by: Rational; readonly of: 'laplace' | 'gaussian' } | undefined {
  const apart = contributionsApart(relation)
  switch (event.kind) {
    case 'laplace':
      return { by: ratio(apart, event.noiseMultiplier, event, path), of: 'laplace' }
    case 'discreteLaplace':
      return { by: ratio(apart * event.sensitivity, event.scale, event, path), of: 'laplace' }
    case 'gaussian':
      return { by: ratio(apart, event.noiseMultiplier, event, path), of: 'gaussian' }
    case 'discreteGaussian':
      return { by: ratio(apart * event.sensitivity, event.stddev, event, path), of: 'gaussian' }
    default:
      return undefined
  }
}

/** Epsilon and delta, by basic composition. */
export const claimedCost =
  (relation: Relation): CostOf =>
  (event, path) => {
    const moved = shift(event, relation, path)
    if (moved?.of === 'laplace') return surely(moved.by)
    const { epsilon, delta } = basicSum(claimsOf(flatten(event), relation, path))
    const stated = 'epsilon' in event && event.epsilon === epsilon
    return {
      spent: stated ? decimal(epsilon) : computed(epsilon, event, path),
      failure: event.kind === 'approximate' ? decimal(event.delta) : computed(delta, event, path),
    }
  }

/** Rho of zero-concentrated privacy. */
export const concentratedCost =
  (relation: Relation): CostOf =>
  (event, path) => {
    if (event.kind === 'zcdp') return surely(decimal(event.rho))
    if (event.kind === 'gdp') return surely(divide(square(decimal(event.mu)), of(2n)))
    const moved = shift(event, relation, path)
    if (moved?.of === 'gaussian') return surely(divide(square(moved.by), of(2n)))
    const { rho, failure } = concentrated(flatten(event), relation, path)
    return {
      spent: computed(rho, event, path),
      failure: event.kind === 'approximate' ? decimal(event.delta) : computed(failure, event, path),
    }
  }

/** mu^2 of Gaussian privacy. */
export const gaussianCost =
  (relation: Relation): CostOf =>
  (event, path) => {
    if (event.kind === 'gdp') return surely(square(decimal(event.mu)))
    if (event.kind === 'gaussian') return surely(square(ratio(contributionsApart(relation), event.noiseMultiplier, event, path)))
    const { mu, failure } = gaussianEquivalent(partsAt(event, path), relation)
    // The roundings of mu and of its square.
    return without(failure, surely(computed(mu * mu * (1 + 2 ** -45), event, path)), event, path)
  }

/** The Renyi divergence of one order. */
export const renyiCost =
  (relation: Relation, order: number): CostOf =>
  (event, path) => {
    const { renyi, failure } = boundOfParts(partsAt(event, path), relation)
    return without(failure, surely(computed(renyi(order - 1), event, path)), event, path)
  }

/** A cost in a currency that has no place for a delta. */
export function without(failure: number, cost: Cost, event: PrivacyEvent, path: string): Cost {
  if (failure === 0) return cost
  throw new UnsupportedEventError(
    path,
    event.kind,
    "it may fail altogether, with a delta that this filter has no place for; 'zcdp' and 'approximate' have",
  )
}
