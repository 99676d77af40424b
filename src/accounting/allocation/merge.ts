/**
 * Sums of independent positive variables in geometric bins, rounded so that the result is spread out less than the truth.
 *
 *     S = Z_1 + ... + Z_k,   bins [e^(i h), e^((i+1) h)),   all that falls into a bin is put at its mean
 *
 * Merging values into their mean is a contraction: E f of the result is no larger for any convex f, and adding an independent
 * variable keeps the order. Any partition of the pairs will do; here an atom of bin j and one of bin j - d go by the middles of their
 * bins, so that the place of the sum depends on d alone, and afterwards each heap is moved to the bin that its mean lies in.
 *
 * *Promise*: under a measure whose density is within e^(+-`massError`), the result is the law of a contraction of S e^c with |c| <= `shift`.
 * Both count the rounding of all steps: u = 2^-53 for each addition to a mass or a moment.
 *
 * *Limits*: adding takes n^2 / 2 pairs, some 2 ns each. Each step takes from the variance of log S at most about h^2 / 4.
 *
 * @module
 */

const u = 2 ** -53

/** A law of atoms, at most one in each bin from e^(first h) on: its mass, and its mass times its value. */
export type Merged = {
  readonly h: number
  readonly first: number
  readonly mass: Float64Array
  readonly moment: Float64Array
  readonly massError: number
  readonly shift: number
}

/** The sum of two independent variables on one grid, on a grid `finer` times as fine (a power of two). */
export function addMerged(a: Merged, b: Merged, finer: number): Merged {
  const h = a.h / finer
  const first = finer * Math.min(a.first, b.first)
  const last = finer * (Math.max(end(a), end(b)) + 1) + Math.ceil(Math.LN2 / h)
  const mass = new Float64Array(last - first + 1)
  const moment = new Float64Array(last - first + 1)
  gather(a, b, 0, a === b ? 2 : 1, finer, mass, moment, first)
  if (a !== b) gather(b, a, 1, 1, finer, mass, moment, first)
  const terms = (6 + 2 * Math.max(a.mass.length, b.mass.length)) * u
  return {
    h,
    first,
    ...byMean(h, first, mass, moment),
    massError: a.massError + b.massError + terms,
    shift: Math.max(a.shift, b.shift) + 2 * terms,
  }
}

const end = (a: Merged): number => a.first + a.mass.length - 1

/** Adds all pairs of an atom in bin j of `large` and one in bin j - d of `small`, d >= least; those with d > 0 `weight` times. */
function gather(
  large: Merged,
  small: Merged,
  least: number,
  weight: number,
  finer: number,
  mass: Float64Array,
  moment: Float64Array,
  first: number,
): void {
  const { h, mass: b, moment: bMoment } = large
  const { mass: a, moment: aMoment } = small
  const offset = finer * large.first - first
  const skew = large.first - small.first
  for (let d = least; d <= skew + b.length - 1; d++) {
    const k = Math.floor((finer / h) * (Math.log1p(Math.exp(-d * h)) + h / 2))
    const times = d === 0 ? 1 : weight
    const from = Math.max(0, d - skew)
    const to = Math.min(b.length, a.length + d - skew)
    let at = finer * from + offset + k
    for (let j = from; j < to; j++, at += finer) {
      const i = j - d + skew
      const one = times * (a[i] as number)
      mass[at] = (mass[at] as number) + one * (b[j] as number)
      moment[at] = (moment[at] as number) + (one * (bMoment[j] as number) + times * (aMoment[i] as number) * (b[j] as number))
    }
  }
}

/** Each heap in the bin of its mean. */
function byMean(
  h: number,
  first: number,
  mass: Float64Array,
  moment: Float64Array,
): { mass: Float64Array; moment: Float64Array } {
  const sorted = { mass: new Float64Array(mass.length), moment: new Float64Array(mass.length) }
  for (let i = 0; i < mass.length; i++) {
    const m = mass[i] as number
    if (m === 0) continue
    const at = Math.min(mass.length - 1, Math.max(0, Math.floor(Math.log((moment[i] as number) / m) / h) - first))
    sorted.mass[at] = (sorted.mass[at] as number) + m
    sorted.moment[at] = (sorted.moment[at] as number) + (moment[i] as number)
  }
  return sorted
}

/** The same law in fewer bins: all that is below the first, at most `tail` of the mass, and above the last, at most `tail` of the mean, put there. */
export function gatherTails({ h, first, mass, moment, massError, shift }: Merged, tail: number): Merged {
  let mean = 0
  for (const m of moment) mean += m
  let low = 0
  let [massBelow, momentBelow] = [0, 0]
  while (low < mass.length - 1 && massBelow + (mass[low] as number) <= tail) {
    massBelow += mass[low] as number
    momentBelow += moment[low] as number
    low++
  }
  let high = mass.length - 1
  let [massAbove, momentAbove] = [0, 0]
  while (high > low && momentAbove + (moment[high] as number) <= tail * mean) {
    massAbove += mass[high] as number
    momentAbove += moment[high] as number
    high--
  }
  const kept = mass.slice(low, high + 1)
  const moments = moment.slice(low, high + 1)
  kept[0] = (kept[0] as number) + massBelow
  moments[0] = (moments[0] as number) + momentBelow
  kept[kept.length - 1] = (kept[kept.length - 1] as number) + massAbove
  moments[kept.length - 1] = (moments[kept.length - 1] as number) + momentAbove
  const terms = mass.length * u
  return { h, first: first + low, mass: kept, moment: moments, massError: massError + terms, shift: shift + 2 * terms }
}
