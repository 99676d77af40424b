/**
 * Unary encoding: one bit for each category, each bit flipped on its own. What basic one-time RAPPOR sends.
 *
 *     P(bit = 1 | truth) = p      P(bit = 1 | another category) = q        p (1 - q) / (q (1 - p)) <= e^epsilon
 *
 *     symmetricUnaryEncoding     p = 1 - q,  p / q = e^(epsilon / 2)           Erlingsson, Pihur and Korolova 2014
 *     optimizedUnaryEncoding     p = 1/2,    q = 1 / (e^epsilon + 1)           Wang, Blocki, Li and Jha 2017
 *
 * Another truth changes two bits. The optimised one spends the whole of epsilon on zeros, of which there are many: the variance of a rare share is
 * 4 e^epsilon / (n (e^epsilon - 1)^2), however many categories.
 *
 * *Promise*: the ratio is at most e^epsilon exactly; every report takes one word of entropy for each bit, whatever the truth.
 * *Limits*: a report of k / 6 characters; for many categories see `localHashing`, as good and shorter.
 *
 *     const mechanism = optimizedUnaryEncoding({ epsilon: 2, categories: 12, insecureRandom: insecureSeeded(1) })
 *     mechanism.release(7) // => gC
 *     mechanism.error({ responses: 10_000, share: 0 }).stddev // => 0.0085...
 *
 * @module
 */

import type { RandomizedResponseEvent } from '../../events/kinds.ts'
import { integer, options } from '../../guard.ts'
import type { Rational } from '../../numeric/rational.ts'
import * as rational from '../../numeric/rational.ts'
import type { ExactNumber } from '../../random/exact-number.ts'
import { type SourceOptions, sourceOf, sourceOptionNames } from '../../random/source-options.ts'
import { addBits, writeBits } from './bit-string.ts'
import { countReports, errorBy, estimateShares, type LocalMechanism, type SupportRates } from './shares.ts'
import { categoryOf, coin, type Epsilon, eventOf, likelihoodRatio, readEpsilon, truthRate } from './truth-rate.ts'

export type LocalOptions = SourceOptions & {
  readonly epsilon: ExactNumber
  /** How many answers there are, numbered from 0. */
  readonly categories: number
}

/** The bits as text, six to a character. */
export type UnaryEncoding = LocalMechanism<RandomizedResponseEvent, string>

/** Both kinds of bits are flipped alike. */
export function symmetricUnaryEncoding(given: LocalOptions): UnaryEncoding {
  return unaryEncoding(given, symmetricRates)
}

/** Ones are drawn by a fair coin, zeros kept as far as epsilon allows. */
export function optimizedUnaryEncoding(given: LocalOptions): UnaryEncoding {
  return unaryEncoding(given, optimizedRates)
}

/** P(bit = 1) for the truth and for another category, and the likelihood ratio. */
export type UnaryRates = { readonly truth: Rational; readonly other: Rational; readonly ratio: Rational }

const one: Rational = rational.of(1n)

export function symmetricRates(epsilon: Epsilon): UnaryRates {
  const truth = truthRate(epsilon, one, 2)
  const half = likelihoodRatio(truth, one)
  return { truth, other: rational.subtract(one, truth), ratio: rational.multiply(half, half) }
}

export function optimizedRates(epsilon: Epsilon): UnaryRates {
  const kept = truthRate(epsilon, one)
  return { truth: rational.of(1n, 2n), other: rational.subtract(one, kept), ratio: likelihoodRatio(kept, one) }
}

export const inDoubles = ({ truth, other }: { truth: Rational; other: Rational }): SupportRates => ({
  truth: rational.toNumber(truth),
  other: rational.toNumber(other),
})

function unaryEncoding(given: LocalOptions, ratesOf: (epsilon: Epsilon) => UnaryRates): UnaryEncoding {
  const known = options('options', given, ['epsilon', 'categories', ...sourceOptionNames])
  const epsilon = readEpsilon(known['epsilon'])
  const categories = integer('categories', known['categories'], { atLeast: 2, atMost: 2 ** 22 })
  const source = { random: given.random, insecureRandom: given.insecureRandom }
  const { provenance } = sourceOf(source)
  const exact = ratesOf(epsilon)
  const { truth: p, other: q, ratio } = exact
  // Where the two bits differ as the truths do, or the other way round.
  const differing = rational.add(rational.multiply(p, rational.subtract(one, q)), rational.multiply(q, rational.subtract(one, p)))
  const [ofTruth, ofOther] = [coin(p, source), coin(q, source)]
  const rates = inDoubles(exact)
  return Object.freeze({
    provenance,
    event: eventOf(epsilon, ratio, differing),
    guarantee: Object.freeze({ epsilon: epsilon.claimed, delta: 0 }),
    error: errorBy(rates),
    release: (answer) => {
      const category = categoryOf(answer, categories)
      return writeBits(categories, (i) => (i === category ? ofTruth() : ofOther()))
    },
    estimate: (reports, asked) => {
      const supports = new Uint32Array(categories)
      const trials = countReports(reports, (report) => addBits(report, supports))
      return estimateShares(supports, trials, rates, asked)
    },
  } satisfies UnaryEncoding)
}
