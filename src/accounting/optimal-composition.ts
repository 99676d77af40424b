/**
 * The composition of (epsilon_i, delta_i) guarantees when nothing else is known of the mechanisms: exactly.
 *
 *     1 - delta(e) = PRODUCT (1 - delta_i) (1 - SUM over signs of P(signs) (1 - e^(e - SUM +-epsilon_i))_+),   P(+) = e^eps / (1 + e^eps)
 *
 * The worst mechanisms are randomised responses that fail with probability delta_i; the sum is their privacy loss, a sum of independent
 * signs. Kairouz, Oh and Viswanath 2015 (arXiv 1311.0776), theorem 3.3 for equal guarantees; Murtagh and Vadhan 2016 (arXiv 1507.03113),
 * theorem 1.5 for others. Equal guarantees are counted: k of them have k + 1 losses, with binomial probabilities.
 *
 * *Promise*: `upper` and `lower` hold the exact value between them, rounding included; they are 1e-9 apart, or (k being the number
 * of guarantees) 4e-16 k if that is more.
 * *Limits*: at most 2^20 different total losses, else undefined.
 *
 * @module
 */

import { binomialLogProbability } from '../numeric/binomial.ts'
import { addUp, mulUp } from '../numeric/directed.ts'
import type { Claims } from './claims.ts'

/** A value is between these. */
export type Bracket = { readonly lower: number; readonly upper: number }

/** Both functions of a composition, for epsilon >= 0 and delta in [0, 1). */
export type Composed = { readonly delta: (epsilon: number) => Bracket; readonly epsilon: (delta: number) => Bracket }

const mostLosses = 2 ** 20

/** The optimal composition, or undefined if it has too many losses. */
export function composeClaims(claims: Claims): Composed | undefined {
  const counts = new Map<number, number>()
  let logSound = 0
  for (const { claim, times } of claims) {
    if (claim.epsilon > 0) counts.set(claim.epsilon, (counts.get(claim.epsilon) ?? 0) + times)
    if (claim.delta > 0) logSound += times * Math.log1p(-claim.delta)
  }
  let size = 1
  let count = 0
  let largest = 0
  for (const [epsilon, times] of counts) {
    size *= times + 1
    count += times
    largest = addUp(largest, mulUp(epsilon, times))
  }
  return size <= mostLosses ? composed(signs(counts), largest, 0 - Math.expm1(logSound), 1e-11 + 4e-16 * count) : undefined
}

type Atom = { readonly loss: number; readonly probability: number }

/** The sums of so many signs of each size, with their probabilities, the largest first. */
function signs(counts: ReadonlyMap<number, number>): readonly Atom[] {
  let atoms: { readonly loss: number; readonly log: number }[] = [{ loss: 0, log: 0 }]
  for (const [epsilon, times] of counts) {
    const minus = 1 / (1 + Math.exp(epsilon))
    const next: { readonly loss: number; readonly log: number }[] = []
    for (let k = 0; k <= times; k++) {
      const log = binomialLogProbability(k, times, minus)
      if (log < -800) continue
      for (const atom of atoms) next.push({ loss: atom.loss + (times - 2 * k) * epsilon, log: atom.log + log })
    }
    atoms = next
  }
  return atoms.map(({ loss, log }) => ({ loss, probability: Math.exp(log) })).sort((p, q) => q.loss - p.loss)
}

/** More than all probabilities together that are too small for a double. */
const underflow = 1e-300

/** From the losses, of which `largest` is the largest; `error` is by how much a probability may be off, relatively. */
function composed(atoms: readonly Atom[], largest: number, failure: number, error: number): Composed {
  /** SUM p (1 - e^(epsilon - loss)) over the losses above epsilon: terms of one sign. */
  const signsDelta = (epsilon: number): number => {
    let total = 0
    for (const { loss, probability } of atoms) {
      if (loss <= epsilon) break
      total -= probability * Math.expm1(epsilon - loss)
    }
    return total
  }
  const delta = (epsilon: number): Bracket => {
    const some = signsDelta(epsilon)
    const whole = (side: 1 | -1): number => failure * (1 + side * error) + (1 - failure) * some * (1 + side * error)
    // What has underflowed may still be there.
    return { lower: Math.max(0, whole(-1)), upper: Math.min(1, whole(1) + (epsilon < largest ? underflow : 0)) }
  }
  /** Where the sum falls to `wanted`: it is U - e^epsilon V between two losses, e^loss V being kept, and not V. */
  const crossing = (wanted: number): number => {
    let u = 0
    let scaled = 0
    for (const [i, { loss, probability }] of atoms.entries()) {
      u += probability
      scaled = probability + (i === 0 ? 0 : scaled * Math.exp(loss - (atoms[i - 1] as Atom).loss))
      const epsilon = loss + Math.log((u - wanted) / scaled)
      if (u > wanted && epsilon >= (atoms[i + 1]?.loss ?? Number.NEGATIVE_INFINITY)) return epsilon
    }
    return 0
  }
  return {
    delta,
    epsilon: (target) => {
      if (failure * (1 - error) > target) return { lower: Number.POSITIVE_INFINITY, upper: Number.POSITIVE_INFINITY }
      if (target <= underflow) return { lower: target === 0 ? largest : 0, upper: largest }
      const start = Math.max(0, crossing((target - failure) / (1 - failure)))
      const scale = Math.max(start, atoms[0]?.loss ?? 0) * error
      let [lower, upper] = [start, start]
      for (let step = scale; delta(upper).upper > target; step *= 2) {
        upper += step
        // A failure just at the target leaves nothing for the rest.
        if (!(step < Number.MAX_VALUE)) return { lower, upper: Number.POSITIVE_INFINITY }
      }
      for (let step = scale; lower > 0 && delta(lower).lower <= target; step *= 2) lower = Math.max(0, lower - step)
      return { lower, upper }
    },
  }
}
