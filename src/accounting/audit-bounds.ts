/**
 * What an attack proves: lower bounds on epsilon, at a stated significance, from counts of hits and misses.
 *
 * *Two groups* (canaries in and out of many runs, or of one each). With true positives among those in and false positives among
 * those out, each rate has Clopper and Pearson's bound at half the significance, and (epsilon, delta)-DP needs
 *
 *     TPR <= e^epsilon FPR + delta,     TNR <= e^epsilon FNR + delta         (Nasr et al. 2021, arXiv 2101.04535)
 *
 * *One run* (Steinke, Nasr and Jagielski 2023, arXiv 2305.08846, theorem 5.2). Each of m canaries is in or out by a fair coin; the
 * attacker guesses r of them, v rightly. If the mechanism is (epsilon, delta)-DP, then with W binomial of r trials, q = 1 / (1 + e^-epsilon),
 *
 *     P(at least v right) <= P(W >= v) + 2 m delta max_i P(v - i <= W < v) / i
 *
 * *One run, Gaussian* (Mahloujifar, Melis and Chaudhuri 2024, arXiv 2410.22235): the same, assuming
 * that the mechanism is mu-GDP for some mu; more is proven than without.
 *
 * *Promise*: with probability at least 1 - significance over the coins, a mechanism that is (epsilon, delta)-DP gets a figure of at most
 * epsilon. Every step is rounded towards claiming less. The significance pays for one test: who looks at k thresholds and takes the
 * best divides it by k, and k must not depend on what was seen.
 *
 * *Limits*: the search for epsilon ends where doubles do (two groups) or at 2^-40 relatively (one run). Equal to jax_privacy's figures
 * to the 1e-6 that these are good to. A million guesses take 0.06 s.
 *
 * @module
 */

import { flag, integer, number, options } from '../guard.ts'
import { binomialAtLeast, binomialLogAtLeast, binomialLogAtMost, binomialProbability } from '../numeric/binomial.ts'
import { divDown, nextDown, nextUp, subDown } from '../numeric/directed.ts'
import { normalCdf } from '../numeric/normal.ts'
import { normalQuantile } from '../numeric/normal-quantile.ts'
import { findRoot } from '../numeric/roots.ts'
import { gaussianDeltaError, gaussianLogDelta } from './analytic-gaussian.ts'

/** How often something happened. */
export type Trials = { readonly successes: number; readonly trials: number; readonly significance: number }

/** An error bound of `binomialLog...`, doubled: 32 u (1 + |log|). */
const logMargin = (log: number): number => 2 ** -48 * (1 + Math.abs(log))

/**
 * The range of probabilities that are not refuted by what happened: each end alone is wrong with probability at most `significance`.
 * (Clopper and Pearson, Biometrika 26 (1934).)
 */
export function binomialBounds(given: Trials): { readonly lower: number; readonly upper: number } {
  const { n, k, log } = checkedTrials(given)
  const target = log - logMargin(log)
  // A sign change over (0, 1): log 0 = -Infinity at one end, 0 > target at the other.
  const lower = k === 0 ? 0 : findRoot((p) => binomialLogAtLeast(k, n, p) - target, { low: 0, high: 1 }).low
  const upper = k === n ? 1 : findRoot((p) => binomialLogAtMost(k, n, p) - target, { low: 0, high: 1 }).high
  return Object.freeze({ lower, upper })
}

function checkedTrials(given: Trials): { n: number; k: number; log: number } {
  const { successes, trials, significance } = options('options', given, ['successes', 'trials', 'significance'])
  const n = integer('trials', trials, { atLeast: 1 })
  const k = integer('successes', successes, { atLeast: 0, atMost: n })
  return { n, k, log: Math.log(number('significance', significance, { above: 0, below: 1 })) }
}

/** What an attack that says "in" or "out" got right and wrong. */
export type AttackCounts = {
  /** Canaries that were in, and those of them that the attack calls "in". */
  readonly positives: number
  readonly truePositives: number
  /** Canaries that were out, and those of them that the attack calls "in". */
  readonly negatives: number
  readonly falsePositives: number
}

export type AttackBoundOptions = AttackCounts & {
  readonly significance: number
  readonly delta: number
  /** Whether "out" counts too: the better of the two answers, at no price. Default false. */
  readonly bothAnswers?: boolean
}

/** Bounds on the false positive and the false negative rate, which hold together at the given significance. */
export function attackRates(counts: AttackCounts & { readonly significance: number }): {
  readonly falsePositiveRate: number
  readonly falseNegativeRate: number
} {
  const { positives, truePositives, negatives, falsePositives, significance } = counts
  const half = number('significance', significance, { above: 0, below: 1 }) / 2
  const rate = (name: keyof AttackCounts, successes: number, trials: number): number => {
    integer(name, successes, { atLeast: 0, atMost: trials })
    return binomialBounds({ successes, trials, significance: half }).upper
  }
  const misses =
    integer('positives', positives, { atLeast: 1 }) - integer('truePositives', truePositives, { atLeast: 0, atMost: positives })
  return Object.freeze({
    falsePositiveRate: rate('falsePositives', falsePositives, integer('negatives', negatives, { atLeast: 1 })),
    falseNegativeRate: rate('truePositives', misses, positives),
  })
}

const attackOptions = ['positives', 'truePositives', 'negatives', 'falsePositives', 'significance', 'delta', 'bothAnswers']

/** The epsilon that an attack on two groups proves to be needed; 0 if it proves nothing. */
export function epsilonFromAttack(given: AttackBoundOptions): number {
  options('options', given, attackOptions)
  const delta = number('delta', given.delta, { atLeast: 0, atMost: 1 })
  const bothAnswers = flag('bothAnswers', given.bothAnswers)
  const { falsePositiveRate, falseNegativeRate } = attackRates(given)
  const proven = (wrong: number, missed: number): number => {
    const right = subDown(subDown(1, missed), delta)
    return right > wrong ? Math.max(0, nextDown(nextDown(Math.log(divDown(right, wrong))))) : 0
  }
  const epsilon = proven(falsePositiveRate, falseNegativeRate)
  return bothAnswers ? Math.max(epsilon, proven(falseNegativeRate, falsePositiveRate)) : epsilon
}

/**
 * The mu that the same attack proves to be needed of a Gaussian mechanism: Phi^-1(1 - FPR) - Phi^-1(FNR) for bounds on both (Dong, Roth
 * and Su 2019, equation 6); 0 if it proves nothing.
 */
export function gdpFromAttack(given: AttackCounts & { readonly significance: number }): number {
  options('options', given, attackOptions.slice(0, 5))
  const { falsePositiveRate, falseNegativeRate } = attackRates(given)
  const [a, b] = [-normalQuantile(falsePositiveRate), normalQuantile(falseNegativeRate)]
  // A quantile is good to 4 ulp.
  const margin = 8 * Number.EPSILON * (Math.abs(a) + Math.abs(b))
  return a > b ? Math.max(0, a - b - margin) : 0
}

/** What a one-run audit saw: of so many canaries so many were guessed, so many rightly. */
export type OneRun = { readonly canaries: number; readonly guesses: number; readonly correct: number }

/** Every guess is walked past several times. */
const mostGuesses = 1e7
const oneRunFields = ['canaries', 'guesses', 'correct']

function checkOneRun({ canaries, guesses, correct }: OneRun): void {
  integer('canaries', canaries, { atLeast: 1 })
  integer('guesses', guesses, { atLeast: 0, atMost: Math.min(canaries, mostGuesses) })
  integer('correct', correct, { atLeast: 0, atMost: guesses })
}

/** A bound on the probability that so many guesses are right if the mechanism is (epsilon, delta)-DP. */
export function oneRunPValue(given: OneRun & { readonly epsilon: number; readonly delta: number }): number {
  options('options', given, [...oneRunFields, 'epsilon', 'delta'])
  checkOneRun(given)
  number('epsilon', given.epsilon, { atLeast: 0 })
  return pValue(given, given.epsilon, number('delta', given.delta, { atLeast: 0, atMost: 1 }))
}

function pValue({ canaries, guesses, correct }: OneRun, epsilon: number, delta: number): number {
  if (correct === 0) return 1
  // Up by more than its rounding: the p-value rises with q.
  const q = Math.min(1, nextUp(nextUp(nextUp(1 / (1 + Math.exp(-epsilon))))))
  const tail = binomialAtLeast(correct, guesses, q)
  const best = delta > 0 ? densestBelow(correct, guesses, q) : 0
  return Math.min(1, (tail + 2 * canaries * delta * best) * (1 + 2 ** -36))
}

/**
 * max over i of P(v - i <= W < v) / i. The probabilities rise and then fall as one walks down from v - 1, so their average is largest
 * when the next one falls below it.
 */
function densestBelow(v: number, n: number, q: number): number {
  if (q === 1) return v === n + 1 ? 1 : 0
  let term = binomialProbability(v - 1, n, q)
  let sum = term
  let count = 1
  for (let k = v - 1; k > 0; k--) {
    term *= (k / (n - k + 1)) * ((1 - q) / q)
    if (term * count < sum) break
    sum += term
    count++
  }
  return (sum / count) * (1 + 8 * count * 2 ** -52)
}

/** The epsilon that a one-run audit proves to be needed; 0 if it proves nothing. */
export function oneRunEpsilon(given: OneRun & { readonly significance: number; readonly delta: number }): number {
  options('options', given, [...oneRunFields, 'significance', 'delta'])
  checkOneRun(given)
  const delta = number('delta', given.delta, { atLeast: 0, atMost: 1 })
  const log = Math.log(number('significance', given.significance, { above: 0, below: 1 }))
  return greatestRefuted((epsilon) => Math.log(pValue(given, epsilon, delta)) - log)
}

/** The mu that a one-run audit proves to be needed of a Gaussian mechanism; 0 if it proves nothing. */
export function oneRunGdp(given: OneRun & { readonly significance: number }): number {
  options('options', given, [...oneRunFields, 'significance'])
  checkOneRun(given)
  const significance = number('significance', given.significance, { above: 0, below: 1 })
  return greatestRefuted((mu) => -refutation(given, significance, mu))
}

/** Positive where mu-GDP is refuted: the least mass that so many right guesses would need, less what there is. */
function refutation({ canaries, guesses, correct }: OneRun, significance: number, mu: number): number {
  let right = (significance * correct) / canaries
  let wrong = (significance * (guesses - correct)) / canaries
  for (let i = correct - 1; i >= 0; i--) {
    // The trade-off curve of mu-GDP: who is right so often must be wrong at least so often.
    const next = Math.max(wrong, normalCdf(normalQuantile(right) - mu))
    if (next === wrong) break
    right = Math.min(1, right + (i / (guesses - i)) * (next - wrong))
    wrong = next
  }
  return right + wrong - (guesses / canaries) * (1 + 2 ** -36)
}

/** The largest parameter found at which a rising test is negative, where it is so from 0 on. */
function greatestRefuted(test: (parameter: number) => number): number {
  if (!(test(0) < 0)) return 0
  // Ends: by 64 nothing is refuted, as q is 1 and a curve that far out is 0.
  let high = 1
  while (test(high) < 0) high *= 2
  return findRoot(test, { low: high === 1 ? 0 : high / 2, high, relativeTolerance: 2 ** -40 }).low
}

/** The epsilon of a mu-GDP mechanism at `delta`, rounded down: what a bound on mu comes to. */
export function epsilonFromGdp(mu: number, delta: number): number {
  number('mu', mu, { atLeast: 0 })
  number('delta', delta, { above: 0, atMost: 1 })
  // The log of delta(epsilon) less the target, lowered by what its evaluation may be off: where it is not negative, epsilon is needed.
  const surplus = (epsilon: number): number => gaussianLogDelta(mu, epsilon) - 2 * gaussianDeltaError - nextUp(Math.log(delta))
  if (mu === 0 || !(surplus(0) > 0)) return 0
  let high = 1
  while (surplus(high) > 0) high *= 2
  return findRoot(surplus, { low: high === 1 ? 0 : high / 2, high }).low
}
