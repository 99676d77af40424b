/**
 * Noise on the reals with density proportional to exp(-rate |x|^degree), as an integer part and as many bits of the fraction as
 * anyone asks for.
 *
 * The unit is a grid step of 2^-40 scales or a little less, the blocks are 2^35 or 2^36 steps wide, and 52 bits of the place in
 * the block come with the draw: the integer part and the first 16 or 17 bits of the fraction. They cost two words:
 *
 *   [uniform 11 | sign 1 | place 20] [place 32]
 *
 * A real number is never held, but its bits are settled one after the other, and a bit that decided anything stays: a close
 * decision whether the point is kept leaves its further bits in `trial`, and questions about the fraction go on from there.
 *
 * *Promise*: `fractionIsAtLeast` answers for the infinitely many bits of the fraction. No cut-off.
 * *Limits*: measured 97 to 99 bits a draw; more than 52 bits of the place are seen about once in 2^15 draws.
 *
 * @module
 */

import { compare, of, powerOfTwo, type Rational, scaleByPowerOfTwo } from '../numeric/rational.ts'
import type { BitSource } from './bit-source.ts'
import { inUnitsOf, type Law } from './law.ts'
import { blocksPerScale, itemOf, type StripTable } from './strip-table.ts'
import { blockTrial, extendPosition, judge, settle, type Trial, tailTrial } from './strip-trial.ts'
import { stripTable } from './table-cache.ts'

/** floor(log2 scale) of the laws here, in steps. */
export const scaleBits = 40

const wordSize = 4294967296
const placeBits = 52

/** The table for a law on the reals whose scale in steps lies in [2^40, 2^41); blocks of 2^bits steps. */
export type RealTable = { readonly strips: StripTable; readonly bits: number }

export function buildRealTable(law: Law): RealTable {
  const bits = scaleBits - blocksPerScale[law.degree]
  return Object.freeze({ strips: stripTable(inUnitsOf(law, bits), 1, 11), bits })
}

/** The constants by which single draws and batches do the same: see `noise-batch.ts`. */
export type BatchConstants = {
  readonly strips: StripTable
  readonly width: number
  readonly highUnit: number
  readonly fractionBits: number
  readonly fractionUnit: number
  readonly inverse: number
  readonly doubt: number
  readonly step: number
}

/** Draws from a real table. After `draw`, the noise is sign times (whole + a fraction of which `fraction` is the beginning). */
export class RealStrips {
  private readonly source: BitSource
  private readonly strips: StripTable
  private readonly bits: number
  private readonly width: number
  private readonly highUnit: number
  private readonly fractionBits: number
  private readonly fractionMask: number
  private block = 0
  private place = 0
  private trial: Trial | undefined

  /** The integer part of the magnitude; NaN where it is 2^53 or more, which is then in `beyond`. */
  whole = 0
  beyond = 0n
  /** The first bits of the fraction: it lies in [fraction, fraction + fractionUnit]. */
  fraction = 0
  readonly fractionUnit: number
  /** 1 for negative noise. */
  sign = 0

  constructor(source: BitSource, { strips, bits }: RealTable) {
    this.source = source
    this.strips = strips
    this.bits = bits
    this.width = powerOfTwo(bits)
    this.highUnit = powerOfTwo(bits - 20)
    this.fractionBits = placeBits - bits
    this.fractionUnit = powerOfTwo(-this.fractionBits)
    this.fractionMask = (1 << this.fractionBits) - 1
  }

  /** What `noiseBatch` needs of a table; the rest of the constants is the grid's. */
  get constants(): Pick<BatchConstants, 'strips' | 'width' | 'highUnit' | 'fractionBits' | 'fractionUnit'> {
    const { strips, width, highUnit, fractionBits, fractionUnit } = this
    return { strips, width, highUnit, fractionBits, fractionUnit }
  }

  draw(): void {
    const { source, strips } = this
    this.trial = undefined
    for (;;) {
      const block = itemOf(strips, source.uint32())
      if (block >= strips.blocks) {
        if (block === strips.blocks && this.drawTail()) return
      } else if (this.takes(block, source.uint32(), source.uint32())) return
    }
  }

  /** Goes on with a draw that began with these words; what was drawn for a block in vain, the tail does not need. */
  resume(pick: number, word: number, low: number): void {
    const { strips } = this
    this.trial = undefined
    const block = itemOf(strips, pick)
    if (block < strips.blocks ? this.takes(block, word, low) : block === strips.blocks && this.drawTail()) return
    this.draw()
  }

  /** Takes the point of a block that two words name, if it is kept. */
  private takes(block: number, word: number, low: number): boolean {
    const uniform = word >>> 21
    const high = word & 0xfffff
    if (uniform >= (this.strips.sure[block] as number) && !this.keeps(block, high * wordSize + low, uniform)) return false
    this.block = block
    this.place = high * wordSize + low
    this.whole = block * this.width + (high * this.highUnit + (low >>> this.fractionBits))
    this.fraction = (low & this.fractionMask) * this.fractionUnit
    this.sign = (word >>> 20) & 1
    return true
  }

  /** Whether the fraction of the magnitude drawn is at least a bound: exactly, with further bits as they are needed. */
  fractionIsAtLeast(bound: Rational): boolean {
    this.trial ??= this.toTrial(this.block, this.place)
    const { trial } = this
    for (;;) {
      const bits = trial.positionBits - this.bits
      const known = trial.position & ((1n << BigInt(bits)) - 1n)
      const target = scaleByPowerOfTwo(bound, bits)
      if (compare(of(known), target) >= 0) return true
      if (compare(of(known + 1n), target) <= 0) return false
      extendPosition(this.source, trial, trial.positionBits + 64)
    }
  }

  private keeps(block: number, place: number, uniform: number): boolean {
    const { source, strips } = this
    const further = source.uint32()
    const u = (uniform + further / wordSize) * strips.uniformUnit
    const verdict = judge(strips, block, block + place / 4503599627370496, u)
    if (verdict !== 'close') return verdict === 'keep'
    const trial = this.toTrial(block, place)
    trial.uniform = (BigInt(uniform) << 32n) | BigInt(further)
    trial.uniformBits = strips.uniformBits + 32
    const kept = settle(source, trial)
    if (kept) this.trial = trial
    return kept
  }

  private toTrial(block: number, position: number): Trial {
    return blockTrial(this.strips, block, { position, bits: placeBits, limit: Number.POSITIVE_INFINITY })
  }

  private drawTail(): boolean {
    const trial = tailTrial(this.source, this.strips, Number.POSITIVE_INFINITY)
    if (trial === undefined) return false
    extendPosition(this.source, trial, placeBits)
    const whole = (trial.block << BigInt(this.bits)) + (trial.position >> BigInt(trial.positionBits - this.bits))
    this.trial = trial
    this.beyond = whole
    this.whole = whole < 9007199254740992n ? Number(whole) : Number.NaN
    const first = trial.position >> BigInt(trial.positionBits - placeBits)
    this.fraction = (Number(first & 0xffffffffn) & this.fractionMask) * this.fractionUnit
    this.sign = this.source.coin()
    return true
  }
}
