/**
 * Clipping at a quantile of the norms that is learnt, privately, on the way.
 *
 *   fraction = 1/2 + (sum over records of (b_i - 1/2) + N(0, s^2)) / m,   b_i = 1 where |x_i| <= C, else 0
 *   C <- C e^(-rate (fraction - quantile))
 *
 * Andrew, Thakkar, McMahan and Ramaswamy, "Differentially private learning with adaptive clipping", NeurIPS 2021 (arXiv 1905.03871),
 * algorithm 1; m is the number of records expected in a round, a public constant, s the `countStddev`. A record moves the count by 1/2, so that the
 * count is a Gaussian release of noise multiplier 2 s. For sum and count together to cost what one Gaussian of noise multiplier z
 * costs, the sum is noised a little more (theorem 1):
 *
 *   1/z^2 = 1/z_sum^2 + 1/(2 s)^2
 *
 * *Promise*: the noise is exact (`gaussianAdder`: the ideal Gaussian, rounded after the addition); z_sum is the least double for which
 * the left side is not less than the right one, decided in rationals. The step is multiplicative, so the clip norm reaches the quantile from
 * both sides, by at most a factor of e^(rate max(quantile, 1 - quantile)) a round, noise apart. The norm stays within [2^-960, 2^960].
 * *Limits*: the noise multiplier of the sum is relative to the clip norm *of its round*. A round is open from one `update` to
 * the next: clip all its records before. A vector with a NaN or infinite entry counts as above the norm and is clipped to zeros.
 * Math.exp may differ in the last bit between engines; privacy does not rest on it. Whoever samples records wraps `event`.
 *
 *     splitNoise({ noiseMultiplier: 1, countStddev: 5 })  // => { sumNoiseMultiplier: 1.00503..., countNoiseMultiplier: 10 }
 *     const settings = { initialNorm: 0.1, targetQuantile: 0.5, expectedRecords: 100, noiseMultiplier: 1 }
 *     const clipper = adaptiveClip(settings)
 *     clipper.clip([3, 4])                 // => [ 0.0599..., 0.0799... ]
 *     clipper.sumNoiseMultiplier           // => 1.00503...
 *     clipper.event                        // => { kind: 'gaussian', noiseMultiplier: 1 }
 *
 * @module
 */

import { InvalidParameterError } from '../errors.ts'
import { gaussian } from '../events/builders.ts'
import type { GaussianEvent } from '../events/kinds.ts'
import { flag, number, options, orElse } from '../guard.ts'
import { nextDown, nextUp } from '../numeric/directed.ts'
import { compare, fromNumber, multiply, type Rational, subtract } from '../numeric/rational.ts'
import type { Provenance } from '../random/handles.ts'
import { gaussianAdder } from '../random/real-adder.ts'
import { type SourceOptions, sourceOptionNames } from '../random/source-options.ts'
import { byScaling, type Clip } from './clippers.ts'
import type { Vector } from './vector.ts'

export type SplitNoise = {
  /** For the sum, relative to the clip norm of the round. */
  readonly sumNoiseMultiplier: number
  /** Of the count: twice its standard deviation. */
  readonly countNoiseMultiplier: number
}

export type AdaptiveClipOptions = SourceOptions & {
  /** Where to start; being off by a factor of 100 costs some dozens of rounds. */
  readonly initialNorm: number
  /** The share of norms that is to be within the clip norm, in (0, 1). */
  readonly targetQuantile: number
  /** Records expected in a round; public, and the same for every round. */
  readonly expectedRecords: number
  /** What a round costs, sum and count together. */
  readonly noiseMultiplier: number
  /** Standard deviation of the noise on the count. A twentieth of `expectedRecords` unless given. */
  readonly countStddev?: number | undefined
  /** 0.2 unless given. */
  readonly learningRate?: number | undefined
}

/** What a round told, all of it public. */
export type AdaptiveRound = {
  /** The noised share of the expected records that was within the old norm; noise may take it out of [0, 1]. */
  readonly fraction: number
  /** The clip norm of the next round. */
  readonly norm: number
}

export type AdaptiveClipper = Clip & {
  readonly provenance: Provenance
  /** The clip norm of this round, and so the sensitivity of its sum. */
  readonly l2Sensitivity: number
  /** What the sum is to be noised with: this times `l2Sensitivity` is its standard deviation. */
  readonly sumNoiseMultiplier: number
  /** A round, sum and count together: this is what to sample, repeat and account for. */
  readonly event: GaussianEvent
  /** The count alone, where the sum is not released or is accounted for apart. */
  readonly countEvent: GaussianEvent
  /** Counts a record that was clipped elsewhere, by whether it was within the norm of this round. */
  readonly count: (within: boolean) => void
  /** Ends the round: releases its count with noise and moves the norm. */
  readonly update: () => AdaptiveRound
}

/** Noise multipliers of sum and count that together cost one Gaussian of `noiseMultiplier`. */
export function splitNoise(given: { readonly noiseMultiplier: number; readonly countStddev: number }): SplitNoise {
  const known = options('options', given, ['noiseMultiplier', 'countStddev'])
  const noiseMultiplier = number('noiseMultiplier', known['noiseMultiplier'], { atLeast: 2 ** -300, atMost: 2 ** 300 })
  return split(noiseMultiplier, readStddev(known['countStddev']))
}

const readStddev = (value: unknown): number => number('countStddev', value, { atLeast: 2 ** -300, atMost: 2 ** 300 })

function split(z: number, countStddev: number): SplitNoise {
  const t = 2 * countStddev
  if (t <= z) throw new InvalidParameterError('countStddev', `> ${z / 2}, half the noise multiplier`, countStddev)
  const square = (x: number): Rational => multiply(fromNumber(x), fromNumber(x))
  // 1/z^2 >= 1/w^2 + 1/t^2, cleared of fractions.
  const rest = subtract(square(t), square(z))
  const whole = multiply(square(z), square(t))
  const enough = (w: number): boolean => compare(multiply(square(w), rest), whole) >= 0
  let sum = (z / Math.sqrt(t - z)) * (t / Math.sqrt(t + z))
  while (!enough(sum)) sum = nextUp(sum)
  while (enough(nextDown(sum))) sum = nextDown(sum)
  return Object.freeze({ sumNoiseMultiplier: sum, countNoiseMultiplier: t })
}

/** A clipper whose norm follows a quantile. */
export function adaptiveClip(given: AdaptiveClipOptions): AdaptiveClipper {
  const known = options('options', given, [
    'initialNorm',
    'targetQuantile',
    'expectedRecords',
    'noiseMultiplier',
    'countStddev',
    'learningRate',
    ...sourceOptionNames,
  ])
  const quantile = number('targetQuantile', known['targetQuantile'], { above: 0, below: 1 })
  const expected = number('expectedRecords', known['expectedRecords'], { atLeast: 1, atMost: Number.MAX_SAFE_INTEGER })
  const rate = number('learningRate', orElse(known['learningRate'], 0.2), { above: 0, atMost: 10 })
  const noiseMultiplier = number('noiseMultiplier', known['noiseMultiplier'], { atLeast: 2 ** -300, atMost: 2 ** 300 })
  const countStddev = readStddev(orElse(known['countStddev'], expected / 20))
  const { sumNoiseMultiplier, countNoiseMultiplier } = split(noiseMultiplier, countStddev)
  const source = { random: given.random, insecureRandom: given.insecureRandom }
  const adder = gaussianAdder({ stddev: countStddev, ...source })

  let norm = number('initialNorm', known['initialNorm'], { atLeast: 2 ** -960, atMost: 2 ** 960 })
  let halves = 0
  // Integers, so that the order of the records can't change the sum.
  const count = (within: boolean): void => {
    halves += within ? 1 : -1
  }
  let clipper = byScaling(2, norm, count)

  const update = (): AdaptiveRound => {
    const fraction = 1 / 2 + adder.release(halves / 2) / expected
    const moved = norm * Math.exp(-rate * (fraction - quantile))
    norm = Math.min(2 ** 960, Math.max(2 ** -960, moved))
    halves = 0
    clipper = byScaling(2, norm, count)
    return Object.freeze({ fraction, norm })
  }
  return Object.freeze({
    get l2Sensitivity() {
      return norm
    },
    provenance: adder.provenance,
    sumNoiseMultiplier,
    event: gaussian({ noiseMultiplier }),
    countEvent: gaussian({ noiseMultiplier: countNoiseMultiplier }),
    clip: <T extends Vector>(vector: T): T => clipper.clip(vector),
    clipInPlace: <T extends Float64Array | Float32Array | number[]>(vector: T): T => clipper.clipInPlace(vector),
    count: (within: boolean): void => count(flag('within', within)),
    update,
  })
}
