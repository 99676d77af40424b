/**
 * Report noisy max: noise on every score, and the index of the largest sum.
 *
 *     noise 'exponential'   is permute-and-flip (Ding et al. 2021, "The permute-and-flip mechanism is identical to report-noisy-max with exponential noise")
 *     noise 'gumbel'        is the exponential mechanism (Durfee and Rogers 2019, lemma 4.2)
 *     noise 'laplace'       the classic: scale 2 sensitivity / epsilon (Dwork and Roth 2014, claim 3.9), half of it for monotonic scores
 *
 * The first two are drawn as what they are. The third has discrete Laplace noise of scale 2 D / epsilon on the integers round(score / step), which neighbours
 * move by at most D = ceil(sensitivity / step), rounding being monotone. It is epsilon-private whatever becomes of ties, as long as the scores have no say in it; here the first one wins.
 * For let the noise of all but i be given. Candidate i wins exactly if its noise is some integer m or more. For a neighbour the sum of i
 * falls by at most D and the others rise by at most D, so with noise m + 2 D it wins there too (with m + D, where all move in the same direction), and
 *
 *     P(Z >= m + 2 D) >= e^(-epsilon) P(Z >= m)
 *
 * *Promise*: sums are compared exactly, however large; the stated epsilon, exactly. No noisy sum is released: the sum of the winner is not covered by this proof.
 * *Limits*: sensitivity / epsilon from 2^-981 to 2^1022 for Laplace noise. Of 10 000 candidates 0.6 ms with Laplace noise, however the scores lie.
 *
 *     const { release, event } = noisyMax({ sensitivity: 1, epsilon: 1, noise: 'laplace', insecureRandom: insecureSeeded(1) })
 *     release([3, 40, 12]) // => 1
 *     event // => { kind: 'pure', epsilon: 1 }
 *
 * @module
 */

import { InvalidParameterError } from '../../errors.ts'
import { pure as pureEvent } from '../../events/builders.ts'
import type { ExponentialEvent, PermuteAndFlipEvent, PureEvent } from '../../events/kinds.ts'
import { flag, integer, oneOf, options, orElse } from '../../guard.ts'
import * as rational from '../../numeric/rational.ts'
import { exactNumber, positive } from '../../random/exact-number.ts'
import { gridFor } from '../../random/float-grid.ts'
import { sourceOf } from '../../random/source-options.ts'
import { demandDoubles, readConfidence } from '../mechanism.ts'
import { intervalLaplace } from '../noise-laws.ts'
import {
  exponential,
  permuteAndFlip,
  type Selection,
  type SelectionOptions,
  scoresOf,
  selectionOptionNames,
} from '../selection.ts'
import { exactSums, largestScaleExponent } from './exact-sum.ts'

export type NoisyMaxOptions = SelectionOptions & {
  /** `'exponential'`, which falls short least, where it is left out. */
  readonly noise?: 'exponential' | 'gumbel' | 'laplace' | undefined
}

export type NoisyMax = Selection<PermuteAndFlipEvent | ExponentialEvent | PureEvent>

/** The index of the largest noisy score. */
export function noisyMax(given: NoisyMaxOptions): NoisyMax {
  const { noise, ...rest } = options('options', given, ['noise', ...selectionOptionNames])
  const kind = oneOf('noise', orElse(noise, 'exponential'), ['exponential', 'gumbel', 'laplace'])
  if (kind === 'laplace') return laplaceMax(rest)
  return (kind === 'gumbel' ? exponential : permuteAndFlip)(rest as SelectionOptions)
}

function laplaceMax(known: Record<string, unknown>): NoisyMax {
  const sensitivity = exactNumber('sensitivity', known['sensitivity'], positive)
  const exact = exactNumber('epsilon', known['epsilon'], positive)
  const moves = flag('monotonic', known['monotonic']) ? 1n : 2n
  const { bits, provenance } = sourceOf(known)
  const epsilon = rational.toNumber(exact, 'up')
  demandDoubles('epsilon', known['epsilon'], 1, epsilon)
  const exponent = rational.floorLog2(rational.divide(rational.multiply(sensitivity, rational.of(moves)), exact))
  if (exponent < -981 || exponent > 1022) {
    throw new InvalidParameterError('epsilon', 'such that the noise is in [2^-981, 2^1023)', known['epsilon'])
  }
  const grid = gridFor(exponent)
  const distance = moves * rational.ceil(rational.scaleByPowerOfTwo(sensitivity, -grid.exponent))
  const scale = rational.divide(rational.of(distance), exact)
  if (rational.floorLog2(scale) > largestScaleExponent)
    throw new InvalidParameterError('epsilon', 'above 2^-45', known['epsilon'])
  const noisy = exactSums(bits, grid, scale)
  const steps = rational.toNumber(scale)
  return Object.freeze({
    provenance,
    event: pureEvent({ epsilon }),
    guarantee: Object.freeze({ epsilon, delta: 0 }),
    error: (asked) => {
      const { candidates, ...rest } = options('options', orElse(asked, {}), ['confidence', 'candidates'])
      const n = integer('candidates', orElse(candidates, 2), { atLeast: 1 })
      const { confidence, risk } = readConfidence(rest)
      // The sums of the best and of the winner are both that near to their scores.
      return Object.freeze({ confidence, shortfall: (2 * intervalLaplace(steps, risk / n) + 1) * grid.step })
    },
    release: (scores) => {
      const values = scoresOf(scores)
      let winner = 0
      let most = noisy(values[0] as number)
      for (let i = 1; i < values.length; i++) {
        const sum = noisy(values[i] as number)
        if (sum > most) [winner, most] = [i, sum]
      }
      return winner
    },
  } satisfies NoisyMax)
}
