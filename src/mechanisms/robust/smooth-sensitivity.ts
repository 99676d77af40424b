/**
 * Noise scaled to the data at hand: epsilon-differential privacy by a smooth bound on the local sensitivity.
 *
 *     release(f, S) = f + noise of scale about 2 S / (epsilon - 3 beta),     S >= the local sensitivity,  S(x) <= e^beta S(x') for neighbours
 *
 * Nissim, Raskhodnikova and Smith 2007, with Student's noise of three degrees of freedom (Bun and Steinke 2019) on a grid. Let F = round(f / step), and c the integer scale. The proof is short enough to be here:
 *
 *     shift       (c^2 + (w + d)^2) / (c^2 + w^2) <= e^(2 arsinh(d / 2c)) <= e^(d / c);  squared, a shift by d steps costs at most 2 d / c
 *     dilation    with N(c) = SUM 1 / (c^2 + z^2)^2,  N(c') (c'^2 + w^2)^2 / (N(c) (c^2 + w^2)^2) costs at most 3 |log(c / c')|,  as N(c) = (pi / 2 c^3)(1 + r),
 *                 0 <= r <= 4 (1 + 2 pi c) e^(-2 pi c) by Poisson's summation: nothing for c >= 2^40 (it is below 2^-1000)
 *
 * So 2 d / c + 3 |log(c / c')| <= epsilon is to be shown. Take c = ceil(2 (S (1 + 2^-37) / step + 1) / a), a = epsilon - 3 beta - 2^-33. As d <= S / step + 1 the first part is at most a, even where S was computed
 * with an error of 2^-38 of itself; c / c' <= e^beta (1 + 3 2^-38) + 1 / c', so the second part is at most 3 beta + 9 2^-38 + 3 2^-40 < 3 beta + 2^-33. `leastBound` is
 * what S is raised to at least, which keeps it smooth; it fixes a step so fine that c >= 2^40.
 *
 * *Promise*: the stated epsilon, exactly, for every S that is a smooth bound up to a relative error of 2^-38. The scale is not released, but may be guessed from the noise: the proof covers that.
 * *Limits*: one number, not a vector. The relation between neighbours is the one that S is smooth under; for `smoothMedian` it is the replacement of a record. S is for the caller to prove smooth at `smoothing`.
 *
 *     const mechanism = smoothSensitivity({ epsilon: 1, leastBound: 0.001, insecureRandom: insecureSeeded(1) })
 *     mechanism.smoothing // => 0.1666666666...
 *     mechanism.error({ confidence: 0.95, bound: 0.01 }).halfWidth // => 0.073...
 *
 * @module
 */

import { InvalidParameterError } from '../../errors.ts'
import { pure as pureEvent } from '../../events/builders.ts'
import type { PureEvent } from '../../events/kinds.ts'
import { number, options, orElse } from '../../guard.ts'
import * as rational from '../../numeric/rational.ts'
import { type ExactNumber, exactNumber, positive } from '../../random/exact-number.ts'
import { finite, gridFor, inSteps, onGrid } from '../../random/float-grid.ts'
import { type SourceOptions, sourceOf, sourceOptionNames } from '../../random/source-options.ts'
import { demandDoubles, type ErrorOptions, type Mechanism, type NoiseError, readConfidence } from '../mechanism.ts'
import { drawStudent, intervalStudent } from './student.ts'

export type SmoothSensitivityOptions = SourceOptions & {
  readonly epsilon: ExactNumber
  /** Public: smaller bounds are raised to this. A small part of the error that would do no harm. */
  readonly leastBound: number
  /** The beta that bounds are smooth at; epsilon / 6 where it is left out. */
  readonly smoothing?: number | undefined
}

export type SmoothSensitivityMechanism = Omit<Mechanism<PureEvent, (value: number, bound: number) => number>, 'error'> & {
  /** The beta that bounds have to be smooth at. */
  readonly smoothing: number
  /** For data with such a bound; `leastBound` where it is left out. Don't publish what it says of the bound of real data. */
  readonly error: (options?: ErrorOptions & { readonly bound?: number | undefined }) => NoiseError
}

const reserve = rational.of(1n, 1n << 33n)
const outward = rational.of((1n << 37n) + 1n, 1n << 37n)

/** Noise by a smooth bound on the local sensitivity. */
export function smoothSensitivity(given: SmoothSensitivityOptions): SmoothSensitivityMechanism {
  const known = options('options', given, ['epsilon', 'leastBound', 'smoothing', ...sourceOptionNames])
  const exact = exactNumber('epsilon', known['epsilon'], positive)
  const epsilon = rational.toNumber(exact, 'up')
  demandDoubles('epsilon', known['epsilon'], 1, epsilon)
  if (epsilon < 2 ** -20 || epsilon > 2 ** 20) throw new InvalidParameterError('epsilon', 'in [2^-20, 2^20]', known['epsilon'])
  const least = number('leastBound', known['leastBound'], { atLeast: 2 ** -900, atMost: 2 ** 900 })
  const sixth = rational.toNumber(rational.divide(exact, rational.of(6n)), 'down')
  const smoothing = number('smoothing', orElse(known['smoothing'], sixth), { above: 0 })
  const left = rational.subtract(exact, rational.add(rational.multiply(rational.of(3n), rational.fromNumber(smoothing)), reserve))
  if (rational.compare(left, reserve) <= 0) throw new InvalidParameterError('smoothing', 'well below epsilon / 3', smoothing)
  const { bits, provenance } = sourceOf(known)
  const twoOver = rational.divide(rational.of(2n), left)
  // Of scales from 2 least / left on, so that c is 2^40 at least.
  const grid = gridFor(rational.floorLog2(rational.multiply(rational.fromNumber(least), twoOver)))
  const scaleOf = (bound: number): bigint => {
    const inStep = rational.scaleByPowerOfTwo(
      rational.multiply(rational.fromNumber(Math.max(bound, least)), outward),
      -grid.exponent,
    )
    return rational.ceil(rational.multiply(rational.add(inStep, rational.of(1n)), twoOver))
  }
  // What is no bound is no bound: it counts as the largest.
  const boundOf = (bound: unknown): number =>
    typeof bound === 'number' && bound >= 0 ? Math.min(bound, Number.MAX_VALUE) : Number.MAX_VALUE
  return Object.freeze({
    provenance,
    event: pureEvent({ epsilon }),
    guarantee: Object.freeze({ epsilon, delta: 0 }),
    smoothing,
    error: (asked) => {
      const { bound, ...rest } = options('options', orElse(asked, {}), ['confidence', 'bound'])
      const stddev = onGrid(grid, scaleOf(number('bound', orElse(bound, least), { atLeast: 0 })))
      const { confidence, risk } = readConfidence(rest)
      const halfWidth = Math.min(stddev * intervalStudent(risk) + grid.step / 2, Number.MAX_VALUE)
      return Object.freeze({ confidence, stddev, halfWidth })
    },
    release: (value, bound) => {
      const noise = drawStudent(bits, scaleOf(boundOf(bound)))
      return onGrid(grid, inSteps(grid, typeof value === 'number' ? finite(value) : 0) + noise)
    },
  } satisfies SmoothSensitivityMechanism)
}
