/**
 * Pairs of mixtures of normal distributions with one standard deviation: what the privacy loss of every Gaussian event is made of.
 *
 *     L(x) = A(x) - B(x),    A = log(p / n),  B = log(q / n),    (p / n)(x) = SUM w_k e^(a_k (2 x - a_k) / (2 s^2))
 *
 * for P = SUM w_k N(a_k, s^2), Q such a mixture too, and n the density of N(0, s^2). Removing a record from a Poisson-sampled sum is
 * P = (1 - r) N(0) + r N(1), Q = N(0); adding one swaps the two; replacing one puts the means of P and Q on either side of 0.
 *
 * *Promise*: `error` bounds the rounding error of `log`, in units of 2^-53, for Math.exp, expm1, log and log1p within 1 ulp (true of
 * fdlibm, which V8 uses; the language promises nothing). Means and s count as exact, weights as right to 2^-53.
 * *Limits*: nothing is checked: s > 0, weights > 0 with sum 1, at most some 1e5 of them.
 *
 * @module
 */

/** SUM weights[k] N(means[k], s^2). */
export type Mixture = { readonly means: readonly number[]; readonly weights: readonly number[] }

/** Two mixtures of normals of standard deviation `stddev`; the loss is log(dP/dQ) under P. */
export type MixturePair = { readonly stddev: number; readonly p: Mixture; readonly q: Mixture }

/** N(0, s^2) alone. */
export const centred: Mixture = Object.freeze({ means: Object.freeze([0]), weights: Object.freeze([1]) })

/** The least and the greatest mean. */
export function hull({ means }: Mixture): readonly [least: number, greatest: number] {
  let least = means[0] as number
  let greatest = least
  for (const mean of means) {
    if (mean < least) least = mean
    if (mean > greatest) greatest = mean
  }
  return [least, greatest]
}

/** The mean of the a_k once x has been seen, s^2 A'(x). It rises with x. */
export function posteriorMean({ means, weights }: Mixture, stddev: number, x: number): number {
  const scale = 0.5 / (stddev * stddev)
  let top = Number.NEGATIVE_INFINITY
  for (const a of means) top = Math.max(top, a * (2 * x - a) * scale)
  let total = 0
  let moment = 0
  for (let k = 0; k < means.length; k++) {
    const a = means[k] as number
    const term = (weights[k] as number) * Math.exp(a * (2 * x - a) * scale - top)
    total += term
    moment += term * a
  }
  return moment / total
}

/** The log ratio of a mixture to N(0, s^2) at equally spaced points. */
export type LogRatios = {
  readonly log: Float64Array
  /** How far `log` may be off, in units of 2^-53. */
  readonly error: Float64Array
  /** The posterior mean, to within `meanError`. */
  readonly mean: Float64Array
  readonly meanError: number
}

/** log(p / n) at first step, (first + 1) step, ..., where `step` is so short a double that these products are exact. */
export function logRatios({ means, weights }: Mixture, stddev: number, first: number, count: number, step: number): LogRatios {
  const log = new Float64Array(count)
  const error = new Float64Array(count)
  const mean = new Float64Array(count)
  const n = means.length
  const scale = 0.5 / (stddev * stddev)
  let meanError = 0
  for (let k = 0; k < n; k++) meanError += 2 ** -48 * (weights[k] as number) * Math.abs(means[k] as number)
  const ratios: LogRatios = { log, error, mean, meanError }
  if (n === 1 && means[0] === 0) return ratios
  for (let i = 0; i < count; i++) {
    const x = (first + i) * step
    let top = Number.NEGATIVE_INFINITY
    let excess = 0
    let slack = 0
    let moment = 0
    for (let k = 0; k < n; k++) {
      const a = means[k] as number
      const w = weights[k] as number
      const exponent = a * (2 * x - a) * scale
      if (exponent > top) top = exponent
      if (a === 0) continue
      const rise = Math.expm1(exponent)
      const weighted = w * rise
      excess += weighted
      // The exponent is rounded five times; weight, expm1 and their product four times, the sum n times.
      slack += (4 + n) * Math.abs(weighted) + 6 * w * Math.abs(exponent) * (rise + 1)
      moment += w * (rise + 1) * a
    }
    if (n > 1 && excess > -0.5 && top < 600) {
      // log1p of the excess over 1 keeps a small loss accurate relative to itself.
      const value = Math.log1p(excess)
      log[i] = value
      error[i] = slack / (1 + excess) + 3 * Math.abs(value)
      mean[i] = moment / (1 + excess)
      continue
    }
    // Far out to either side: relative to the largest term, where nothing cancels or overflows.
    let total = 0
    slack = 0
    moment = 0
    for (let k = 0; k < n; k++) {
      const a = means[k] as number
      const exponent = a * (2 * x - a) * scale
      const term = (weights[k] as number) * Math.exp(exponent - top)
      total += term
      slack += term * (6 * Math.abs(exponent) + 6 * Math.abs(top) + 6 + n)
      moment += term * a
    }
    const value = n === 1 ? top : top + Math.log(total)
    log[i] = value
    error[i] = slack / total + 3 * (Math.abs(value) + Math.abs(top))
    mean[i] = moment / total
  }
  return ratios
}
