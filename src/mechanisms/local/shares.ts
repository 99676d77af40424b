/**
 * Shares of categories, estimated from private answers.
 *
 * Each answer supports a category with probability p where it is the truth and q where it is not. Of n answers c support it:
 *
 *     share = (c / n - q) / (p - q)           variance = (s p (1 - p) + (1 - s) q (1 - q)) / (n (p - q)^2)   at a share of s
 *
 * unbiased, for a crowd with fixed truths (Wang, Blocki, Li and Jha 2017, "pure" protocols, equations 1 and 2). Noise alone is counted: that the crowd may
 * be a sample of a larger one is not.
 *
 * *Intervals* are Clopper and Pearson's for c, mapped to shares and cut at 0 and 1: each holds the true share of its category at the confidence asked for, rare
 * categories included (c is a sum of independent coins, spread less than a binomial one: Hoeffding 1956). For all of k categories at once, ask for a
 * confidence of 1 - (1 - c) / k.
 *
 * *Known in advance*: |estimate - share| <= h with probability 1 - r, from the lesser of two bounds, Hoeffding's and Bernstein's,
 *
 *     h (p - q) = sqrt(L / 2n)     or     sqrt(2 V L / n) + L / 3n,        L = ln(2 / r),  V = n (p - q)^2 variance
 *
 * *Shuffled*, n reports are far more private than one: `shuffleEpsilon({ localEpsilon: epsilon, population: n, delta })` of `indistinct/accounting`, without its
 * `categories`, which is for `randomizedResponse` alone: the event's categories cover two truths at a time, not all of them at once.
 *
 * *Limits*: 0.3 ms for each different count, of which there are fewer than categories.
 *
 * @module
 */

import { binomialBounds } from '../../accounting/audit-bounds.ts'
import { InvalidParameterError } from '../../errors.ts'
import { array, integer, number, options, orElse } from '../../guard.ts'
import type { Provenance } from '../../random/handles.ts'
import type { ErrorOptions, Guarantee, NoiseError } from '../mechanism.ts'
import { readConfidence } from '../mechanism.ts'

/** The share of a category among the true answers, and an interval that holds it at the confidence asked for. */
export type ShareEstimate = {
  readonly share: number
  /** The standard error of `share`. */
  readonly stddev: number
  readonly low: number
  readonly high: number
}

export type LocalErrorOptions = ErrorOptions & {
  /** From how many reports a share is estimated; 1 where it is left out. */
  readonly responses?: number | undefined
  /** The true share of the category, 0 for rare ones. Where it is left out, the worst that can be. */
  readonly share?: number | undefined
}

/** A mechanism that each person runs alone: a category in, a report out, and shares from many reports. */
export type LocalMechanism<Event, Report> = {
  /** `'insecure-seeded'` reports protect nobody. */
  readonly provenance: Provenance
  /** What one report is; neighbours are two truths of one person, so ask accountants for `'replace-one'`. */
  readonly event: Event
  readonly guarantee: Guarantee
  /** Of an estimated share, known in advance. `confidence` is 0.95 where it is left out. */
  readonly error: (options?: LocalErrorOptions) => NoiseError
  /** Survives JSON. What is no category counts as category 0. */
  readonly release: (category: number) => Report
  /** The shares of all categories; unbiased, so perhaps a little outside [0, 1]. What is no report is left out. */
  readonly estimate: (reports: readonly Report[], options?: ErrorOptions) => readonly ShareEstimate[]
}

/** How likely an answer supports a category that is the truth, and one that is not. */
export type SupportRates = { readonly truth: number; readonly other: number }

/** n times the variance of an estimated share. */
export function varianceAt({ truth: p, other: q }: SupportRates, share: number): number {
  return (share * p * (1 - p) + (1 - share) * q * (1 - q)) / (p - q) ** 2
}

/** What was asked of an error that is known in advance. */
export function readErrorOptions(asked: unknown): { confidence: number; risk: number; n: number; share: number | undefined } {
  const { responses, share, ...rest } = options('options', orElse(asked, {}), ['confidence', 'responses', 'share'])
  const n = integer('responses', orElse(responses, 1), { atLeast: 1 })
  const known = share === undefined ? undefined : number('share', share, { atLeast: 0, atMost: 1 })
  return { ...readConfidence(rest), n, share: known }
}

/** The error of a mean of n independent terms in a range, of variance at most `variance` each. */
export function meanError(variance: number, range: number, n: number, risk: number): { stddev: number; halfWidth: number } {
  const log = Math.log(2 / risk)
  const hoeffding = range * Math.sqrt(log / (2 * n))
  const bernstein = Math.sqrt((2 * variance * log) / n) + (range * log) / (3 * n)
  return { stddev: Math.sqrt(variance / n), halfWidth: Math.min(hoeffding, bernstein) }
}

/** The `error` of a mechanism with these rates. */
export function errorBy(rates: SupportRates): (asked?: LocalErrorOptions) => NoiseError {
  return (asked) => {
    const { confidence, risk, n, share } = readErrorOptions(asked)
    const variance = share === undefined ? Math.max(varianceAt(rates, 0), varianceAt(rates, 1)) : varianceAt(rates, share)
    return Object.freeze({ confidence, ...meanError(variance, 1 / (rates.truth - rates.other), n, risk) })
  }
}

/** Bounds on the rate at which something happened, by how often it did; each end fails with probability at most `risk`. */
export function rateBounds(trials: number, risk: number): (successes: number) => { lower: number; upper: number } {
  const known = new Map<number, { lower: number; upper: number }>()
  return (successes) => {
    const bounds = known.get(successes) ?? binomialBounds({ successes, trials, significance: risk })
    known.set(successes, bounds)
    return bounds
  }
}

export const toShare = (x: number): number => Math.min(Math.max(x, 0), 1)

/** The shares of categories of which so many of `trials` answers support each. */
export function estimateShares(
  supports: ArrayLike<number>,
  trials: number,
  rates: SupportRates,
  asked: ErrorOptions | undefined,
): readonly ShareEstimate[] {
  const { risk } = readConfidence(asked)
  const boundsOf = rateBounds(trials, risk / 2)
  const shareAt = (rate: number): number => (rate - rates.other) / (rates.truth - rates.other)
  return Object.freeze(
    Array.from(supports, (count) => {
      const share = shareAt(count / trials)
      const { lower, upper } = boundsOf(count)
      return Object.freeze({
        share,
        stddev: Math.sqrt(varianceAt(rates, toShare(share)) / trials),
        low: toShare(shareAt(lower)),
        high: toShare(shareAt(upper)),
      })
    }),
  )
}

/** Goes through the reports, of which `take` says whether they are any; how many were. */
export function countReports(given: unknown, take: (report: unknown) => boolean): number {
  let reports = 0
  for (const report of array('reports', given)) if (take(report)) reports += 1
  if (reports === 0) throw new InvalidParameterError('reports', 'an array with at least one report of this mechanism', given)
  return reports
}
