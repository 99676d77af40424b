/**
 * The half line in blocks, under a staircase that can be drawn from with one word: the table of the fast samplers.
 *
 * For f(y) = exp(-g(y)), falling on y >= 0, with y in units of one block:
 *
 *   hat[b] >= M f(b)  integers,  SUM hat + tail + left over = 2^32,  M f(blocks) < 1,  tail = 2^(tailBits + 1)
 *
 * A uniform word picks block b with probability hat[b] / 2^32 (alias method, Walker 1977, Vose 1991, here on integers and
 * without any rounding), and a point y of the block is kept with probability M f(y) / hat[b]: then y has a density
 * proportional to f, exactly, whatever M and the hats are. Past the last block, tail block t, 2^tailBits blocks wide, is picked
 * by t + 1 coins and its points are kept with probability M f(y) 2^t. What is left over is thrown away and drawn again.
 *
 * The hats are computed in doubles and made safe by a margin: g is off by less than 4 u g, g < 23 where M f >= 1, and exp by
 * less than 2^-50, together below 2^-45 of the value, and `slack` is 2^-40.
 *
 * *Promise*: the weights sum to 2^32 and the alias table carries them exactly: the hats, but for a zero alone in its block, whose
 * weight is half its hat; hat[b] >= M f on all of block b; the tail's
 * acceptance probabilities are <= 1; `sure[b]` / 2^uniformBits <= M f(y) / hat[b] for every point y of block b.
 * *Limits*: 200 to 600 blocks, about 10 KB and 15 us once warm; cached by the samplers.
 *
 * @module
 */

import { NumericalError } from '../errors.ts'
import { powerOfTwo, toNumber } from '../numeric/rational.ts'
import { expNeg } from './exp-neg.ts'
import { type Law, scaleExponent } from './law.ts'

/** Everything about a law that a trial looks up; see the module's header for the symbols. */
export type StripTable = {
  readonly law: Law
  /** g(y) = y (linear + y quadratic) in doubles; one of the two is 0. */
  readonly linear: number
  readonly quadratic: number
  readonly multiplier: number
  readonly blocks: number
  readonly hats: Float64Array
  /** M / hat. */
  readonly ratios: Float64Array
  /** A uniform of `uniformBits` bits below this is accepted without a look at the point. */
  readonly sure: Uint32Array
  readonly uniformBits: number
  /** 2^-uniformBits. */
  readonly uniformUnit: number
  readonly tailBits: number
  /** A word's top bits pick a column; its low bits, below the threshold or not, the column's own item or its alias. */
  readonly columnShift: number
  readonly lowMask: number
  readonly thresholds: Int32Array
  readonly aliases: Uint16Array
}

/** How many blocks a scale is cut into, as a power of two: fewer for Laplace noise, which reaches over more scales. */
export const blocksPerScale: Readonly<Record<1 | 2, number>> = { 1: 4, 2: 5 }

const words = 4294967296
/** Covers what doubles lose in a hat, relatively, and in an acceptance probability, absolutely. */
export const slack: number = powerOfTwo(-40)

/**
 * The table of a law given in units of one block.
 *
 * @param lastPoint the last point of a block that can be drawn, from its left end: 0 for integers in blocks of one, 1 for reals
 * @param uniformBits the bits of the first uniform that a point is compared with, at most 31
 */
export function buildStripTable(law: Law, lastPoint: number, uniformBits: number): StripTable {
  // Blocks of one integer may be wide for a narrow law. From 2^10 on, f(1) counts as nothing and g is needed at 0 only.
  const rate = Math.min(toNumber(law.rate), 1024)
  const linear = law.degree === 1 ? rate : 0
  const quadratic = law.degree === 2 ? rate : 0
  const density = (y: number): number => expNeg(y * (linear + y * quadratic))

  // A tail block at least as wide as the scale: f falls by more than half over it, as the hat 2^-t does.
  const tailBits = Math.max(0, scaleExponent(law) + 1)
  const tail = 2 * powerOfTwo(tailBits)

  // In blocks of one integer the first block is zero alone, which has no sign: half the weight, for what every other block needs twice.
  const zeroShare = lastPoint === 0 ? 0.5 : 1
  const lefts: number[] = []
  let sum = zeroShare - 1
  for (let f = 1; f >= 1 / (2 * words); f = density(lefts.length)) {
    lefts.push(f)
    sum += f
  }
  const multiplier = Math.floor((words - tail - 2 * lefts.length) / sum)
  const weights: number[] = []
  let total = tail
  for (const f of lefts) {
    const height = multiplier * f * (1 + slack)
    if (height < 1) break
    const weight = Math.floor(weights.length === 0 ? height * zeroShare : height) + 1
    weights.push(weight)
    total += weight
  }
  if (total > words) throw new NumericalError('the hat of a strip table outgrew its word')
  const blocks = weights.length
  const hats = Float64Array.from(weights)
  hats[0] = (hats[0] as number) / zeroShare
  weights.push(tail, words - total)

  const ratios = new Float64Array(blocks)
  const sure = new Uint32Array(blocks)
  const unit = powerOfTwo(uniformBits)
  for (let b = 0; b < blocks; b++) {
    const ratio = multiplier / (hats[b] as number)
    ratios[b] = ratio
    sure[b] = Math.max(0, Math.floor((ratio * density(b + lastPoint) - slack) * unit))
  }
  return Object.freeze({
    law,
    linear,
    quadratic,
    multiplier,
    blocks,
    hats,
    ratios,
    sure,
    uniformBits,
    uniformUnit: 1 / unit,
    tailBits,
    ...aliasColumns(weights),
  })
}

/** The item that a uniform word picks: a block, or `blocks` for the tail, or `blocks` + 1 for what is left over. */
export function itemOf({ columnShift, lowMask, thresholds, aliases }: StripTable, word: number): number {
  const column = word >>> columnShift
  // All ones where the column's own item is meant. Which of the two it is can't be foreseen, so no branch is to guess it.
  const own = ((word & lowMask) - (thresholds[column] as number)) >> 31
  return (column & own) | ((aliases[column] as number) & ~own)
}

type AliasColumns = Pick<StripTable, 'columnShift' | 'lowMask' | 'thresholds' | 'aliases'>

/** Splits integer weights that sum to 2^32 over 2^bits columns of equal integer weight, two items at most to a column. */
function aliasColumns(weights: readonly number[]): AliasColumns {
  const bits = 32 - Math.clz32(weights.length - 1)
  const columns = 1 << bits
  const capacity = words / columns
  const left = new Float64Array(columns)
  const thresholds = new Int32Array(columns)
  const aliases = new Uint16Array(columns)
  const short: number[] = []
  const long: number[] = []
  for (let i = 0; i < columns; i++) {
    left[i] = weights[i] ?? 0
    ;((left[i] as number) < capacity ? short : long).push(i)
  }
  for (let item = short.pop(); item !== undefined; item = short.pop()) {
    const donor = long.pop()
    if (donor === undefined) throw new NumericalError('the weights of an alias table do not sum to one word')
    thresholds[item] = left[item] as number
    aliases[item] = donor
    left[donor] = (left[donor] as number) - (capacity - (left[item] as number))
    ;((left[donor] as number) < capacity ? short : long).push(donor)
  }
  for (const item of long) {
    thresholds[item] = capacity
    aliases[item] = item
  }
  return { columnShift: 32 - bits, lowMask: capacity - 1, thresholds, aliases }
}
