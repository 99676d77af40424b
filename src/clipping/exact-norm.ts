/**
 * Whether a norm exceeds a bound, decided exactly, and so the least double that a norm does not exceed.
 *
 *   exceeds(b)  iff  |x_1|^p + ... + |x_n|^p > b^p        in exact arithmetic of the doubles as stored
 *
 * Twice the precision of doubles decides nearly always; where its slack leaves the sign open, big integers do.
 *
 * *Promise*: the decision is exact for all finite values and all bounds >= 0, subnormals and overflow included.
 * *Limits*: `sum` of `rough` must be finite. Big integers take some 0.1 us an entry. On random data of 1e6 entries the slack is 4e-21 of the sum, so that
 * hardly a bound needs them; an exact tie (a bound that is the norm) does, unless the sum had no roundings.
 *
 * @module
 */

import { productError } from '../numeric/double-double.ts'
import { careful, type Order, type RoughSum } from './power-sum.ts'

export type ExactNorm = {
  /** The norm, within an ulp or so (Infinity where it is past the largest double). */
  readonly guess: number
  readonly exceeds: (bound: number) => boolean
}

const u = 2 ** -53

export function exactNorm(values: Float64Array, order: Order, sum: RoughSum): ExactNorm {
  const { high, low, slack } = careful(sum, order)
  const total = high + low
  const exceeds = (bound: number): boolean => {
    const b = bound * sum.scale
    // The sum lies between, by the choice of the scale.
    if (b === Infinity) return false
    let power = b
    let lost = 0
    if (order === 2) {
      power = b * b
      if (power > 2 ** 995) return false
      lost = productError(b, b, power)
    }
    const first = high - power
    const second = low - lost
    const difference = first + second
    const margin = slack + u * (Math.abs(first) + Math.abs(second) + Math.abs(difference))
    if (difference > margin) return true
    if (difference <= -margin) return false
    return exactSum(values, order) > wholeUnits(bound) ** BigInt(order)
  }
  return { guess: (order === 2 ? Math.sqrt(total) : total) / sum.scale, exceeds }
}

const bits = new DataView(new ArrayBuffer(8))

/** |x| = mantissa 2^(exponent - 1074), both whole and not negative. */
function parts(x: number): { mantissa: bigint; exponent: number } {
  bits.setFloat64(0, x)
  const raw = bits.getBigUint64(0)
  const biased = Number((raw >> 52n) & 0x7ffn)
  const fraction = raw & 0xfffffffffffffn
  return biased === 0 ? { mantissa: fraction, exponent: 0 } : { mantissa: fraction | (1n << 52n), exponent: biased - 1 }
}

const wholeUnits = (x: number): bigint => {
  const { mantissa, exponent } = parts(x)
  return mantissa << BigInt(exponent)
}

/** The power sum as a whole number of 2^(-1074 order), gathered by exponent so that the long shifts are few. */
function exactSum(values: Float64Array, order: Order): bigint {
  const byExponent = new Map<number, bigint>()
  for (const x of values) {
    if (x === 0) continue
    const { mantissa, exponent } = parts(x)
    byExponent.set(exponent, (byExponent.get(exponent) ?? 0n) + mantissa ** BigInt(order))
  }
  let total = 0n
  for (const [exponent, sum] of byExponent) total += sum << BigInt(order * exponent)
  return total
}
