/**
 * Discrete Laplace and discrete Gaussian noise: integers with exactly the stated law.
 *
 *   discrete Laplace    P(x) = (e^(1/scale) - 1) / (e^(1/scale) + 1) e^(-|x| / scale)
 *   discrete Gaussian   P(x) proportional to e^(-x^2 / (2 stddev^2))
 *
 * Ghosh, Roughgarden, Sundararajan 2009; Canonne, Kamath, Steinke 2020. The fast samplers pick from a table of strips with
 * lazily refined acceptance, the reference samplers flip coins on bigints; both draw the same law, exactly.
 *
 * *Promise*: parameters count at their exact value, from the smallest to any size; no draw is rounded or cut off.
 * *Limits*: `stddev` is the parameter of the law; the standard deviation of discrete noise is slightly smaller for small ones.
 * Timing: no loop of a fast draw runs longer for larger noise. What is not constant: trials that were rejected before, which
 * are independent of the draw; a second look at the acceptance, some 10 ns in about 3 % of the draws, likelier near the left end of
 * a block and, for Gaussian noise, far out (up to 15 %); and the tail, one draw in 2^26, in bigints. Drawing into an array hides all
 * of it in a sum. A reference draw takes longer the larger the noise, in proportion.
 *
 *     const noise = discreteLaplaceSampler({ scale: 10, insecureRandom: insecureSeeded(1) })
 *     [noise.sample(), noise.sample(), noise.sample()] // => [ 34, 13, -10 ]
 *
 * @module
 */

import { InvalidParameterError } from '../errors.ts'
import { options } from '../guard.ts'
import { multiply, type Rational } from '../numeric/rational.ts'
import { type ExactNumber, exactNumber, positive } from './exact-number.ts'
import { type IntegerCore, type IntegerSampler, integerSampler } from './integer-sampler.ts'
import { buildIntegerTable, IntegerStrips } from './integer-strips.ts'
import { gaussianLaw, type Law, laplaceLaw, scaleExponent } from './law.ts'
import { drawDiscreteGaussian, drawDiscreteLaplace } from './reference.ts'
import { type Source, type SourceOptions, sourceOf, sourceOptionNames } from './source-options.ts'

export type LaplaceOptions = { readonly scale: ExactNumber } & SourceOptions

/** The standard deviation, or its square where only that is a rational. */
export type GaussianOptions = SourceOptions &
  ({ readonly stddev: ExactNumber; readonly variance?: never } | { readonly variance: ExactNumber; readonly stddev?: never })

/** Discrete Laplace noise, fast. */
export function discreteLaplaceSampler(options: LaplaceOptions): IntegerSampler {
  const { scale, source } = readLaplace(options)
  return fast(laplaceLaw(scale), 'scale', source)
}

/** Discrete Gaussian noise, fast. */
export function discreteGaussianSampler(options: GaussianOptions): IntegerSampler {
  const { variance, parameter, source } = readGaussian(options)
  return fast(gaussianLaw(variance), parameter, source)
}

/** Discrete Laplace noise, by coin flips on bigints: the plain path, some thirty times slower. */
export function referenceDiscreteLaplaceSampler(options: LaplaceOptions): IntegerSampler {
  const { scale, source } = readLaplace(options)
  return plain(() => drawDiscreteLaplace(source.bits, scale), laplaceLaw(scale), 'scale', source)
}

/** Discrete Gaussian noise, by coin flips on bigints: the plain path, some hundred times slower. */
export function referenceDiscreteGaussianSampler(options: GaussianOptions): IntegerSampler {
  const { variance, parameter, source } = readGaussian(options)
  return plain(() => drawDiscreteGaussian(source.bits, variance), gaussianLaw(variance), parameter, source)
}

/** The scale of Laplace noise and its source, from options. */
export function readLaplace(given: unknown): { scale: Rational; source: Source } {
  const known = options('options', given, ['scale', ...sourceOptionNames])
  return { scale: exactNumber('scale', known['scale'], positive), source: sourceOf(known) }
}

/** The variance of Gaussian noise, the name it was given by, and its source, from options. */
export function readGaussian(given: unknown): { variance: Rational; parameter: 'stddev' | 'variance'; source: Source } {
  const known = options('options', given, ['stddev', 'variance', ...sourceOptionNames])
  const source = sourceOf(known)
  if (known['variance'] === undefined) {
    const stddev = exactNumber('stddev', known['stddev'], positive)
    return { variance: multiply(stddev, stddev), parameter: 'stddev', source }
  }
  if (known['stddev'] !== undefined) {
    throw new InvalidParameterError('variance', 'left out where "stddev" is given', known['variance'])
  }
  return { variance: exactNumber('variance', known['variance'], positive), parameter: 'variance', source }
}

function fast(law: Law, parameter: string, { bits, provenance }: Source): IntegerSampler {
  const core = new IntegerStrips(bits, buildIntegerTable(law))
  return integerSampler(core, { provenance, parameter, scaleExponent: scaleExponent(law) })
}

function plain(draw: () => bigint, law: Law, parameter: string, { provenance }: Source): IntegerSampler {
  const core = {
    beyond: 0n,
    next(): number {
      const drawn = draw()
      core.beyond = drawn
      return drawn < 9007199254740992n && drawn > -9007199254740992n ? Number(drawn) : Number.NaN
    },
    nextBigint: draw,
  } satisfies IntegerCore
  return integerSampler(core, { provenance, parameter, scaleExponent: scaleExponent(law) })
}
