/**
 * The two shapes of noise, as one: f(x) = exp(-rate |x|^degree).
 *
 *   Laplace   degree 1, rate 1 / scale          Gaussian   degree 2, rate 1 / (2 variance)
 *
 * The rate is an exact rational, so the law that is sampled is the law that was asked for, to the last bit.
 *
 * *Promise*: nothing here rounds, except `scaleExponent`, which is a floor.
 *
 * @module
 */

import type { Rational } from '../numeric/rational.ts'
import * as rational from '../numeric/rational.ts'

/** f(x) = exp(-rate |x|^degree), up to its normalisation; rate > 0. */
export type Law = { readonly degree: 1 | 2; readonly rate: Rational }

export function laplaceLaw(scale: Rational): Law {
  return { degree: 1, rate: rational.divide(rational.of(1n), scale) }
}

export function gaussianLaw(variance: Rational): Law {
  return { degree: 2, rate: rational.divide(rational.of(1n, 2n), variance) }
}

/** The law of x / 2^exponent where x has the given law. */
export function inUnitsOf(law: Law, exponent: number): Law {
  return { degree: law.degree, rate: rational.scaleByPowerOfTwo(law.rate, exponent * law.degree) }
}

/** floor(log2 scale) for Laplace, floor(log2 stddev) for Gaussian noise, exactly. */
export function scaleExponent({ degree, rate }: Law): number {
  const inverse = rational.divide(rational.of(1n, BigInt(degree)), rate)
  // floor(log2(variance) / 2) may take the floor of the logarithm first.
  return Math.floor(rational.floorLog2(inverse) / degree)
}

/** rate y^degree at y = position / 2^positionBits, as a fraction that need not be in lowest terms. */
export function exponentAt({ degree, rate }: Law, position: bigint, positionBits: number): Rational {
  const power = degree === 1 ? position : position * position
  return { numerator: rate.numerator * power, denominator: rate.denominator << BigInt(positionBits * degree) }
}
