/**
 * The least noise (the most steps, the largest sampling rate) that keeps a promised epsilon at a delta.
 *
 *     epsilon(family(parameter), delta) <= promised epsilon,       the parameter as close to where that stops as asked
 *
 * The search starts where it is told to and walks by factors of 2; from the private side it stops at the first parameter that is not
 * private, so it never wanders to where a tiny noise makes accounting slow. Then the bracket is narrowed by `findRoot`, on the logarithm of
 * epsilon, which is nearly linear in that of the parameter.
 *
 * *Promise*: the parameter that is returned was itself evaluated, and `epsilon` is what its upper bound was: at most the promise.
 * *Limits*: epsilon must be monotone in the parameter, else some private parameter is found but perhaps not the best. Within
 * 1e-9 of the best, relatively, where the accountant's bracket is as narrow. DP-SGD with q = 0.01 and 10 000 steps at epsilon 2 takes 8
 * evaluations and 2.3 ms.
 *
 *     calibrate((stddev) => gaussian({ noiseMultiplier: stddev }), { epsilon: 1, delta: 1e-5 }).parameter  // => 3.73063...
 *
 * @module
 */

import { InvalidParameterError, NumericalError } from '../errors.ts'
import { dpSgd, type PrivacyEvent, type TrainingRecipe } from '../events/index.ts'
import { flag, integer, number, options, orElse } from '../guard.ts'
import { findRoot, firstInteger } from '../numeric/roots.ts'
import { type Accountant, epsilon as epsilonOf } from './epsilon.ts'
import type { Relation } from './relation.ts'

/** What is promised, and how the family behaves. */
export type CalibrateOptions = {
  readonly epsilon: number
  readonly delta: number
  readonly relation?: Relation
  readonly accountant?: Exclude<Accountant, 'gdp'>
  /** Whether a larger parameter is less private, as steps and sampling rates are; noise is not. False unless given. */
  readonly increasing?: boolean
  /** Whether the parameter is a whole number. False unless given. */
  readonly integer?: boolean
  /** How wide the accountant's bracket may be, relatively; the parameter is found to a thousandth of it. Default 1e-6. */
  readonly tolerance?: number
  /** Where to look first (default 1), and between what ends; without `min` and `max` anything above 0. */
  readonly start?: number
  readonly min?: number
  readonly max?: number
}

/** A parameter that keeps the promise, and the epsilon that it comes to. */
export type Calibrated = { readonly parameter: number; readonly epsilon: number }

const fields = ['epsilon', 'delta', 'relation', 'accountant', 'increasing', 'integer', 'tolerance', 'start', 'min', 'max']
/** The search gives up this many factors of 2 away from its start. */
const furthest = 64
/** And is content with so much privacy to spare that not even this many factors of 2 use it up. */
const enough = 12
/** The parameter is found to this part of the accountant's tolerance. */
const finer = 1e-3

/** The parameter of a family of events at which its privacy is just what is promised, on the private side. */
export function calibrate(family: (parameter: number) => PrivacyEvent, given: CalibrateOptions): Calibrated {
  if (typeof family !== 'function') throw new InvalidParameterError('family', 'a function from a number to an event', family)
  options('options', given, fields)
  const target = number('epsilon', given.epsilon, { atLeast: 0 })
  const delta = number('delta', given.delta, { atLeast: 0, below: 1 })
  const increasing = flag('increasing', given.increasing)
  const whole = flag('integer', given.integer)
  const tolerance = number('tolerance', orElse(given.tolerance, 1e-6), { above: 0, below: 1 })
  const check = whole ? integer : number
  const min = given.min === undefined ? 0 : check('min', given.min, { atLeast: 0 })
  const max = given.max === undefined ? Number.MAX_SAFE_INTEGER : check('max', given.max, { atLeast: min })
  const start = check('start', orElse(given.start, Math.min(Math.max(1, min), max)), { atLeast: min, atMost: max })
  const asked = {
    delta,
    ...(given.accountant === undefined || given.accountant === 'tight' ? { tolerance } : {}),
    ...(given.relation === undefined ? {} : { relation: given.relation }),
    ...(given.accountant === undefined ? {} : { accountant: given.accountant }),
  }

  let best: Calibrated | undefined
  /** Below or at 0 where the promise is kept; the last such parameter that is nearest to the edge is remembered. */
  const excess = (parameter: number): number => {
    const { upper } = epsilonOf(family(parameter), asked)
    const kept = upper <= target
    if (kept && (best === undefined || parameter > best.parameter === increasing))
      best = Object.freeze({ parameter, epsilon: upper })
    return target > 0 ? Math.log(upper / target) : kept ? -1 : upper
  }

  const edge = walk(excess, { start, min, max, up: increasing, whole, target })
  if (edge !== undefined) {
    const { low, high, atLow, atHigh } = edge
    if (!whole) findRoot(excess, { low, high, atLow, atHigh, relativeTolerance: finer * tolerance })
    else firstInteger((n) => excess(n) > 0 === increasing, { low, high })
  }
  return best as unknown as Calibrated
}

type Walk = {
  readonly start: number
  readonly min: number
  readonly max: number
  /** Whether privacy is lost upwards. */
  readonly up: boolean
  readonly whole: boolean
  readonly target: number
}

/** Neighbours on the way of which just one keeps the promise; undefined where all that is left to try does. */
function walk(
  excess: (parameter: number) => number,
  { start, min, max, up, whole, target }: Walk,
): { low: number; high: number; atLow: number; atHigh: number } | undefined {
  let here = start
  let atHere = excess(here)
  const kept = atHere <= 0
  const upwards = kept === up
  for (let steps = 0; steps < furthest; steps++) {
    // With an epsilon of 0 twice over, the parameter hardly matters; and tiny noise is slow to account for.
    if (kept && atHere === Number.NEGATIVE_INFINITY && steps > 0) return undefined
    const next = upwards ? Math.min(max, here === 0 ? 1 : 2 * here) : Math.max(min, whole ? Math.floor(here / 2) : here / 2)
    if (next === here || (kept && steps === enough)) {
      if (kept) return undefined
      break
    }
    const atNext = excess(next)
    if (atNext <= 0 !== kept) {
      return upwards
        ? { low: here, high: next, atLow: atHere, atHigh: atNext }
        : { low: next, high: here, atLow: atNext, atHigh: atHere }
    }
    here = next
    atHere = atNext
  }
  const reached = Number((target > 0 ? target * Math.exp(atHere) : atHere).toPrecision(6))
  throw new NumericalError(`no parameter from ${start} to ${here} keeps epsilon at ${target}: there it is ${reached}`)
}

/** A training recipe and what is promised of it. */
export type NoiseMultiplierOptions = TrainingRecipe & Pick<CalibrateOptions, 'epsilon' | 'delta' | 'relation' | 'accountant'>

/** The least noise multiplier with which a training run keeps a promise, and the epsilon that it comes to. */
export function noiseMultiplierFor(given: NoiseMultiplierOptions): {
  readonly noiseMultiplier: number
  readonly epsilon: number
} {
  options('options', given, [
    'epsilon',
    'delta',
    'relation',
    'accountant',
    'examples',
    'batchSize',
    'epochs',
    'steps',
    'sampling',
  ])
  const { epsilon, delta, relation, accountant, ...recipe } = given
  const promise = {
    epsilon,
    delta,
    ...(relation === undefined ? {} : { relation }),
    ...(accountant === undefined ? {} : { accountant }),
  }
  const found = calibrate((noiseMultiplier) => dpSgd({ ...recipe, noiseMultiplier } as Parameters<typeof dpSgd>[0]), promise)
  return Object.freeze({ noiseMultiplier: found.parameter, epsilon: found.epsilon })
}
