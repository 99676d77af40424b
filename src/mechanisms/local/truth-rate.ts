/**
 * The coin at the heart of local mechanisms, and the event that covers what is made with it.
 *
 * An answer comes from a set that fits the truth with probability t, else from its complement, evenly within each. With `odds` the size of the
 * complement over that of the set, answers are at most R = odds t / (1 - t) times as likely under one truth as under another, so
 *
 *     R <= e^epsilon   where   t <= 1 / (1 + odds e^-epsilon),          rounded down to a multiple of 2^-64
 *
 * *The event.* Between any two truths such an answer has a loss of ln R, 0 or -ln R. Two laws of that kind differ only in the probability
 * of a loss other than 0: the smaller one is the larger one, erased more often. k-ary randomised response has (R + 1) / (R + k - 1), which covers a
 * probability of up to m for each k <= (R + 1) / m + 1 - R, and at a larger epsilon still more.
 *
 * *Promise*: R <= e^epsilon exactly: e^-epsilon is taken from above, by integers. Nothing else of privacy rests on rounding.
 * *Limits*: R is within 2^-60 (1 + 1/epsilon) of e^epsilon, relatively, up to epsilon = 40 or so; beyond 44 noise stays that of 44. From epsilon = 2^-28 or so.
 *
 * @module
 */

import { InvalidParameterError } from '../../errors.ts'
import { randomizedResponse } from '../../events/builders.ts'
import type { RandomizedResponseEvent } from '../../events/kinds.ts'
import type { Rational } from '../../numeric/rational.ts'
import * as rational from '../../numeric/rational.ts'
import { bernoulliSampler } from '../../random/bernoulli.ts'
import { type ExactNumber, exactNumber, positive } from '../../random/exact-number.ts'
import { encloseExpNeg } from '../../random/exp-enclosure.ts'
import { expNeg } from '../../random/exp-neg.ts'
import type { SourceOptions } from '../../random/source-options.ts'
import { demandDoubles } from '../mechanism.ts'

const one: Rational = rational.of(1n)
const digits = 64n
const precision = 192

/** A privacy parameter at its exact value, and as a double that is no smaller. */
export type Epsilon = {
  readonly given: unknown
  readonly exact: Rational
  readonly claimed: number
  /** e^epsilon, nearly, and the same on every engine: sizes that are chosen by it must be. */
  readonly exp: number
}

export function readEpsilon(given: unknown): Epsilon {
  const exact = exactNumber('epsilon', given, positive)
  const claimed = rational.toNumber(exact, 'up')
  demandDoubles('epsilon', given, 1, claimed)
  return { given, exact, claimed, exp: 1 / expNeg(claimed) }
}

/** t of the header, for `epsilon` divided into so many equal parts. */
export function truthRate(epsilon: Epsilon, odds: Rational, parts = 1): Rational {
  const { numerator, denominator } = rational.divide(epsilon.exact, rational.of(BigInt(parts)))
  const [, lie] = encloseExpNeg(numerator, denominator, precision)
  const truth = odds.denominator << BigInt(precision)
  const t = (truth << digits) / (truth + odds.numerator * lie)
  const rate = rational.of(t, 1n << digits)
  // Truth must be likelier than by chance, and by enough that differences of the two as doubles mean something.
  const surplus = rational.subtract(rational.multiply(rate, rational.add(one, odds)), one)
  if (rational.compare(surplus, leastSurplus) >= 0) return rate
  throw new InvalidParameterError('epsilon', 'large enough for answers to depend on the truth (above about 2^-28)', epsilon.given)
}

const leastSurplus: Rational = rational.of(1n, 1n << 30n)

/** R of the header. */
export function likelihoodRatio(rate: Rational, odds: Rational): Rational {
  return rational.divide(rational.multiply(rate, odds), rational.subtract(one, rate))
}

/** The event of an answer of likelihood ratio R whose loss is not 0 with probability at most `differing`, at which it is R or 1/R. */
export function eventOf(epsilon: Epsilon, ratio: Rational, differing: Rational): RandomizedResponseEvent {
  const most = rational.subtract(rational.add(rational.divide(rational.add(ratio, one), differing), one), ratio)
  const categories = Number(rational.floor(most))
  return randomizedResponse({ epsilon: epsilon.claimed, categories: Math.min(categories, Number.MAX_SAFE_INTEGER) })
}

/** A coin of that probability. */
export function coin(probability: Rational, source: SourceOptions): () => boolean {
  return bernoulliSampler({ probability: probability satisfies ExactNumber, ...source }).sample
}

/** A category by its number; what is none counts as category 0. */
export function categoryOf(answer: unknown, categories: number): number {
  return typeof answer === 'number' && Number.isInteger(answer) && answer >= 0 && answer < categories ? answer + 0 : 0
}
