/**
 * The Laplace mechanism: epsilon-differential privacy for a number, or for a vector of bounded L1 sensitivity.
 *
 *     release(x) = (round(x / step) + Z) step,     Z discrete Laplace on a grid 2^40 times finer than the noise
 *
 * Dwork, McSherry, Nissim and Smith 2006, by `gridLaplace` of `random`, which raises the sensitivity by what rounding to the grid can add.
 *
 * *The event* is that of continuous noise, `laplace({ noiseMultiplier })`, and covers what is released: with t the scale and D the sensitivity
 * in steps, cutting the line at +-(k + c), a^c = 2a / (1 + a), makes discrete noise of continuous noise. A shift of D steps moves a cut onto
 * another one or past it by 2c - 1 = 2 t ln cosh(1 / 2t) <= 1 / (4t), so every point of the discrete trade-off curve, and the chords with
 * them, lies above the curve of continuous noise shifted by D + 1 / (4t); over l0 coordinates that adds up to D + l0 / (4t). So
 *
 *     drawn with epsilon' = 1 / m - r,  r >= l0 / (4 t^2),  the release is covered by laplace({ noiseMultiplier: m })
 *
 * and r = min(l0 2^-82, epsilon^2 / 4) is such, as t >= 2^40 and t = D / epsilon' >= l0 / epsilon.
 *
 * *Promise*: the stated epsilon, exactly, floating point included; the event's epsilon, 1 / m in real numbers, is no larger.
 * *Limits*: scales from 2^-981 to 2^1023, epsilon from about 2^-45 times the number of coordinates. A vector of n coordinates gets about
 * n 2^-40 / epsilon more noise, relatively, unless `l0Sensitivity` says that one record changes fewer of them.
 *
 *     const mechanism = laplace({ sensitivity: 1, epsilon: 0.5, insecureRandom: insecureSeeded(1) })
 *     mechanism.event // => { kind: 'laplace', noiseMultiplier: 2 }
 *     mechanism.error({ confidence: 0.95 }).halfWidth // => 5.991464547...
 *     mechanism.release(1234) // => 1233.94261803061...
 *
 * @module
 */

import { InvalidParameterError } from '../errors.ts'
import { laplace as laplaceEvent } from '../events/builders.ts'
import type { LaplaceEvent } from '../events/kinds.ts'
import { integer, options } from '../guard.ts'
import { mulUp } from '../numeric/directed.ts'
import type { Rational } from '../numeric/rational.ts'
import * as rational from '../numeric/rational.ts'
import { discreteLaplaceSampler } from '../random/discrete-samplers.ts'
import { type ExactNumber, exactNumber, positive } from '../random/exact-number.ts'
import { type GridLaplace, gridLaplace } from '../random/grid-laplace.ts'
import { type SourceOptions, sourceOptionNames } from '../random/source-options.ts'
import { demandDoubles, type Mechanism, oneOfOptions, readConfidence } from './mechanism.ts'
import { deviationLaplace, intervalLaplace } from './noise-laws.ts'
import { type Channel, type Release, releaseBy } from './release.ts'

/** Privacy or noise: one of `epsilon` and `scale`. */
export type LaplaceMechanismOptions = SourceOptions & {
  /** The most that one record can change, in L1: summed over the coordinates. */
  readonly sensitivity: ExactNumber
  /** How many coordinates of a vector one record can change: all, where it is left out. */
  readonly l0Sensitivity?: number | undefined
} & (
    | { readonly epsilon: ExactNumber; readonly scale?: undefined }
    | { readonly scale: ExactNumber; readonly epsilon?: undefined }
  )

export type LaplaceMechanism = Mechanism<LaplaceEvent, Release>

/** Laplace noise on numbers, bigints and arrays of them. */
export function laplace(given: LaplaceMechanismOptions): LaplaceMechanism {
  const known = options('options', given, ['sensitivity', 'epsilon', 'scale', 'l0Sensitivity', ...sourceOptionNames])
  const sensitivity = exactNumber('sensitivity', known['sensitivity'], positive)
  const l0 = known['l0Sensitivity'] === undefined ? undefined : integer('l0Sensitivity', known['l0Sensitivity'], { atLeast: 1 })
  const way = oneOfOptions(known, ['epsilon', 'scale'])
  const value = exactNumber(way, known[way], positive)
  const source = { random: given.random, insecureRandom: given.insecureRandom }

  // Rounded so that neither the event nor the guarantee can say less than was asked for, or more than is drawn.
  const noiseMultiplier =
    way === 'epsilon'
      ? rational.toNumber(rational.divide(one, value), 'up')
      : rational.toNumber(rational.divide(value, sensitivity), 'down')
  demandDoubles(way, known[way], noiseMultiplier, 0)
  if (noiseMultiplier >= 2 ** 45) throw new InvalidParameterError(way, 'such that epsilon is above 2^-45', known[way])
  const exponent = rational.floorLog2(rational.multiply(rational.fromNumber(noiseMultiplier), sensitivity))
  if (exponent <= -982 || exponent >= 1023) {
    const parameter = way === 'scale' ? way : 'sensitivity'
    throw new InvalidParameterError(parameter, 'such that the scale is in (2^-981, 2^1023)', known[parameter])
  }
  const target = rational.divide(one, rational.fromNumber(noiseMultiplier))
  const guaranteed = rational.toNumber(way === 'epsilon' ? value : target, 'up')
  demandDoubles(way, known[way], noiseMultiplier, guaranteed)

  const grid = (coordinates: number): GridLaplace =>
    gridLaplace({
      l1Sensitivity: sensitivity,
      epsilon: rational.subtract(target, reserve(target, coordinates)),
      l0Sensitivity: coordinates,
      ...source,
    })
  const channel = (coordinates: number): Channel => channelOn(grid(coordinates), source)
  const scalar = grid(1)
  const single = channelOn(scalar, source)
  let latest = { coordinates: 1, channel: single }
  const channelFor = (length: number): Channel => {
    const coordinates = Math.max(1, Math.min(length, l0 ?? length))
    if (coordinates === 1) return single
    if (latest.coordinates !== coordinates) latest = { coordinates, channel: channel(coordinates) }
    return latest.channel
  }

  const { step, provenance } = scalar
  const scale = rational.toNumber(scalar.integerScale)
  return Object.freeze({
    provenance,
    event: laplaceEvent({ noiseMultiplier }),
    guarantee: Object.freeze({ epsilon: guaranteed, delta: 0 }),
    error: (asked) => {
      const { confidence, risk } = readConfidence(asked)
      return Object.freeze({
        confidence,
        stddev: deviationLaplace(scale) * step,
        halfWidth: mulUp(intervalLaplace(scale, risk) + 0.5, step),
      })
    },
    release: releaseBy(channelFor),
  } satisfies LaplaceMechanism)
}

const one = rational.of(1n)

/** r of the header: what continuous noise is behind discrete noise. */
export function reserve(epsilon: Rational, coordinates: number): Rational {
  const byStep = rational.scaleByPowerOfTwo(rational.of(BigInt(coordinates)), -82)
  const bySquare = rational.scaleByPowerOfTwo(rational.multiply(epsilon, epsilon), -2)
  return rational.compare(byStep, bySquare) < 0 ? byStep : bySquare
}

function channelOn(adder: GridLaplace, source: SourceOptions): Channel {
  let steps: (() => bigint) | undefined
  return {
    number: adder.release,
    into: adder.releaseInto,
    bigint: (x) => {
      steps ??= discreteLaplaceSampler({ scale: adder.integerScale, ...source }).sampleBigint
      return onGrid(x, steps(), Math.round(Math.log2(adder.step)))
    },
  }
}

/** The integer nearest to (round(x / 2^exponent) + noise) 2^exponent; ties go up. */
export function onGrid(x: bigint, noise: bigint, exponent: number): bigint {
  if (exponent <= 0) {
    const shift = BigInt(-exponent)
    return roundShift((x << shift) + noise, shift)
  }
  const shift = BigInt(exponent)
  return (roundShift(x, shift) + noise) << shift
}

/** floor(x / 2^shift + 1/2). */
function roundShift(x: bigint, shift: bigint): bigint {
  return shift === 0n ? x : (x + (1n << (shift - 1n))) >> shift
}
