/**
 * Hadamard response: one number for a report, and estimates in k log k for any number of reports.
 *
 * K numbers in B blocks of b = K / B; b is a power of two. Each category has a block and, in it, a row of the Hadamard matrix H(i, j) = (-1)^|i & j| other than row 0:
 *
 *     report = j of its block with H(row, j) = 1 with probability t, else any other number;   t = e^epsilon / (e^epsilon + 2 B - 1)
 *     score  = H(row, j) in its block, 0 elsewhere:    mean of the truth t - (1 - t) / (2 B - 1), of any other category 0
 *
 * Acharya, Sun and Zhang 2019: B is a power of two up to min(e^epsilon, k), here the one of least variance, and b the one above k / B. A share is the mean score over that mean, by one
 * fast transform of the counts.
 *
 * *Promise*: the ratio is at most e^epsilon exactly.
 * *Limits*: a share's variance depends on who else is in its block where there are several; `error` takes the others as spread evenly. Intervals bound positive and negative
 * scores each on its own there, and are up to 1.5 times as wide as they might be. Up to 2^22 categories.
 *
 *     const mechanism = hadamardResponse({ epsilon: 1, categories: 100, insecureRandom: insecureSeeded(1) })
 *     mechanism.release(7) // => 76
 *     mechanism.error({ responses: 10_000 }).stddev // => 0.02163...
 *
 * @module
 */

import type { RandomizedResponseEvent } from '../../events/kinds.ts'
import { integer, options } from '../../guard.ts'
import type { Rational } from '../../numeric/rational.ts'
import * as rational from '../../numeric/rational.ts'
import { sourceOf, sourceOptionNames } from '../../random/source-options.ts'
import { type ErrorOptions, readConfidence } from '../mechanism.ts'
import {
  countReports,
  type LocalMechanism,
  meanError,
  rateBounds,
  readErrorOptions,
  type ShareEstimate,
  toShare,
} from './shares.ts'
import { categoryOf, coin, type Epsilon, eventOf, likelihoodRatio, readEpsilon, truthRate } from './truth-rate.ts'
import type { LocalOptions } from './unary.ts'

/** A number below the first power of two above the number of categories, or a few times that. */
export type HadamardResponse = LocalMechanism<RandomizedResponseEvent, number>

/** Blocks, the numbers in each, t and its odds. */
export type HadamardRates = { readonly blocks: number; readonly width: number; readonly truth: Rational; readonly odds: Rational }

export function hadamardRates(epsilon: Epsilon, categories: number): HadamardRates {
  let best = blocksOf(1, epsilon, categories)
  for (let blocks = 2; blocks <= Math.min(epsilon.exp, categories); blocks *= 2) {
    const next = blocksOf(blocks, epsilon, categories)
    if (hadamardVariance(next, categories, 0) < hadamardVariance(best, categories, 0)) best = next
  }
  return best
}

function blocksOf(blocks: number, epsilon: Epsilon, categories: number): HadamardRates {
  let width = 2
  while (blocks * (width - 1) < categories) width *= 2
  const odds = rational.of(BigInt(2 * blocks - 1))
  return { blocks, width, truth: truthRate(epsilon, odds), odds }
}

/** n times the variance of a share, where those who say something else are spread evenly. */
export function hadamardVariance({ blocks, truth }: HadamardRates, categories: number, share: number): number {
  const t = rational.toNumber(truth)
  const lie = (1 - t) / (2 * blocks - 1)
  const slope = t - lie
  // The mean square of a score is how often it is not 0: in the truth's block, and in another.
  const [inside, outside] = [t + lie, 2 * lie]
  const near = (categories / blocks - 1) / (categories - 1)
  const others = near * inside + (1 - near) * outside
  return (share * (inside - slope * slope) + (1 - share) * others) / (slope * slope)
}

/** Hadamard response with the number of blocks that has the least variance. */
export function hadamardResponse(given: LocalOptions): HadamardResponse {
  const known = options('options', given, ['epsilon', 'categories', ...sourceOptionNames])
  const epsilon = readEpsilon(known['epsilon'])
  const categories = integer('categories', known['categories'], { atLeast: 2, atMost: 2 ** 22 })
  const source = { random: given.random, insecureRandom: given.insecureRandom }
  const { bits, provenance } = sourceOf(source)
  const rates = hadamardRates(epsilon, categories)
  const { blocks, width, truth, odds } = rates
  const ratio = likelihoodRatio(truth, odds)
  const truthful = coin(truth, source)
  const [half, size] = [width / 2, blocks * width]
  const t = rational.toNumber(truth)
  const slope = t - (1 - t) / (2 * blocks - 1)
  const blockOf = (category: number): number => category % blocks
  const rowOf = (category: number): number => 1 + Math.floor(category / blocks)

  // Truths of two blocks differ on all of their numbers, those of one block on half.
  const both = rational.add(truth, rational.divide(truth, ratio))
  const differing = blocks === 1 ? rational.scaleByPowerOfTwo(both, -1) : both
  return Object.freeze({
    provenance,
    event: eventOf(epsilon, ratio, differing),
    guarantee: Object.freeze({ epsilon: epsilon.claimed, delta: 0 }),
    error: (asked) => {
      const { confidence, risk, n, share } = readErrorOptions(asked)
      const at = (s: number): number => hadamardVariance(rates, categories, s)
      const variance = share === undefined ? Math.max(at(0), at(1)) : at(share)
      // The half-width holds for any crowd, so it can't rest on a variance that supposes one.
      const { halfWidth } = meanError(blocks === 1 ? variance : Infinity, 2 / slope, n, risk)
      return Object.freeze({ confidence, stddev: Math.sqrt(variance / n), halfWidth })
    },
    release: (answer) => {
      const category = categoryOf(answer, categories)
      const [start, row] = [blockOf(category) * width, rowOf(category)]
      const agreeing = start + columnOf(row, bits.below(half), 0)
      const other = bits.below(size - half)
      const lie = other < half ? start + columnOf(row, other, 1) : (start + half + other) % size
      return truthful() ? agreeing : lie
    },
    estimate: (reports, asked) => {
      const counts = new Float64Array(size)
      const trials = countReports(reports, (report) => {
        if (typeof report !== 'number' || !Number.isInteger(report) || report < 0 || report >= size) return false
        counts[report] = (counts[report] as number) + 1
        return true
      })
      transform(counts, width)
      const scores = Float64Array.from({ length: categories }, (_, v) => counts[blockOf(v) * width + rowOf(v)] as number)
      // Row 0 is the number of reports of the block.
      const shown = Float64Array.from({ length: categories }, (_, v) => counts[blockOf(v) * width] as number)
      return sharesFromScores({ scores, shown, trials, slope, whole: blocks === 1 }, asked)
    },
  } satisfies HadamardResponse)
}

/** The i-th column at which the number of common ones with `row` is even (parity 0) or odd (1): the lowest bit of the row decides it. */
export function columnOf(row: number, i: number, parity: 0 | 1): number {
  const lowest = row & -row
  const column = ((i & ~(lowest - 1)) << 1) | (i & (lowest - 1))
  return oddOnes(column & row) === parity ? column : column | lowest
}

function oddOnes(bits: number): 0 | 1 {
  let odd = 0
  for (let rest = bits; rest !== 0; rest &= rest - 1) odd ^= 1
  return odd as 0 | 1
}

/** The fast Walsh-Hadamard transform of each block in place; counts are integers, so it is exact. */
function transform(values: Float64Array, width: number): void {
  for (let half = 1; half < width; half *= 2) {
    for (let i = 0; i < values.length; i++) {
      if ((i & half) !== 0) continue
      const [a, b] = [values[i] as number, values[i + half] as number]
      values[i] = a + b
      values[i + half] = a - b
    }
  }
}

/** Sums of scores of 1, 0 and -1, and how many were not 0: all of them where there is one block for the whole. */
type Scores = {
  readonly scores: Float64Array
  readonly shown: Float64Array
  readonly trials: number
  readonly slope: number
  readonly whole: boolean
}

function sharesFromScores(
  { scores, shown, trials, slope, whole }: Scores,
  asked: ErrorOptions | undefined,
): readonly ShareEstimate[] {
  const { risk } = readConfidence(asked)
  const boundsOf = rateBounds(trials, whole ? risk / 2 : risk / 4)
  return Object.freeze(
    Array.from(scores, (score, v) => {
      const nonzero = shown[v] as number
      const share = score / trials / slope
      const up = boundsOf((nonzero + score) / 2)
      // What is not up is down.
      const down = whole ? { lower: 1 - up.upper, upper: 1 - up.lower } : boundsOf((nonzero - score) / 2)
      const variance = Math.max(0, nonzero / trials - toShare(share) * slope * slope)
      return Object.freeze({
        share,
        stddev: Math.sqrt(variance / trials) / slope,
        low: toShare((up.lower - down.upper) / slope),
        high: toShare((up.upper - down.lower) / slope),
      })
    }),
  )
}
