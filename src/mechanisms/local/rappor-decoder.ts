/**
 * From counts of bits to shares of texts: linear regression on the filters of the candidates.
 *
 * With X the 0-1 matrix of a row for each bit of each of m cohorts and a column for each candidate, and W = (X^T X)^-1 X^T, a report of cohort j scores
 *
 *     g_v = m sum over its bits of W_(v, bit) (bit - p) / (q - p),      p and q the probabilities of a 1 for a bit that is not, and is, in the filter
 *
 * and E g_v = (W X)_(v, truth) is 1 for the truth and 0 for every other candidate, as a cohort is drawn evenly: a share is the mean of its scores.
 * The variance of a score and the range of it are computed from W for each truth, the largest taken; intervals are Bernstein's or Hoeffding's.
 *
 * *Promise*: unbiased for a crowd that gives candidates only; intervals hold for every such crowd.
 * *Limits*: k^3 steps for k candidates, once: 0.2 s for 500. What others say counts towards candidates that share bits with it.
 *
 * @module
 */

import { InvalidParameterError } from '../../errors.ts'
import { type FilterShape, placesOf } from './bloom.ts'
import type { SupportRates } from './shares.ts'

export type Decoder = {
  /** The mean score of each candidate, from the counts of ones, cohort by cohort, and of reports in each cohort. */
  readonly shares: (ones: readonly Uint32Array[], reports: ArrayLike<number>, total: number) => Float64Array
  /** The largest variance of a score, and its range, of each candidate. */
  readonly variances: Float64Array
  readonly ranges: Float64Array
}

export function rapporDecoder(candidates: readonly string[], shape: FilterShape, { truth: q, other: p }: SupportRates): Decoder {
  const { bits, cohorts } = shape
  const k = candidates.length
  const slope = q - p
  // For each candidate and cohort, the rows of X that it sets.
  const rows = candidates.map((text) =>
    Array.from({ length: cohorts }, (_, j) => Array.from(placesOf(text, j, shape), (place) => j * bits + place)),
  )
  const sets = rows.map((ofText) => new Set(ofText.flat()))
  const gram = rows.map((ofText) => sets.map((other) => ofText.flat().filter((row) => other.has(row)).length))
  const inverse = inverseOf(gram)
  const weights = inverse.map((line) => {
    const w = new Float64Array(cohorts * bits)
    rows.forEach((ofText, u) => {
      for (const row of ofText.flat()) w[row] = (w[row] as number) + (line[u] as number)
    })
    return w
  })

  const variances = new Float64Array(k)
  const ranges = new Float64Array(k)
  weights.forEach((w, v) => {
    let [low, high] = [0, 0]
    const squares = new Float64Array(cohorts)
    for (let j = 0; j < cohorts; j++) {
      let [up, down] = [0, 0]
      for (let row = j * bits; row < (j + 1) * bits; row++) {
        const weight = w[row] as number
        squares[j] = (squares[j] as number) + weight * weight
        if (weight > 0) up += weight
        else down -= weight
      }
      high = Math.max(high, up * (1 - p) + down * p)
      low = Math.min(low, -up * p - down * (1 - p))
    }
    ranges[v] = (cohorts * (high - low)) / slope
    rows.forEach((ofText, u) => {
      let variance = u === v ? -1 : 0
      ofText.forEach((set, j) => {
        let [mean, square] = [0, 0]
        for (const row of set) {
          mean += w[row] as number
          square += (w[row] as number) ** 2
        }
        const noise = (square * q * (1 - q) + ((squares[j] as number) - square) * p * (1 - p)) / slope ** 2
        variance += cohorts * (noise + mean * mean)
      })
      variances[v] = Math.max(variances[v] as number, variance)
    })
  })

  return {
    variances,
    ranges,
    shares: (ones, reports, total) =>
      Float64Array.from(weights, (w) => {
        let sum = 0
        for (let j = 0; j < cohorts; j++) {
          for (let place = 0; place < bits; place++) {
            sum += (w[j * bits + place] as number) * ((ones[j]?.[place] as number) - p * (reports[j] as number))
          }
        }
        return (cohorts * sum) / (slope * total)
      }),
  }
}

/** The inverse of a symmetric positive definite matrix of integers, by Gauss and Jordan; pivots on the diagonal are safe there. */
function inverseOf(matrix: readonly (readonly number[])[]): Float64Array[] {
  const k = matrix.length
  const left = matrix.map((line) => Float64Array.from(line))
  const right = matrix.map((_, i) => Float64Array.from({ length: k }, (__, j) => (i === j ? 1 : 0)))
  for (let c = 0; c < k; c++) {
    const [pivots, results] = [left[c] as Float64Array, right[c] as Float64Array]
    const pivot = pivots[c] as number
    if (!(pivot > 1e-9)) {
      throw new InvalidParameterError(
        'candidates',
        'told apart by the filters: more bits, cohorts or hashes, or fewer of them',
        k,
      )
    }
    for (let j = 0; j < k; j++) {
      pivots[j] = (pivots[j] as number) / pivot
      results[j] = (results[j] as number) / pivot
    }
    for (let i = 0; i < k; i++) {
      if (i === c) continue
      const [line, result] = [left[i] as Float64Array, right[i] as Float64Array]
      const factor = line[c] as number
      if (factor === 0) continue
      for (let j = 0; j < k; j++) {
        line[j] = (line[j] as number) - factor * (pivots[j] as number)
        result[j] = (result[j] as number) - factor * (results[j] as number)
      }
    }
  }
  return right
}
