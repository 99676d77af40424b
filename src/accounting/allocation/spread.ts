/**
 * Sums of independent positive variables on a geometric grid, rounded so that the result is spread out more than the truth.
 *
 *     S = Z_1 + ... + Z_k,   points v_i = e^(i h),   a value v in [v_i, v_(i+1)] goes to both ends, keeping mass and mean
 *
 * Splitting a value so is a mean-preserving spread: E f of the result is no smaller for any convex f (Strassen: larger in the convex
 * order), and adding an independent variable, or several, keeps the order. On this grid the sum of v_i and v_(i+d) lies at
 * v_(i+d) (1 + e^(-d h)), a fixed distance from v_(i+d) for each d: the split is worked out once for each d, not for each pair.
 *
 * Spread too are the ends: what lies below the window goes partly to 0, what lies above it partly to infinity, where no mass but
 * still a share of the mean is left.
 *
 * *Promise*: under a measure whose density is within e^(+-`massError`), the result is the law of a spread of S e^c with |c| <= `shift`. Both
 * count the rounding of all steps: u = 2^-53 for each addition to a mass, 4 u in the logarithm for each split.
 *
 * *Limits*: adding takes n^2 / 2 pairs, some 1.2 ns each. Each step adds to the variance of log S at most about h^2 / 4.
 *
 * @module
 */

const u = 2 ** -53

/** A law on 0, on the points e^((first + i) h), and on infinity. */
export type Spread = {
  readonly h: number
  readonly first: number
  readonly mass: Float64Array
  /** The mass at 0. */
  readonly zero: number
  /** The part of the mean at infinity. */
  readonly beyond: number
  readonly massError: number
  readonly shift: number
}

/** The sum of two independent variables on one grid, on a grid `finer` times as fine (a power of two). */
export function addSpread(a: Spread, b: Spread, finer: number): Spread {
  const h = a.h / finer
  const first = finer * Math.min(a.first, b.first)
  const last = finer * Math.max(end(a), end(b)) + Math.ceil(Math.LN2 / h) + 1
  const into = new Float64Array(last - first + 1)
  scatter(a, b, 0, a === b ? 2 : 1, finer, into, first)
  if (a !== b) scatter(b, a, 1, 1, finer, into, first)
  // 0 + v = v.
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    const offset = finer * one.first - first
    for (let i = 0; i < one.mass.length; i++)
      into[finer * i + offset] = (into[finer * i + offset] as number) + other.zero * (one.mass[i] as number)
  }
  return {
    h,
    first,
    mass: into,
    zero: a.zero * b.zero,
    beyond: a.beyond + b.beyond,
    massError: a.massError + b.massError + (4 + 2 * Math.max(a.mass.length, b.mass.length)) * u,
    shift: Math.max(a.shift, b.shift) + 4 * u,
  }
}

const end = (a: Spread): number => a.first + a.mass.length - 1

/** Adds all v_j + v_(j-d) with v_j from `large`, v_(j-d) from `small`, d >= least; those with d > 0 `weight` times. */
function scatter(
  large: Spread,
  small: Spread,
  least: number,
  weight: number,
  finer: number,
  into: Float64Array,
  first: number,
): void {
  const { h, mass: b } = large
  const a = small.mass
  const step = h / finer
  const offset = finer * large.first - first
  // Within the arrays: j of `large` meets j - d + skew of `small`.
  const skew = large.first - small.first
  for (let d = least; d <= skew + b.length - 1; d++) {
    const place = Math.log1p(Math.exp(-d * h))
    const k = Math.floor(place / step)
    const upper = Math.expm1(place - k * step) / Math.expm1(step)
    const times = d === 0 ? 1 : weight
    const toUpper = times * Math.min(1, upper)
    const toLower = times * Math.max(0, 1 - upper)
    const from = Math.max(0, d - skew)
    const to = Math.min(b.length, a.length + d - skew)
    let at = finer * from + offset + k
    for (let j = from; j < to; j++, at += finer) {
      const both = (b[j] as number) * (a[j - d + skew] as number)
      into[at] = (into[at] as number) + toLower * both
      into[at + 1] = (into[at + 1] as number) + toUpper * both
    }
  }
}

/**
 * The same law in the window that leaves at most `tail` of the mass below and at most `tail` of the mean above; what is outside is
 * spread to the window's ends and to 0 and infinity.
 */
export function trim({ h, first, mass, zero, beyond, massError, shift }: Spread, tail: number): Spread {
  const size = (i: number): number => Math.exp((first + i) * h)
  let mean = 0
  for (let i = 0; i < mass.length; i++) mean += (mass[i] as number) * size(i)

  let low = 0
  for (let below = mass[0] as number; below <= tail && low < mass.length - 1; below += mass[low] as number) low++
  let high = mass.length - 1
  for (
    let above = (mass[high] as number) * size(high);
    above <= tail * mean && high > low;
    above += (mass[high] as number) * size(high)
  )
    high--

  const kept = mass.slice(low, high + 1)
  let gone = 0
  for (let i = 0; i < low; i++) {
    const share = Math.exp((i - low) * h)
    kept[0] = (kept[0] as number) + (mass[i] as number) * share
    gone += (mass[i] as number) * (1 - share)
  }
  let past = 0
  for (let i = high + 1; i < mass.length; i++) {
    kept[kept.length - 1] = (kept[kept.length - 1] as number) + (mass[i] as number)
    past += (mass[i] as number) * (size(i) - size(high))
  }
  return {
    h,
    first: first + low,
    mass: kept,
    zero: zero + gone,
    beyond: beyond + past * (1 + 1e-9),
    massError: massError + mass.length * u,
    shift: shift + 4 * u * (1 + low * h),
  }
}
