/**
 * The privacy that a target error costs, and the error that a privacy comes with, before anything is spent.
 *
 *     plan(family, { halfWidth: 10, confidence: 0.95 })        the least epsilon with error({ confidence }).halfWidth <= 10
 *     plan(family, { epsilons: [0.1, 1], confidence: 0.95 })   the error at each epsilon
 *
 * `family` makes a mechanism of an epsilon (or of a rho: of any privacy that the error falls with). All options but the target go to its `error`, so
 * whatever has one can be planned: statistics and mechanisms alike.
 *
 * *Promise*: the error of the mechanism that is returned was itself evaluated and is at most the target; a neighbouring double below misses it, or
 * epsilon was found to 2^-50 of itself. No data, no noise.
 * *Limits*: the error must fall with epsilon. Searched between 2^-40 and 2^40, in some 60 evaluations: 5 ms for a count.
 *
 *     import { count, mean } from 'indistinct'
 *     plan((epsilon) => count({ epsilon }), { halfWidth: 10, confidence: 0.95 }).epsilon // => 0.284348...
 *     plan((epsilon) => mean({ epsilon, lower: 0, upper: 120 }), { halfWidth: 1, records: 1000 }).epsilon // => 0.3594...
 *     plan((epsilon) => count({ epsilon }), { epsilons: [0.1, 1] }).map(({ error }) => error.halfWidth) // => [ 30, 3 ]
 *
 * @module
 */

import { InvalidParameterError, NumericalError } from '../errors.ts'
import { array, isPlainObject, number } from '../guard.ts'

/** Whatever knows its error in advance. */
export type Plannable<Asked, Error> = { readonly error: (options?: Asked) => Error }

/** An error that may not be exceeded, by the name it has in the answer of `error`. */
export type PlanTarget = {
  readonly halfWidth?: number | undefined
  readonly stddev?: number | undefined
  readonly shortfall?: number | undefined
  readonly rankError?: number | undefined
  readonly threshold?: number | undefined
  readonly units?: number | undefined
}

/** A privacy, the mechanism that has it, and its error. */
export type Plan<M, Error> = { readonly epsilon: number; readonly error: Error; readonly mechanism: M }

const targets = ['halfWidth', 'stddev', 'shortfall', 'rankError', 'threshold', 'units'] as const
const furthest = 40

/** The least epsilon that reaches a target error, or the errors at given epsilons. */
export function plan<Asked extends object, Error extends object, M extends Plannable<Asked, Error>>(
  family: (epsilon: number) => M & Plannable<Asked, Error>,
  target: Asked & { readonly epsilons: readonly number[] },
): readonly Plan<M, Error>[]
export function plan<Asked extends object, Error extends object, M extends Plannable<Asked, Error>>(
  family: (epsilon: number) => M & Plannable<Asked, Error>,
  target: Asked & PlanTarget,
): Plan<M, Error>
export function plan(family: unknown, target: unknown): unknown {
  if (typeof family !== 'function') throw new InvalidParameterError('family', 'a function from epsilon to a mechanism', family)
  if (!isPlainObject(target)) throw new InvalidParameterError('target', 'an options object', target)
  const at = (epsilon: number, asked: object): Plan<Plannable<object, object>, Record<string, unknown>> => {
    const mechanism = (family as (epsilon: number) => unknown)(epsilon)
    const { error } = Object(mechanism) as Partial<Plannable<object, Record<string, unknown>>>
    if (typeof error !== 'function')
      throw new InvalidParameterError('family', 'a function from epsilon to a mechanism', mechanism)
    return Object.freeze({ epsilon, error: error(asked), mechanism: mechanism as Plannable<object, object> })
  }
  if (target['epsilons'] !== undefined) {
    const { epsilons, ...asked } = target
    const checked = Array.from(array('epsilons', epsilons, 1), (epsilon, i) => number(`epsilons[${i}]`, epsilon, { above: 0 }))
    return Object.freeze(checked.map((epsilon) => at(epsilon, asked)))
  }
  const named = targets.filter((name) => target[name] !== undefined)
  const [goal, second] = named
  if (goal === undefined)
    throw new InvalidParameterError('halfWidth', `given, or else ${targets.slice(1).join(', ')} or epsilons`, undefined)
  if (second !== undefined) throw new InvalidParameterError(second, `left out where "${goal}" is given`, target[second])
  const { [goal]: wanted, ...asked } = target
  return leastEpsilon((epsilon) => at(epsilon, asked), goal, number(goal, wanted, { above: 0 }))
}

function leastEpsilon<P extends Plan<unknown, Record<string, unknown>>>(
  at: (epsilon: number) => P,
  goal: (typeof targets)[number],
  wanted: number,
): P {
  let best: P | undefined
  const reaches = (epsilon: number): boolean => {
    const made = at(epsilon)
    const error = made.error[goal]
    if (typeof error !== 'number') throw new InvalidParameterError(goal, 'what the error of the mechanism is named', wanted)
    if (!(error <= wanted)) return false
    best = made
    return true
  }
  const first = reaches(1)
  let [low, high] = [1, 1]
  for (let i = 0; i < furthest && reaches(first ? low / 2 : high * 2) === first; i++) {
    if (first) low /= 2
    else high *= 2
  }
  if (first) {
    high = low
    low /= 2
  } else {
    low = high
    high *= 2
  }
  if (best === undefined) throw new NumericalError(`no epsilon up to 2^${furthest} reaches the error that was asked for`)
  // The error may reach its target on a step: nothing but halving is safe.
  while (low < best.epsilon) {
    const middle = low + (best.epsilon - low) / 2
    if (middle <= low || middle >= best.epsilon || best.epsilon - low < best.epsilon * 2 ** -50) break
    if (!reaches(middle)) low = middle
  }
  return best
}
