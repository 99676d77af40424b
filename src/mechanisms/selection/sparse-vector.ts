/**
 * The sparse vector technique: which of many queries are above a threshold, at a price for the few that are and not for the many that are not.
 *
 *     positive    iff  q_i + Z_i >= threshold + R,     until `positives` of them were found
 *     R, Z_i      Laplace of scale  sensitivity / e1  and  m c sensitivity / e2,     c = positives,  m = 2, or 1 for monotonic queries
 *     e1 : e2     = 1 : (m c)^(2/3)
 *
 * Lyu, Su and Li 2017, "Understanding the sparse vector technique for differential privacy", algorithm 7 and section 4.2, in the form of its theorems 2 and 5.
 * The noise R is drawn once, at the start; queries may be chosen while the session runs, from the answers so far.
 *
 * Here all is done on integers: q in steps of a grid, R and Z discrete Laplace, D = ceil(sensitivity / step). For given answers sum over R; for the neighbour replace R by R + D,
 * which costs e^(e1). A negative stays one, as q moved by at most D. A positive needs Z_i larger by at most 2 D, which costs e^(e2 / c), c times. Where all queries move down, leave R as it is,
 * where all move up, replace it: either way Z_i has to be larger by at most D.
 *
 * *Answers*: with `answerEpsilon` each positive comes with q + Laplace noise of scale c sensitivity / answerEpsilon: fresh noise, as that of the comparison must not be shown.
 *
 * *The event* is that of one session, spent at its start: pure, and c Laplace releases if there are answers (that it all composes though interleaved: Vadhan and Zhang 2023, "Concurrent
 * composition theorems for differential privacy").
 *
 * *Promise*: sums are compared exactly, however large; the stated epsilon, exactly. A session ends itself: its noise can't be used after the last positive. What is no number counts as 0.
 * *Limits*: up to 2^14 positives. Whether a session has ended is public, and so is how many queries it answered.
 *
 *     const mechanism = sparseVector({ threshold: 100, positives: 2, sensitivity: 1, epsilon: 1, insecureRandom: insecureSeeded(1) })
 *     mechanism.release([20, 180, 35, 240, 11]).map(({ above }) => above) // => [ false, true, false, true ]
 *     mechanism.error({ confidence: 0.95, queries: 1000 }).halfWidth // => 72.19192...
 *
 * @module
 */

import { InvalidParameterError } from '../../errors.ts'
import { composed as composedEvent, pure as pureEvent, repeated as repeatedEvent } from '../../events/builders.ts'
import type { ComposedEvent, PureEvent } from '../../events/kinds.ts'
import { flag, integer, number, options, orElse } from '../../guard.ts'
import type { Rational } from '../../numeric/rational.ts'
import * as rational from '../../numeric/rational.ts'
import { type ExactNumber, exactNumber, positive } from '../../random/exact-number.ts'
import { finite, gridFor } from '../../random/float-grid.ts'
import { type SourceOptions, sourceOf, sourceOptionNames } from '../../random/source-options.ts'
import { laplace } from '../laplace.ts'
import { demandDoubles, type ErrorOptions, type Mechanism, readConfidence } from '../mechanism.ts'
import { intervalLaplace } from '../noise-laws.ts'
import { exactSums, largestScaleExponent } from './exact-sum.ts'

/** Of one session. */
export type AboveThresholdOptions = SourceOptions & {
  /** Public. A query is compared with this; where thresholds differ, subtract each from its query and compare with 0. */
  readonly threshold: number
  /** The most that one record can change any one query. */
  readonly sensitivity: ExactNumber
  /** All that one session spends. */
  readonly epsilon: ExactNumber
  /** Whether a record moves all queries up or all of them down, as counts when it is added. */
  readonly monotonic?: boolean | undefined
  /** The part of epsilon that is spent on noisy answers; no answers where it is left out. */
  readonly answerEpsilon?: ExactNumber | undefined
}

export type SparseVectorOptions = AboveThresholdOptions & {
  /** How many positives a session gives before it ends. */
  readonly positives: number
}

/** Whether a query is above the threshold, and then its noisy value if such were asked for. */
export type Verdict = { readonly above: boolean; readonly answer?: number }

/** One run, with threshold noise of its own. */
export type SparseVectorSession = {
  /** The verdict on the next query. Throws once `remaining` is 0. */
  readonly next: (query: number) => Verdict
  /** How many more positives this session gives. */
  readonly remaining: () => number
}

/** How far off a verdict can be. */
export type ThresholdError = {
  readonly confidence: number
  readonly queries: number
  /** With probability `confidence` or more all of so many positives are at least threshold - halfWidth, and all negatives at most threshold + halfWidth. */
  readonly halfWidth: number
  /** With as much confidence each single answer is within this of its query. */
  readonly answerHalfWidth?: number
}

export type SparseVector = Omit<Mechanism<PureEvent | ComposedEvent, (queries: Iterable<number>) => Verdict[]>, 'error'> & {
  /** `queries` is 1 where it is left out. */
  readonly error: (options?: ErrorOptions & { readonly queries?: number | undefined }) => ThresholdError
  /** Begins a session; its event is spent here. */
  readonly start: () => SparseVectorSession
}

const names = ['threshold', 'sensitivity', 'epsilon', 'monotonic', 'answerEpsilon', ...sourceOptionNames]

/** The first query above a threshold: a sparse vector session of one positive. */
export function aboveThreshold(given: AboveThresholdOptions): SparseVector {
  return build(options('options', given, names), 1)
}

/** The first queries above a threshold. */
export function sparseVector(given: SparseVectorOptions): SparseVector {
  const known = options('options', given, [...names, 'positives'])
  return build(known, integer('positives', known['positives'], { atLeast: 1, atMost: 2 ** 14 }))
}

function build(known: Record<string, unknown>, positives: number): SparseVector {
  const threshold = number('threshold', known['threshold'])
  const sensitivity = exactNumber('sensitivity', known['sensitivity'], positive)
  const total = exactNumber('epsilon', known['epsilon'], positive)
  const moves = (flag('monotonic', known['monotonic']) ? 1 : 2) * positives
  const forAnswers = known['answerEpsilon'] === undefined ? none : exactNumber('answerEpsilon', known['answerEpsilon'], positive)
  const rest = rational.subtract(total, forAnswers)
  // Beside other events it has to be a double, and one that is not more than is left.
  const decisions = forAnswers === none ? rest : rational.fromNumber(rational.toNumber(rest, 'down'))
  if (decisions.numerator <= 0n) throw new InvalidParameterError('answerEpsilon', 'less than "epsilon"', known['answerEpsilon'])
  const epsilon = rational.toNumber(total, 'up')
  demandDoubles('epsilon', known['epsilon'], rational.toNumber(decisions, 'down'), epsilon)
  const { bits, provenance } = sourceOf(known)

  // Any split is private. This one makes the noise of a comparison, R - Z, least.
  const forThreshold = rational.multiply(decisions, rational.fromNumber(1 / (1 + Math.cbrt(moves) ** 2)))
  const forQueries = rational.subtract(decisions, forThreshold)
  const exponent = rational.floorLog2(rational.divide(sensitivity, forThreshold))
  if (exponent < -981 || exponent > 1000) {
    throw new InvalidParameterError('epsilon', 'such that the noise is in [2^-981, 2^1000)', known['epsilon'])
  }
  const grid = gridFor(exponent)
  const distance = rational.of(rational.ceil(rational.scaleByPowerOfTwo(sensitivity, -grid.exponent)))
  const thresholdScale = rational.divide(distance, forThreshold)
  const queryScale = rational.divide(rational.multiply(distance, rational.of(BigInt(moves))), forQueries)
  if (rational.floorLog2(queryScale) > largestScaleExponent || rational.floorLog2(thresholdScale) > largestScaleExponent) {
    throw new InvalidParameterError('epsilon', 'above about 2^-40', known['epsilon'])
  }
  const noisyThreshold = exactSums(bits, grid, thresholdScale)
  const noisyQuery = exactSums(bits, grid, queryScale)
  const answers = forAnswers === none ? undefined : answersOf(sensitivity, forAnswers, positives, known)

  const start = (): SparseVectorSession => {
    const bar = noisyThreshold(threshold)
    let left = positives
    const next = (query: number): Verdict => {
      if (left === 0) throw new InvalidParameterError('next', 'left alone after the last positive: start() another session', left)
      const value = typeof query === 'number' ? finite(query) : 0
      if (noisyQuery(value) < bar) return negative
      left -= 1
      return Object.freeze(answers === undefined ? { above: true } : { above: true, answer: answers.release(value) })
    }
    return Object.freeze({ next, remaining: () => left })
  }
  return Object.freeze({
    provenance,
    event:
      answers === undefined
        ? pureEvent({ epsilon })
        : composedEvent([pureEvent({ epsilon: rational.toNumber(decisions) }), answers.event]),
    guarantee: Object.freeze({ epsilon, delta: 0 }),
    error: (asked) => {
      const { queries, ...others } = options('options', orElse(asked, {}), ['confidence', 'queries'])
      const n = integer('queries', orElse(queries, 1), { atLeast: 1 })
      const { confidence, risk } = readConfidence(others)
      const steps =
        intervalLaplace(rational.toNumber(thresholdScale), risk / 2) +
        intervalLaplace(rational.toNumber(queryScale), risk / (2 * n))
      // Threshold and query are rounded to the grid.
      const error = { confidence, queries: n, halfWidth: (steps + 1) * grid.step }
      return Object.freeze(answers === undefined ? error : { ...error, answerHalfWidth: answers.halfWidth(confidence) })
    },
    start,
    release: (queries) => {
      if (typeof queries !== 'object' || queries === null || !(Symbol.iterator in queries)) {
        throw new InvalidParameterError('queries', 'an iterable of numbers', typeof queries)
      }
      const session = start()
      const verdicts: Verdict[] = []
      for (const query of queries) {
        verdicts.push(session.next(query))
        if (session.remaining() === 0) break
      }
      return verdicts
    },
  } satisfies SparseVector)
}

const none = rational.of(0n)
const negative: Verdict = Object.freeze({ above: false })

/** Noisy answers, each with its share of epsilon. */
function answersOf(sensitivity: Rational, epsilon: Rational, positives: number, source: SourceOptions) {
  const each = rational.toNumber(rational.divide(epsilon, rational.of(BigInt(positives))), 'down')
  if (each === 0) throw new InvalidParameterError('answerEpsilon', 'such that each answer has a positive one', 0)
  const { release, event, error } = laplace({
    sensitivity,
    epsilon: each,
    random: source.random,
    insecureRandom: source.insecureRandom,
  })
  return {
    release: (value: number): number => release(value),
    event: repeatedEvent({ times: positives, event }),
    halfWidth: (confidence: number): number => error({ confidence }).halfWidth,
  }
}
