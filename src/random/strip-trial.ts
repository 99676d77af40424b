/**
 * Whether a point under the hat is kept: U < M f(y) / hat, decided with as many bits of U and of y as it takes.
 *
 * The first bits of U were already not below the block's sure bound. Next come 32 more bits and a double whose error is proven
 * to be below `slack`, and if the two are still too close, about once in 2^38 trials, integers around exp(-g) that are
 * narrowed together with U and, where it has more bits to come, y.
 *
 * *Promise*: the answer is the one that infinitely many bits would give. Bits of the position that were drawn on the way stay
 * part of it.
 *
 * @module
 */

import { bitLength } from '../numeric/rational.ts'
import type { BitSource } from './bit-source.ts'
import { encloseExpNeg } from './exp-enclosure.ts'
import { expNeg } from './exp-neg.ts'
import { exponentAt, type Law } from './law.ts'
import { type StripTable, slack } from './strip-table.ts'

/** What doubles say of U in [u, u + slack / 2) against M f(y) / hat. */
export type Verdict = 'keep' | 'drop' | 'close'

/** Compares in doubles. The slack covers the error of the ratio, below 2^-45, the bits of U and of y to come, and roundings. */
export function judge(table: StripTable, block: number, y: number, u: number): Verdict {
  const probability = (table.ratios[block] as number) * expNeg(y * (table.linear + y * table.quadratic))
  return u <= probability - slack ? 'keep' : u >= probability + slack ? 'drop' : 'close'
}

/** A trial in integers. The point is y = block + position / 2^positionBits, with further bits while there are fewer than the limit. */
export type Trial = {
  readonly law: Law
  /** The point is kept where U < weight f(y) / hat. */
  readonly weight: bigint
  readonly hat: bigint
  readonly block: bigint
  readonly positionLimit: number
  position: bigint
  positionBits: number
  uniform: bigint
  uniformBits: number
}

/** A trial in a block, at a place of which some bits are known, before anything of its uniform is. */
export function blockTrial(
  table: StripTable,
  block: number,
  place: { readonly position: number; readonly bits: number; readonly limit: number },
): Trial {
  return {
    law: table.law,
    weight: BigInt(table.multiplier),
    hat: BigInt(table.hats[block] as number),
    block: BigInt(block),
    positionLimit: place.limit,
    position: BigInt(place.position),
    positionBits: place.bits,
    uniform: 0n,
    uniformBits: 0,
  }
}

/** Decides in integers with the bits there are, or says `close`. */
export function judgeExactly(trial: Trial): Verdict {
  const { law, weight, hat, position, positionBits, uniform, uniformBits } = trial
  const precision = uniformBits + bitLength(weight) + 16
  const left = (trial.block << BigInt(positionBits)) + position
  const atLeft = exponentAt(law, left, positionBits)
  const atLeftEnd = encloseExpNeg(atLeft.numerator, atLeft.denominator, precision)
  let [lowest, highest] = atLeftEnd
  if (positionBits < trial.positionLimit) {
    const atRight = exponentAt(law, left + 1n, positionBits)
    lowest = encloseExpNeg(atRight.numerator, atRight.denominator, precision)[0]
  }
  const shift = BigInt(precision - uniformBits)
  if (((uniform + 1n) << shift) * hat <= weight * lowest) return 'keep'
  if ((uniform << shift) * hat >= weight * highest) return 'drop'
  return 'close'
}

const step = 64

/** Decides a trial, drawing bits of U and of the position, which stay in the trial, until it is decided. */
export function settle(source: BitSource, trial: Trial): boolean {
  for (;;) {
    const verdict = judgeExactly(trial)
    if (verdict !== 'close') return verdict === 'keep'
    trial.uniform = (trial.uniform << BigInt(step)) | source.bigBits(step)
    trial.uniformBits += step
    extendPosition(source, trial, trial.positionBits + step)
  }
}

/** Draws further bits of the position, up to a number of bits or to its limit. */
export function extendPosition(source: BitSource, trial: Trial, bits: number): void {
  const more = Math.min(bits, trial.positionLimit) - trial.positionBits
  if (more <= 0) return
  trial.position = (trial.position << BigInt(more)) | source.bigBits(more)
  trial.positionBits += more
}

/** A trial in the tail: the block by coins, then kept or not. Undefined where it was not kept. */
export function tailTrial(source: BitSource, table: StripTable, positionLimit: number): Trial | undefined {
  let t = 0
  while (source.coin() === 1) t += 1
  const trial: Trial = {
    law: table.law,
    weight: BigInt(table.multiplier) << BigInt(t),
    hat: 1n,
    block: BigInt(table.blocks) + (BigInt(t) << BigInt(table.tailBits)) + source.bigBits(table.tailBits),
    positionLimit,
    position: 0n,
    positionBits: 0,
    uniform: 0n,
    uniformBits: 0,
  }
  return settle(source, trial) ? trial : undefined
}
