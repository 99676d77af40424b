/**
 * The two laws of private selection, drawn exactly from weights w_i = e^(-x_i), x_i = rate (best - score_i).
 *
 *     exponential       P(i) proportional to w_i
 *     permuteAndFlip    uniform among the candidates whose coin of probability w_i shows heads
 *
 * The second is permute-and-flip with all coins thrown first: in a random order the first head is as likely one head as another. The best
 * candidate's coin always shows heads.
 *
 * The first throws a coin of w_i for any i, and again until one shows heads. Where candidates are many it proposes i with probability proportional to e^(-b_i), b_i = floor(x_i) up to 63, and keeps it by a coin of e^(-(x_i - b_i)),
 * which is at least 1/e but for weights below e^-64. The proposal counts candidates by their b. e^-b is not rational; so it is drawn from
 * whole numbers L_b = floor(2^192 e^-b) with one more for what is lost, and that one more is taken by the digits that follow.
 *
 * *Promise*: exactly these laws, whatever the scores; no weight is ever summed in floating point.
 * *Limits*: preconditions: at least one score, all finite. Time, however the scores lie: one pass over the scores and one coin for each (permute-and-flip),
 * or two passes and on average at most e proposals; of up to 64 candidates on average at most 64 coins (exponential).
 *
 * @module
 */

import type { Rational } from '../../numeric/rational.ts'
import * as rational from '../../numeric/rational.ts'
import { drawExp } from '../../random/bernoulli.ts'
import type { BitSource } from '../../random/bit-source.ts'
import { encloseExpNeg } from '../../random/exp-enclosure.ts'

/** What a score counts: the exact rate, and a double within 2^-53 of it. */
export type Rate = { readonly exact: Rational; readonly near: number }

/** Draws the index of one of the scores. */
export type Draw = (bits: BitSource, scores: Float64Array, rate: Rate) => number

export const drawPermuteAndFlip: Draw = (bits, scores, rate) => {
  const best = largest(scores)
  const heads = new Uint32Array(scores.length)
  let count = 0
  let score = best
  const exactly = (): Rational => exponent(best, score, rate)
  for (let i = 0; i < scores.length; i++) {
    score = scores[i] as number
    // Three roundings: within 2^-51 of the exponent.
    const x = Math.min((best - score) * rate.near, Number.MAX_VALUE)
    if (score === best || drawExp(bits, x, exactly)) heads[count++] = i
  }
  return heads[bits.below(count)] as number
}

export const drawExponential: Draw = (bits, scores, rate) => {
  if (scores.length > 64) return drawByLevels(bits, scores, rate)
  const best = largest(scores)
  for (;;) {
    const i = bits.below(scores.length)
    const score = scores[i] as number
    const x = Math.min((best - score) * rate.near, Number.MAX_VALUE)
    if (score === best || drawExp(bits, x, () => exponent(best, score, rate))) return i
  }
}

const steps = 64
/** A little below 1, so that b is never above the exact exponent. */
const below = 1 - 2 ** -48

/** The same by levels: where candidates are many. */
export const drawByLevels: Draw = (bits, scores, rate) => {
  const best = largest(scores)
  const levels = new Uint8Array(scores.length)
  const counts = new Uint32Array(steps)
  for (let i = 0; i < scores.length; i++) {
    const x = (best - (scores[i] as number)) * rate.near
    const b = x < steps ? Math.floor(x * below) : steps - 1
    levels[i] = b
    counts[b] = (counts[b] as number) + 1
  }
  for (;;) {
    const b = drawLevel(bits, counts)
    const i = drawMember(bits, levels, b, counts[b] as number)
    const score = scores[i] as number
    const x = Math.min((best - score) * rate.near, Number.MAX_VALUE)
    const rest = (): Rational => rational.subtract(exponent(best, score, rate), rational.of(BigInt(b)))
    if (drawExp(bits, Math.max(0, x - b), rest)) return i
  }
}

const digits = 192
const wholes: bigint[] = []

/** floor(2^192 e^-b). */
function whole(b: number): bigint {
  wholes[b] ??= b === 0 ? 1n << BigInt(digits) : encloseExpNeg(BigInt(b), 1n, digits + 32)[0] >> 32n
  return wholes[b] as bigint
}

/** A level with probability proportional to counts[b] e^-b. */
function drawLevel(bits: BitSource, counts: Uint32Array): number {
  let total = 0n
  for (let b = 0; b < steps; b++) {
    if (counts[b] !== 0) total += BigInt(counts[b] as number) * (whole(b) + 1n)
  }
  for (;;) {
    let place = bits.bigBelow(total)
    let b = 0
    for (; ; b++) {
      const share = BigInt(counts[b] as number) * (whole(b) + 1n)
      if (place < share) break
      place -= share
    }
    const part = place % (whole(b) + 1n)
    if (part < whole(b) || (b > 0 && drawBeyond(bits, b))) return b
  }
}

/** True with probability 2^192 e^-b - floor(2^192 e^-b), b > 0. */
function drawBeyond(bits: BitSource, b: number): boolean {
  let uniform = 0n
  for (let further = 64; ; further += 64) {
    uniform = (uniform << 64n) | bits.bigBits(64)
    const [low, high] = encloseExpNeg(BigInt(b), 1n, digits + further)
    const start = (whole(b) << BigInt(further)) + uniform
    if (start + 1n <= low) return true
    if (start >= high) return false
  }
}

/** One of the `count` candidates of level b: by trying any where they are many, by counting where they are few. */
function drawMember(bits: BitSource, levels: Uint8Array, b: number, count: number): number {
  if (count * 64 > levels.length) {
    for (;;) {
      const i = bits.below(levels.length)
      if (levels[i] === b) return i
    }
  }
  let i = levels.indexOf(b)
  for (let left = bits.below(count); left > 0; left--) i = levels.indexOf(b, i + 1)
  return i
}

function exponent(best: number, score: number, rate: Rate): Rational {
  return rational.multiply(rational.subtract(rational.fromNumber(best), rational.fromNumber(score)), rate.exact)
}

function largest(scores: Float64Array): number {
  let best = scores[0] as number
  for (let i = 1; i < scores.length; i++) best = Math.max(best, scores[i] as number)
  return best
}
