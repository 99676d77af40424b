/**
 * Discrete Laplace noise on doubles that were rounded to a grid before: the integer mechanism, for real-valued data.
 *
 *   release(x) = (round(x / step) + Z) step,  Z discrete Laplace of scale D / epsilon
 *   D = ceil(l1Sensitivity / step) + l0Sensitivity - 1
 *
 * Rounding is monotone, so values d apart land at most ceil(d / step) steps apart, which is less than d / step + 1; over at most
 * l0 coordinates with distances summing to l1 that makes fewer than l1 / step + l0 steps, and D is the largest integer
 * below. Z hides D steps with exactly e^epsilon. All of this is rational arithmetic, so the claimed epsilon holds to the last bit,
 * for about 2^-40 / epsilon more noise a coordinate than the real mechanism adds.
 *
 * Ghosh, Roughgarden, Sundararajan 2009; the grid: Google's "Secure Noise Generation" 2020, here with exact arithmetic.
 *
 * *Promise*: epsilon-differential privacy for doubles x whose distance in l1 is at most `l1Sensitivity`, with at most
 * `l0Sensitivity` coordinates differing. `release` takes one coordinate, with the default of 1.
 * *Limits*: l1Sensitivity / epsilon from 2^-982 to the largest double. Sums have to be formed with that sensitivity: a sum of
 * doubles, rounded after each addition, has a larger one (Casacuberta et al. 2022); round the records to the step and add integers.
 *
 * @module
 */

import { InvalidParameterError } from '../errors.ts'
import { integer, options } from '../guard.ts'
import type { Rational } from '../numeric/rational.ts'
import * as rational from '../numeric/rational.ts'
import { type ExactNumber, exactNumber, positive } from './exact-number.ts'
import { type FloatAdder, type FloatArray, floatAdder } from './float-adder.ts'
import { type FloatGrid, finite, inSteps, onGrid } from './float-grid.ts'
import { buildIntegerTable, IntegerStrips } from './integer-strips.ts'
import { laplaceLaw, scaleExponent } from './law.ts'
import { gridForLaw } from './real-adder.ts'
import { type SourceOptions, sourceOf, sourceOptionNames } from './source-options.ts'

export type GridLaplaceOptions = SourceOptions & {
  readonly l1Sensitivity: ExactNumber
  readonly epsilon: ExactNumber
  /** How many coordinates of a vector one unit of privacy can change; 1 where it is left out. */
  readonly l0Sensitivity?: number | undefined
}

/** An adder, and what is certain about its noise in steps of the grid. */
export type GridLaplace = FloatAdder & {
  /** How many steps two neighbouring inputs can be apart. */
  readonly integerSensitivity: bigint
  /** The scale of the noise in steps: integerSensitivity / epsilon. */
  readonly integerScale: Rational
}

/** Rounds doubles to a grid and adds discrete Laplace noise to them there. */
export function gridLaplace(given: GridLaplaceOptions): GridLaplace {
  const known = options('options', given, ['l1Sensitivity', 'epsilon', 'l0Sensitivity', ...sourceOptionNames])
  const l1 = exactNumber('l1Sensitivity', known['l1Sensitivity'], positive)
  const epsilon = exactNumber('epsilon', known['epsilon'], positive)
  const l0 = known['l0Sensitivity'] === undefined ? 1 : integer('l0Sensitivity', known['l0Sensitivity'], { atLeast: 1 })
  const { bits, provenance } = sourceOf(known)

  const grid = gridForLaw(laplaceLaw(rational.divide(l1, epsilon)), 'l1Sensitivity')
  const integerSensitivity = sensitivityInSteps(l1, BigInt(l0), grid)
  const integerScale = rational.divide(rational.of(integerSensitivity), epsilon)
  const law = laplaceLaw(integerScale)
  if (scaleExponent(law) > 45) throw new InvalidParameterError('l0Sensitivity', 'at most about 2^45 epsilon', l0)

  const core = new GridCore(new IntegerStrips(bits, buildIntegerTable(law)), grid)
  return Object.freeze({ ...floatAdder(core, { provenance, step: grid.step }), integerSensitivity, integerScale })
}

/** ceil(l1 / step) + l0 - 1. */
export function sensitivityInSteps(l1: Rational, l0: bigint, { exponent }: Pick<FloatGrid, 'exponent'>): bigint {
  return rational.ceil(rational.scaleByPowerOfTwo(l1, -exponent)) + l0 - 1n
}

class GridCore {
  private readonly strips: IntegerStrips
  private readonly grid: FloatGrid
  private readonly step: number
  private readonly inverse: number

  constructor(strips: IntegerStrips, grid: FloatGrid) {
    this.strips = strips
    this.grid = grid
    this.step = grid.step
    this.inverse = grid.inverse
  }

  addInto(source: FloatArray, target: FloatArray, largest: number): void {
    for (let i = 0; i < source.length; i++) {
      const sum = this.add(source[i] as number)
      target[i] = largest === Number.MAX_VALUE ? sum : Math.min(Math.max(sum, -largest), largest)
    }
  }

  add(x: number): number {
    const noise = this.strips.next()
    const sum = (roundHalfUp(x * this.inverse) + noise) * this.step
    if (Math.abs(sum) <= Number.MAX_VALUE) return sum
    return onGrid(this.grid, inSteps(this.grid, finite(x)) + (Number.isNaN(noise) ? this.strips.beyond : BigInt(noise)))
  }
}

/**
 * floor(q + 1/2) without forming the sum, which rounds: past 2^52 it would move odd integers, and the sensitivity with them.
 * Math.round says the same but takes a branch, and half of the time the wrong one first.
 *
 * Never -0, which would show the sign of x. The rest is exact where it is below 1/2, and 1 where a tiny negative q leaves less to 1 than a double can tell.
 */
export function roundHalfUp(q: number): number {
  const below = Math.floor(q)
  return below + Math.min(Math.floor(2 * (q - below)), 1)
}
