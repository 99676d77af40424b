/**
 * Continuous Gaussian and Laplace noise on doubles, rounded after the addition.
 *
 *   release(x) = R(x + noise),  R(y) = step * floor(y / step + 1/2), as a double
 *
 * The noise is the ideal, real one: no bits are ever cut off, they are drawn until the rounded sum is decided. As R depends on
 * public parameters only, the release is post-processing of the ideal mechanism: its guarantee holds as written, without any
 * change of the sensitivity. Adding a double of noise instead reveals the data in the last bits (Mironov 2012; Haney et
 * al. 2022).
 *
 * With x / step = X + f, X an integer, and noise s (n + u), s a sign: the rounded sum is X + s n + floor(f + 1/2 + s u), and a few bits
 * of u decide that floor. Past 2^53 the addition of X rounds to the nearest double, once, as R is defined to.
 *
 * *Promise*: exactly R(x + noise) for the real noise of the stated law; the scale counts at its exact value.
 * *Limits*: scales from 2^-982 to the largest double. Bits beyond the 52 that come with a draw are needed once in 2^15 draws. A
 * million doubles take about 1.2 times as long as the textbook's Box-Muller on Math.random.
 *
 *     gaussianAdder({ stddev: 2, insecureRandom: insecureSeeded(1) }).release(10) // => 7.84630901530727
 *
 * @module
 */

import { InvalidParameterError } from '../errors.ts'
import * as rational from '../numeric/rational.ts'
import type { BitSource } from './bit-source.ts'
import { type GaussianOptions, type LaplaceOptions, readGaussian, readLaplace } from './discrete-samplers.ts'
import { type FloatAdder, type FloatArray, floatAdder } from './float-adder.ts'
import { type FloatGrid, finite, gridFor, onGrid, scaleExponentRange } from './float-grid.ts'
import { gaussianLaw, inUnitsOf, type Law, laplaceLaw, scaleExponent } from './law.ts'
import { type NoiseBatch, noiseBatch } from './noise-batch.ts'
import { buildRealTable, RealStrips } from './real-strips.ts'
import type { Source } from './source-options.ts'

/** Adds Gaussian noise to doubles. */
export function gaussianAdder(options: GaussianOptions): FloatAdder {
  const { variance, parameter, source } = readGaussian(options)
  return realAdder(gaussianLaw(variance), parameter, source)
}

/** Adds Laplace noise to doubles. */
export function laplaceAdder(options: LaplaceOptions): FloatAdder {
  const { scale, source } = readLaplace(options)
  return realAdder(laplaceLaw(scale), 'scale', source)
}

/** The grid for a law's scale, where there is one; `parameter` is the name of the scale in messages. */
export function gridForLaw(law: Law, parameter: string): FloatGrid {
  const exponent = scaleExponent(law)
  if (exponent < scaleExponentRange.smallest || exponent > scaleExponentRange.largest) {
    throw new InvalidParameterError(parameter, 'such that the scale is in [2^-982, 2^1024)', `a scale of about 2^${exponent}`)
  }
  return gridFor(exponent)
}

function realAdder(law: Law, parameter: string, { bits, provenance }: Source): FloatAdder {
  const grid = gridForLaw(law, parameter)
  const strips = new RealStrips(bits, buildRealTable(inUnitsOf(law, grid.exponent)))
  // A seeded stream is used up draw by draw, the same on every engine.
  return floatAdder(new RealCore(strips, grid, provenance === 'secure' ? bits : undefined), { provenance, step: grid.step })
}

/** Arrays of so many elements are worth a batch. */
const worthwhile = 1024

/** Above what roundings can do to a rest below 3. */
const margin = rational.powerOfTwo(-49)
const half = rational.of(1n, 2n)
const one = rational.of(1n)

class RealCore {
  private readonly strips: RealStrips
  private readonly grid: FloatGrid
  private readonly step: number
  private readonly inverse: number
  private readonly doubt: number
  private readonly source: BitSource | undefined
  private batch: NoiseBatch | undefined

  /** With a source, large arrays are done in batches by its words. */
  constructor(strips: RealStrips, grid: FloatGrid, source?: BitSource) {
    this.source = source
    this.strips = strips
    this.grid = grid
    this.step = grid.step
    this.inverse = grid.inverse
    this.doubt = strips.fractionUnit + margin
  }

  addInto(source: FloatArray, target: FloatArray, largest: number): void {
    if (this.source !== undefined && source.length >= worthwhile && this.addInBatches(this.source, source, target, largest))
      return
    for (let i = 0; i < source.length; i++) {
      const sum = this.add(source[i] as number)
      target[i] = largest === Number.MAX_VALUE ? sum : Math.min(Math.max(sum, -largest), largest)
    }
  }

  private addInBatches(bits: BitSource, source: FloatArray, target: FloatArray, largest: number): boolean {
    const { strips, inverse, doubt, step } = this
    this.batch ??= noiseBatch({ ...strips.constants, inverse, doubt, step })
    // Batches work in place; a double must not be rounded to a float before the noise is added.
    if (this.batch === undefined || (source instanceof Float64Array && target instanceof Float32Array)) return false
    if (source !== target) target.set(source)
    this.batch(target, bits, (i, pick, word, low) => {
      strips.resume(pick, word, low)
      const sum = this.finish(source === target ? (target[i] as number) : (source[i] as number))
      target[i] = Math.min(Math.max(sum, -largest), largest)
    })
    return true
  }

  add(x: number): number {
    this.strips.draw()
    return this.finish(x)
  }

  /** x plus the noise that was drawn. */
  private finish(x: number): number {
    const { strips } = this
    const q = x * this.inverse
    const below = Math.floor(q)
    // Signs and carries are formed without a branch: they are coins, and a processor that guesses them is wrong half of the time.
    const sign = 1 - 2 * strips.sign
    const rest = q - below + 0.5 + sign * strips.fraction
    const carry = Math.floor(rest - this.doubt)
    if (carry !== Math.floor(rest + this.doubt)) return this.addExactly(x)
    // Never -0, which would show the sign of x: a carry of 0 has a plus sign.
    const sum = (below + (sign * strips.whole + carry)) * this.step
    return Math.abs(sum) <= Number.MAX_VALUE ? sum : this.addExactly(x)
  }

  /**
   * The same sum in rationals: for a fraction that needs more bits, noise past 2^53 steps, x past 2^1023 steps, a sum past the
   * largest double, and whatever is not a finite number.
   */
  private addExactly(value: number): number {
    const { strips, grid } = this
    const x = finite(value)
    const position = rational.add(rational.scaleByPowerOfTwo(rational.fromNumber(x), -grid.exponent), half)
    const below = rational.floor(position)
    const rest = rational.subtract(position, rational.of(below))
    const whole = Number.isNaN(strips.whole) ? strips.beyond : BigInt(strips.whole)
    const sum =
      strips.sign === 1
        ? below - whole - (strips.fractionIsAtLeast(rest) ? 1n : 0n)
        : below + whole + (strips.fractionIsAtLeast(rational.subtract(one, rest)) ? 1n : 0n)
    return onGrid(grid, sum)
  }
}
