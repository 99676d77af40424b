/**
 * The strip samplers once more, in integers only and without a thought for speed: every uniform and every place is a bit string,
 * every probability an enclosure of 700 bits. Reads the same words in the same layout, so it has to draw the same numbers.
 */
import * as rational from '../../src/numeric/rational.ts'
import type { BitSource } from '../../src/random/bit-source.ts'
import { encloseExpNeg } from '../../src/random/exp-enclosure.ts'
import type { StripTable } from '../../src/random/strip-table.ts'

const precision = 700

/** A point on the half line, in blocks: (block 2^bits + place) / 2^bits, with further bits below `limit`. */
export type Point = { readonly block: bigint; place: bigint; bits: number; readonly limit: number; negative: boolean }

const exponentOf = ({ law }: StripTable, numerator: bigint, bits: number): [bigint, bigint] => {
  const { numerator: n, denominator: d } = law.rate
  return law.degree === 1 ? [n * numerator, d << BigInt(bits)] : [n * numerator * numerator, d << BigInt(2 * bits)]
}

/** Whether U < weight f(point) / hat, the first bits of U being given. */
function kept(
  source: BitSource,
  strips: StripTable,
  point: Point,
  weight: bigint,
  hat: bigint,
  first: bigint,
  firstBits: number,
): boolean {
  let [uniform, bits] = [first, firstBits]
  for (;;) {
    const left = (point.block << BigInt(point.bits)) + point.place
    const right = point.bits < point.limit ? left + 1n : left
    const lowest = encloseExpNeg(...exponentOf(strips, right, point.bits), precision)[0] * weight
    const highest = encloseExpNeg(...exponentOf(strips, left, point.bits), precision)[1] * weight
    const unit = BigInt(precision - bits)
    if (((uniform + 1n) << unit) * hat <= lowest) return true
    if ((uniform << unit) * hat >= highest) return false
    uniform = (uniform << 64n) | source.bigBits(64)
    bits += 64
    extend(source, point, point.bits + 64)
  }
}

/** Draws places up to a number of bits. */
export function extend(source: BitSource, point: Point, bits: number): void {
  const more = Math.min(bits, point.limit) - point.bits
  if (more <= 0) return
  point.place = (point.place << BigInt(more)) | source.bigBits(more)
  point.bits += more
}

/** Draws a point, zero with a minus sign included, with `limit` bits of place at most (infinitely many for a real). */
export function drawPoint(source: BitSource, strips: StripTable, limit: number, narrow: boolean): Point {
  for (;;) {
    const pick = source.uint32()
    const column = Math.floor(pick / (strips.lowMask + 1))
    const item = pick % (strips.lowMask + 1) < (strips.thresholds[column] as number) ? column : (strips.aliases[column] as number)
    if (item > strips.blocks) continue
    if (item === strips.blocks) {
      let t = 0
      while (source.coin() === 1) t += 1
      const block = BigInt(strips.blocks) + (BigInt(t) << BigInt(strips.tailBits)) + source.bigBits(strips.tailBits)
      const point = { block, place: 0n, bits: 0, limit, negative: false }
      if (!kept(source, strips, point, BigInt(strips.multiplier) << BigInt(t), 1n, 0n, 0)) continue
      extend(source, point, limit === Number.POSITIVE_INFINITY ? 52 : limit)
      point.negative = source.coin() === 1
      return point
    }
    const word = BigInt(source.uint32())
    let [place, bits, negative, uniform, uniformBits] = [0n, limit, false, 0n, 0]
    if (narrow) {
      place = word & ((1n << BigInt(limit)) - 1n)
      negative = ((word >> BigInt(limit)) & 1n) === 1n
      uniform = word >> BigInt(limit + 1)
      uniformBits = 31 - limit
      // Drawn again before anything else is looked at.
      if (item === 0 && place === 0n && negative && limit > 0) continue
    } else {
      bits = Math.min(limit, 52)
      place = (((word & 0xfffffn) << 32n) | BigInt(source.uint32())) >> BigInt(52 - bits)
      negative = ((word >> 20n) & 1n) === 1n
      uniform = word >> 21n
      uniformBits = 11
    }
    const point = { block: BigInt(item), place, bits, limit, negative }
    if (uniform < BigInt(strips.sure[item] as number)) return point
    const further = (uniform << 32n) | BigInt(source.uint32())
    if (kept(source, strips, point, BigInt(strips.multiplier), BigInt(strips.hats[item] as number), further, uniformBits + 32))
      return point
  }
}

/** A draw on the integers, in blocks of 2^bits. */
export function drawInteger(source: BitSource, strips: StripTable, bits: number): bigint {
  for (;;) {
    const point = drawPoint(source, strips, bits, bits <= 20)
    extend(source, point, bits)
    const magnitude = (point.block << BigInt(bits)) + point.place
    if (!(magnitude === 0n && point.negative && bits > 0)) return point.negative ? -magnitude : magnitude
  }
}

/** floor(x / 2^exponent + 1/2 + noise), the noise a real of which bits are drawn until the floor is certain. */
export function roundedSum(source: BitSource, strips: StripTable, bits: number, x: number, exponent: number): bigint {
  const point = drawPoint(source, strips, Number.POSITIVE_INFINITY, false)
  const shifted = rational.add(rational.scaleByPowerOfTwo(rational.fromNumber(x), -exponent), rational.of(1n, 2n))
  for (;;) {
    const unit = bits - point.bits
    const low = rational.scaleByPowerOfTwo(rational.of((point.block << BigInt(point.bits)) + point.place), unit)
    const high = rational.add(low, rational.scaleByPowerOfTwo(rational.of(1n), unit))
    const ends = point.negative
      ? [rational.subtract(shifted, high), rational.subtract(shifted, low)]
      : [rational.add(shifted, low), rational.add(shifted, high)]
    const floor = rational.floor(ends[0] as rational.Rational)
    // The upper end has probability zero.
    if (rational.compare(ends[1] as rational.Rational, rational.of(floor + 1n)) <= 0) return floor
    extend(source, point, point.bits + 64)
  }
}

/** The next digits, `bits` of them, of the probability with which a point with all its bits is kept: where decisions are hardest. */
export function probabilityDigits(strips: StripTable, block: number, place: bigint, placeBits: number, bits: number): bigint {
  const numerator = (BigInt(block) << BigInt(placeBits)) + place
  const spare = 96
  const [lower] = encloseExpNeg(...exponentOf(strips, numerator, placeBits), bits + spare)
  return ((lower * BigInt(strips.multiplier)) / BigInt(strips.hats[block] as number)) >> BigInt(spare)
}
