/**
 * Attack scores as a curve of true against false positives, and what is commonly read off it.
 *
 * An attack gives each canary a score, the higher the surer that it was in. Each threshold calls some of them "in"; the frontier is
 * the concave hull of (false positives, true positives) over all thresholds, between whose corners a coin interpolates.
 *
 * *Promise*: the frontier is exact. All figures here are estimates from the sample, without a confidence: they prove nothing. A proof
 * is audit-bounds.ts at a threshold that was chosen without looking at these scores.
 *
 *     rocFrontier([3, 4, 5], [1, 2, 4]).map(({ truePositives }) => truePositives)  // => [ 0, 1, 3, 3 ]
 *
 * *Limits*: sorting, n log n.
 *
 * @module
 */

import { array, integer, number } from '../guard.ts'

/** A corner: who scores at least `threshold` is called "in". */
export type RocPoint = { readonly threshold: number; readonly truePositives: number; readonly falsePositives: number }

/** The corners of the frontier from nobody (threshold Infinity) to everybody (the least score). */
export function rocFrontier(inScores: readonly number[], outScores: readonly number[]): readonly RocPoint[] {
  const scored = [...checked('inScores', inScores, true), ...checked('outScores', outScores, false)]
  scored.sort((a, b) => b.score - a.score)
  const corners: RocPoint[] = [{ threshold: Number.POSITIVE_INFINITY, truePositives: 0, falsePositives: 0 }]
  let [truePositives, falsePositives] = [0, 0]
  scored.forEach(({ score, positive }, i) => {
    if (positive) truePositives++
    else falsePositives++
    if (i + 1 < scored.length && (scored[i + 1] as { score: number }).score === score) return
    const point = { threshold: score, truePositives, falsePositives }
    while (
      corners.length > 1 &&
      !bendsRight(corners[corners.length - 2] as RocPoint, corners[corners.length - 1] as RocPoint, point)
    ) {
      corners.pop()
    }
    corners.push(point)
  })
  return Object.freeze(corners.map((corner) => Object.freeze(corner)))
}

function checked(name: string, scores: readonly number[], positive: boolean): { score: number; positive: boolean }[] {
  return Array.from(array(name, scores, 1), (score, i) => ({ score: number(`${name}[${i}]`, score), positive }))
}

/** Whether b lies strictly above the line from a to c. Counts are integers, so this is exact. */
function bendsRight(a: RocPoint, b: RocPoint, c: RocPoint): boolean {
  const [x, y] = [b.falsePositives - a.falsePositives, b.truePositives - a.truePositives]
  return y * (c.falsePositives - a.falsePositives) > x * (c.truePositives - a.truePositives)
}

/** How many canaries were in and out: the last corner has them all. */
function totals(frontier: readonly RocPoint[]): { positives: number; negatives: number } {
  const last = frontier[frontier.length - 1] as RocPoint
  return { positives: last.truePositives, negatives: last.falsePositives }
}

/** The area under the frontier, as a fraction: 1/2 for guessing. */
export function areaUnderFrontier(frontier: readonly RocPoint[]): number {
  const { positives, negatives } = totals(frontier)
  let twice = 0
  for (let i = 1; i < frontier.length; i++) {
    const [a, b] = [frontier[i - 1] as RocPoint, frontier[i] as RocPoint]
    twice += (b.falsePositives - a.falsePositives) * (a.truePositives + b.truePositives)
  }
  return twice / 2 / positives / negatives
}

/** The best share of right answers at any threshold, where `prevalence` of the canaries are in (default: as in the sample). */
export function bestAccuracy(frontier: readonly RocPoint[], prevalence?: number): number {
  const { positives, negatives } = totals(frontier)
  const share =
    prevalence === undefined ? positives / (positives + negatives) : number('prevalence', prevalence, { atLeast: 0, atMost: 1 })
  return Math.max(
    ...frontier.map((p) => share * (p.truePositives / positives) + (1 - share) * (1 - p.falsePositives / negatives)),
  )
}

/** The true positive rate at a false positive rate, corners mixed by a coin where there is none. */
export function truePositiveRateAt(frontier: readonly RocPoint[], falsePositiveRate: number): number {
  number('falsePositiveRate', falsePositiveRate, { atLeast: 0, atMost: 1 })
  const { positives, negatives } = totals(frontier)
  const target = falsePositiveRate * negatives
  const next = frontier.findIndex((p) => p.falsePositives > target)
  if (next < 0) return 1
  const [a, b] = [frontier[next - 1] as RocPoint, frontier[next] as RocPoint]
  const part = (target - a.falsePositives) / (b.falsePositives - a.falsePositives)
  return (a.truePositives + part * (b.truePositives - a.truePositives)) / positives
}

/** log((TPR - delta) / FPR) at its best over thresholds with at least `minimumCount` false positives; never below 0. */
export function epsilonEstimate(
  frontier: readonly RocPoint[],
  at: { readonly minimumCount: number; readonly delta: number },
): number {
  const minimum = integer('minimumCount', at.minimumCount, { atLeast: 1 })
  const delta = number('delta', at.delta, { atLeast: 0, atMost: 1 })
  const { positives, negatives } = totals(frontier)
  if (minimum >= negatives) return 0
  const least = minimum / negatives
  const rates = [{ tpr: truePositiveRateAt(frontier, least), fpr: least }]
  for (const p of frontier) {
    if (p.falsePositives >= minimum) rates.push({ tpr: p.truePositives / positives, fpr: p.falsePositives / negatives })
  }
  return Math.max(0, ...rates.map(({ tpr, fpr }) => (tpr > delta ? Math.log((tpr - delta) / fpr) : 0)))
}
