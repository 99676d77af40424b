/**
 * Noise on the integers with probabilities proportional to exp(-rate |x|^degree), exactly and fast.
 *
 * Blocks of 2^j integers, j about log2(scale) less a few bits, so that f hardly changes over a block: the table picks a
 * block, uniform bits a place in it, a sign and the first bits of the uniform that the place has to beat. Zero with a minus sign
 * is drawn again, or zero would come up twice as often as it should; where it has a block of its own, that has half the weight.
 *
 *   j <= 20  one word   [uniform 31 - j | sign 1 | place j]
 *   j  > 20  two words  [uniform 11 | sign 1 | place 20] [place 32], of which the top j bits count; past j = 52, j - 52 more follow
 *
 * *Promise*: every integer has its probability, however large the scale; `next` never loses a bit: what a double can't hold it
 * hands over in `beyond`.
 * *Limits*: measured 64 to 68 bits a draw for scales up to 2^24, 98 to 101 above. No loop runs longer for larger noise, but in the
 * tail, which about one draw in 2^26 sees.
 *
 * @module
 */

import { powerOfTwo } from '../numeric/rational.ts'
import type { BitSource } from './bit-source.ts'
import { inUnitsOf, type Law, scaleExponent } from './law.ts'
import { blocksPerScale, itemOf, type StripTable } from './strip-table.ts'
import { blockTrial, extendPosition, judge, settle, type Trial, tailTrial } from './strip-trial.ts'
import { stripTable } from './table-cache.ts'

const wordSize = 4294967296
const placeBits = 52
const mostNarrow = 20
const mostWide = 42

/** A law on the integers, in blocks of 2^bits. */
export type IntegerTable = { readonly strips: StripTable; readonly bits: number }

/** The table for a law on the integers. */
export function buildIntegerTable(law: Law): IntegerTable {
  const bits = Math.max(0, scaleExponent(law) - blocksPerScale[law.degree])
  const lastPoint = 1 - powerOfTwo(-Math.min(bits, placeBits))
  const strips = stripTable(inUnitsOf(law, bits), lastPoint, bits <= mostNarrow ? 31 - bits : 11)
  return Object.freeze({ strips, bits })
}

/** Draws from an integer table. */
export class IntegerStrips {
  private readonly source: BitSource
  private readonly strips: StripTable
  private readonly bits: number
  private readonly placesKept: number
  private readonly placeShift: number
  private readonly placeUnit: number
  private readonly width: number
  private readonly excludedZero: number
  private block = 0
  private place = 0
  private sign = 0
  private settled: Trial | undefined
  /** The draw that `next` has answered with NaN. */
  beyond = 0n

  constructor(source: BitSource, { strips, bits }: IntegerTable) {
    this.source = source
    this.strips = strips
    this.bits = bits
    this.placesKept = Math.min(bits, placeBits)
    this.placeShift = powerOfTwo(this.placesKept - placeBits)
    this.placeUnit = powerOfTwo(-this.placesKept)
    this.width = powerOfTwo(Math.min(bits, mostWide))
    // The sign of a zero to be drawn again. A zero alone in its block may have either: its weight is half.
    this.excludedZero = bits === 0 ? -1 : 1
  }

  /**
   * A draw as a double, never -0. NaN where it is 2^53 or more from zero, which is then in `beyond`. Only for scales below 2^47,
   * where all of the table fits a double.
   */
  next(): number {
    return this.bits <= mostNarrow ? this.narrow() : this.wide()
  }

  /** A draw. */
  nextBigint(): bigint {
    if (this.bits <= mostNarrow) {
      const drawn = this.narrow()
      return Number.isNaN(drawn) ? this.beyond : BigInt(drawn)
    }
    for (;;) {
      const magnitude = this.draw() ?? this.magnitude()
      if (magnitude !== 0n) return this.sign === 1 ? -magnitude : magnitude
      if (this.sign === 0) return 0n
    }
  }

  private narrow(): number {
    const { source, strips, bits } = this
    const placeMask = (1 << bits) - 1
    for (;;) {
      const block = itemOf(strips, source.uint32())
      if (block >= strips.blocks) {
        const magnitude = this.tail(block)
        if (magnitude !== undefined) return this.signed(magnitude)
        continue
      }
      const word = source.uint32()
      const place = word & placeMask
      const rest = word >>> bits
      const sign = rest & 1
      const uniform = rest >>> 1
      const x = (block << bits) | place
      if (x === 0 && sign === this.excludedZero) continue
      if (uniform < (strips.sure[block] as number) || this.keeps(block, place, uniform)) return (x ^ -sign) + sign
    }
  }

  private wide(): number {
    for (;;) {
      const magnitude = this.draw()
      if (magnitude !== undefined) return this.signed(magnitude)
      const x = this.block * this.width + this.place
      if (x !== 0) return x - 2 * this.sign * x
      if (this.sign === 0) return 0
    }
  }

  /** Draws block, place and sign into the fields; a draw from the tail it returns whole, but for the sign. */
  private draw(): bigint | undefined {
    const { source, strips } = this
    for (;;) {
      this.settled = undefined
      const block = itemOf(strips, source.uint32())
      if (block >= strips.blocks) {
        const magnitude = this.tail(block)
        if (magnitude !== undefined) return magnitude
        continue
      }
      const word = source.uint32()
      const place = Math.floor(((word & 0xfffff) * wordSize + source.uint32()) * this.placeShift)
      const uniform = word >>> 21
      if (uniform < (strips.sure[block] as number) || this.keeps(block, place, uniform)) {
        this.block = block
        this.place = place
        this.sign = (word >>> 20) & 1
        return undefined
      }
    }
  }

  /** The magnitude that block and place stand for, with the bits of the place that are still to be drawn. */
  private magnitude(): bigint {
    const trial = this.settled ?? this.trial(this.block, this.place)
    extendPosition(this.source, trial, this.bits)
    return (trial.block << BigInt(this.bits)) + trial.position
  }

  private keeps(block: number, place: number, uniform: number): boolean {
    const { source, strips } = this
    const further = source.uint32()
    const u = (uniform + further / wordSize) * strips.uniformUnit
    const verdict = judge(strips, block, block + place * this.placeUnit, u)
    if (verdict !== 'close') return verdict === 'keep'
    const trial = this.trial(block, place)
    trial.uniform = (BigInt(uniform) << 32n) | BigInt(further)
    trial.uniformBits = strips.uniformBits + 32
    this.settled = trial
    return settle(source, trial)
  }

  private trial(block: number, position: number): Trial {
    return blockTrial(this.strips, block, { position, bits: this.placesKept, limit: this.bits })
  }

  /** An item past the blocks: the tail, or what is left over. Draws the sign too. Undefined where nothing was kept. */
  private tail(item: number): bigint | undefined {
    if (item !== this.strips.blocks) return undefined
    const trial = tailTrial(this.source, this.strips, this.bits)
    if (trial === undefined) return undefined
    extendPosition(this.source, trial, this.bits)
    this.sign = this.source.coin()
    return (trial.block << BigInt(this.bits)) + trial.position
  }

  private signed(magnitude: bigint): number {
    const drawn = this.sign === 1 ? -magnitude : magnitude
    if (magnitude < 9007199254740992n) return Number(drawn)
    this.beyond = drawn
    return Number.NaN
  }
}
