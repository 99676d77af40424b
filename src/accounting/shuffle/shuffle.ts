/**
 * The shuffle model: n users each send an answer that is epsilon_0-DP by itself, and a shuffler mixes the answers up. How private is that for
 * who sees all answers but not whose they are?
 *
 * `'blanket'`, numeric: what the answers of others hide at least (blanket.ts). With nothing known of the randomiser it is the bound of
 * Feldman, McMillan and Talwar 2022 (arXiv 2208.04591), C ~ Bin(n - 1, 2 / (e^epsilon_0 + 1)) clones; the total variation distance or the kind
 * of randomiser sharpen it, which is the idea of Wang et al. 2023 (variation ratio, arXiv 2304.05007). Their pair of counts leaves out
 * where a message of the common part hides, and is *not* a bound in general: 6 users, 4-ary randomised response at epsilon_0 = 1.3, the others
 * all answering from a third input, have delta(0.6) = 0.0600 by enumeration, where it gives 0.0554 (test/accounting/shuffle.test.ts). Here the common part
 * is kept in the sum.
 *
 * Closed forms, looser, for an epsilon_0 that is not too large, p = e^epsilon_0:
 *
 *     'feldman-2021' (arXiv 2012.12803)   e^epsilon - 1 = (p - 1) / (p + 1) (8 sqrt(p log(4 / delta) / n) + 8 p / n)
 *     'feldman-2023' (arXiv 2208.04591)   e^epsilon - 1 = (p - 1) (4 sqrt(2 log(4 / delta) / ((p + 1) n)) + 4 / n)
 *
 * *Promise*: never below the bound named, rounding included; never above epsilon_0. It holds for neighbours that differ in one user's input,
 * all users drawing by the same randomiser, each on its own.
 * Of more than a billion users a billion are taken to be mixed and the answers of the others to be known.
 *
 * *Limits*: localEpsilon up to 300. The bound on delta is within 1e-10 of its exact value, relatively, where nothing more is known of the
 * randomiser, else within some percent, which is some 1e-4 in epsilon. n = 1e5, epsilon_0 = 4, delta = 1e-6: 0.11815 in 1 ms (closed forms 0.408 and
 * 0.535), 100-ary response 0.06843 in 0.1 s; n = 1e9, epsilon_0 = 1, delta = 1e-10: 0.00016859 in 0.4 s, with a common part 7 s.
 *
 *     shuffleEpsilon({ localEpsilon: 4, population: 100_000, delta: 1e-6 }).upper.toFixed(5)  // => 0.11815
 *
 * @module
 */

import { InvalidParameterError } from '../../errors.ts'
import { integer, number, oneOf, options, orElse } from '../../guard.ts'
import { findRoot } from '../../numeric/roots.ts'
import { type Blanket, blanketDelta, blanketSum } from './blanket.ts'

/** Which theorem is used. */
export type ShuffleBound = 'blanket' | 'feldman-2023' | 'feldman-2021'

export type ShuffleOptions = {
  /** What each answer is by itself: epsilon_0-DP. */
  readonly localEpsilon: number
  /** The number of users whose answers are shuffled together. */
  readonly population: number
  /** The number of categories, where the answers are k-ary randomised responses at localEpsilon. */
  readonly categories?: number
  /**
   * The largest total variation distance between the answers to two inputs, where it is known: 1 - e^(-epsilon_0 / 2) for Laplace noise of scale
   * 1 / epsilon_0 on [0, 1], say. At most (p - 1) / (p + 1), which is the default.
   */
  readonly totalVariation?: number
}

export type ShuffleBoundResult = { readonly upper: number; readonly bound: ShuffleBound }

/** Who is mixed with more is no less private, and the work grows with the root. */
const mostMixed = 1e9

const bounds: readonly ShuffleBound[] = Object.freeze(['blanket', 'feldman-2023', 'feldman-2021'] as const)
const fields = ['localEpsilon', 'population', 'categories', 'totalVariation']

/** The epsilon of the shuffled answers at `delta`. A closed form outside its range gives epsilon_0. */
export function shuffleEpsilon(
  given: ShuffleOptions & { readonly delta: number; readonly bound?: ShuffleBound },
): ShuffleBoundResult {
  options('options', given, [...fields, 'delta', 'bound'])
  const delta = number('delta', given.delta, { above: 0, below: 1 })
  const bound = oneOf('bound', orElse(given.bound, 'blanket'), bounds)
  const blanket = checked(given)
  const found = bound === 'blanket' ? numericEpsilon(blanket, delta) : closedForm(blanket, delta, bound)
  return Object.freeze({ upper: Math.min(blanket.localEpsilon, found), bound })
}

/** The delta of the shuffled answers at `epsilon`. */
export function shuffleDelta(given: ShuffleOptions & { readonly epsilon: number }): ShuffleBoundResult {
  options('options', given, [...fields, 'epsilon'])
  const epsilon = number('epsilon', given.epsilon, { atLeast: 0 })
  const blanket = checked(given)
  const upper = blanket.each === 0 || epsilon >= blanket.localEpsilon ? 0 : blanketDelta(blanketSum(blanket, 2 ** -100), epsilon)
  return Object.freeze({ upper, bound: 'blanket' })
}

function checked(given: ShuffleOptions): Blanket {
  const localEpsilon = number('localEpsilon', given.localEpsilon, { atLeast: 0, atMost: 300 })
  const population = Math.min(mostMixed, integer('population', given.population, { atLeast: 1 }))
  const p = Math.exp(localEpsilon)
  // Answers that don't depend on the input.
  if (localEpsilon === 0) return { localEpsilon, population, each: 0, factor: 1, common: 0 }
  if (given.categories !== undefined) {
    if (given.totalVariation !== undefined) {
      throw new InvalidParameterError(
        'totalVariation',
        'left out where categories are given: they imply it',
        given.totalVariation,
      )
    }
    const k = integer('categories', given.categories, { atLeast: 2 })
    return { localEpsilon, population, each: 1 / (p + k - 1), factor: 1, common: (k - 2) / (p + k - 1) }
  }
  const most = Math.tanh(localEpsilon / 2)
  const totalVariation = number('totalVariation', orElse(given.totalVariation, most), { atLeast: 0 })
  if (totalVariation > most * (1 + 1e-12)) {
    throw new InvalidParameterError('totalVariation', `at most ${most} where localEpsilon is ${localEpsilon}`, totalVariation)
  }
  if (totalVariation >= most) return { localEpsilon, population, each: 1 / (p + 1), factor: p, common: 0 }
  const each = totalVariation / Math.expm1(localEpsilon)
  return { localEpsilon, population, each, factor: p, common: (1 - each * (p + 1)) / p }
}

function closedForm({ localEpsilon, population: n }: Blanket, delta: number, bound: 'feldman-2023' | 'feldman-2021'): number {
  const p = Math.exp(localEpsilon)
  const [log2, log4] = [Math.log(2 / delta), Math.log(4 / delta)]
  const newer = bound === 'feldman-2023'
  const largest = newer ? Math.log(n / (8 * log2) - 1) : Math.log(n / (16 * log2))
  if (!(localEpsilon <= largest)) return localEpsilon
  const gain = newer
    ? Math.expm1(localEpsilon) * (4 * Math.sqrt((2 * log4) / ((p + 1) * n)) + 4 / n)
    : Math.tanh(localEpsilon / 2) * (8 * Math.sqrt((p * log4) / n) + (8 * p) / n)
  return Math.log1p(gain) * (1 + 2 ** -40)
}

function numericEpsilon(blanket: Blanket, delta: number): number {
  if (blanket.each === 0) return 0
  const own = blanket.localEpsilon
  const sum = blanketSum(blanket, delta * 2 ** -30)
  const excess = (epsilon: number): number => Math.log(blanketDelta(sum, epsilon) / delta)
  const atZero = excess(0)
  if (atZero <= 0) return 0
  // Just below epsilon_0, where delta is not yet 0 by decree; or from the closed form, which is within some small factor.
  const high = Math.min(own * (1 - 2 ** -30), closedForm(blanket, delta, 'feldman-2023'))
  const atHigh = excess(high)
  return atHigh > 0 ? own : findRoot(excess, { low: 0, high, atLow: atZero, atHigh, relativeTolerance: 2 ** -36 }).high
}
