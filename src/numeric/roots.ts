/**
 * Where a function changes sign, as a bracket at whose ends it was evaluated: the caller takes the side it needs.
 *
 *   f(low) and f(high) differ in sign,  low < high adjacent doubles or as near as the tolerance asks
 *
 * Chandrupatla's method (Advances in Engineering Software 28 (1997)): x as a quadratic in f through the last three points where
 * these lie so that the quadratic is monotone, else the middle; or Newton's step where a derivative is given and leads inside.
 * Three habits are added. A step is never so short that the bracket can't close: it crosses the root by an ulp, or by the
 * tolerance, and by 4 times more each time that noise in f has kept it from crossing. Four evaluations without halving the
 * bracket call for the middle. And the middle is the geometric mean where the ends are orders of magnitude apart.
 *
 * *Promise*: ends whatever f does, after at most 180 evaluations; either a bracket as above, or `low = high` where f is exactly 0.
 * f may be infinite and need not be continuous: at a jump the bracket holds the jump. A NaN from f, ends of one sign, a search
 * that runs out of range: NumericalError, saying what was reached.
 *
 * *Limits*: one sign change is found, not all. Measured down to adjacent doubles: 7 to 18 evaluations for smooth functions with a
 * simple root, 35 under noise of 1e-9, 56 for a step in [0, 1], 104 for a step at 1e-300 there.
 *
 *     const { low, high } = findRoot((x) => x * x - 2, { low: 1, high: 2 })
 *     low                                                  // => 1.414213562373095
 *     high                                                 // => 1.4142135623730951
 *     firstInteger((n) => n ** 3 > 1000, { low: 0, high: 100 }) // => 11
 *
 * @module
 */

import { InvalidParameterError, NumericalError } from '../errors.ts'
import { integer, number, oneOf } from '../guard.ts'
import { nextUp, ulp } from './directed.ts'

/** An interval at whose ends a function has opposite signs, with its values there. */
export type Bracket = { readonly low: number; readonly high: number; readonly atLow: number; readonly atHigh: number }

/** What `findRoot` gives: the final bracket, its end with the smaller |f|, and how often f was evaluated. */
export type Root = Bracket & { readonly root: number; readonly iterations: number }

export type RootOptions = {
  readonly low: number
  readonly high: number
  /** f(low) and f(high), where they are known already. */
  readonly atLow?: number
  readonly atHigh?: number
  /** The bracket may stop at this width: the larger of `absoluteTolerance` and `relativeTolerance` max(|low|, |high|). Both 0 unless given. */
  readonly absoluteTolerance?: number
  readonly relativeTolerance?: number
  /** f', for a smooth f: makes the step Newton's. */
  readonly derivative?: (x: number) => number
}

type Point = { readonly x: number; readonly y: number }

/** Narrows [low, high] around a sign change of f. */
export function findRoot(f: (x: number) => number, options: RootOptions): Root {
  const { derivative } = options
  const absolute = number('absoluteTolerance', options.absoluteTolerance ?? 0, { atLeast: 0 })
  const relative = number('relativeTolerance', options.relativeTolerance ?? 0, { atLeast: 0, below: 1 })
  const from = number('low', options.low)
  const to = number('high', options.high, { atLeast: from })
  let iterations = 0
  let [low, high]: [Point, Point] = [
    { x: from, y: 0 },
    { x: to, y: 0 },
  ]
  const at = (x: number, known?: number): Point => {
    if (known === undefined) iterations++
    return { x, y: defined(known ?? f(x), x, `the sign change sought in [${low.x}, ${high.x}]`) }
  }
  ;[low, high] = [at(from, options.atLow), at(to, options.atHigh)]
  if (low.y === 0) high = low
  if (high.y === 0) low = high
  if (low !== high && !oppositeSigns(low.y, high.y)) {
    throw new NumericalError(`no sign change: f(${from}) = ${low.y} and f(${to}) = ${high.y}`)
  }

  // The end that was replaced last; how long the bracket was when it last halved, and how many evaluations ago.
  let old: Point | undefined
  let length = high.x - low.x
  let since = 0
  let reach = 1
  let crossed = true
  for (let count = 1; ; count++) {
    const tolerance = Math.max(absolute, relative * Math.max(Math.abs(low.x), Math.abs(high.x)))
    if (high.x - low.x <= tolerance || nextUp(low.x) >= high.x) break
    if (high.x - low.x <= length / 2) [length, since] = [high.x - low.x, 0]

    const [near, far] = Math.abs(low.y) < Math.abs(high.y) ? [low, high] : [high, low]
    const patient = count <= 40
    let x = middle(low.x, high.x, !patient)
    let small = false
    if (since++ >= 4 || !(patient || count % 2 === 0)) {
      ;[length, since] = [high.x - low.x, 0]
    } else {
      const guess = derivative === undefined ? interpolate(low, high, old) : near.x - near.y / derivative(near.x)
      // Where noise spoils the interpolation the root may still be close by: every other time see how far the secant would go.
      const secant = Math.abs(near.y * ((far.x - near.x) / (far.y - near.y)))
      const inside = guess >= low.x && guess <= high.x
      const step: number = inside
        ? Math.abs(guess - near.x)
        : crossed && secant < (high.x - low.x) * 2 ** -16
          ? 2 * secant
          : Number.NaN
      const least = Math.max(reach * ulp(near.x), 0.9 * tolerance)
      const probe: number = near.x + Math.sign(far.x - near.x) * Math.max(step, least)
      if (probe > low.x && probe < high.x) [x, small] = [probe, !inside || step < least]
    }

    const point = at(x)
    if (point.y === 0) low = high = old = point
    else if (oppositeSigns(point.y, low.y)) [old, high] = [high, point]
    else [old, low] = [low, point]
    crossed = !small || old === far
    reach = crossed ? 1 : 4 * reach
  }
  const root = Math.abs(low.y) < Math.abs(high.y) ? low.x : high.x
  return Object.freeze({ root, low: low.x, high: high.x, atLow: low.y, atHigh: high.y, iterations })
}

export type BracketOptions = {
  /** Where to begin; not 0 unless `step` is given. */
  readonly start: number
  /** 'up' (towards Infinity) and 'down' walk one way, 'both' takes turns. Default 'both'. */
  readonly direction?: 'up' | 'down' | 'both'
  /** The length of the first step; each one doubles. Without it x is multiplied: x 2, x 4, ... up, and x / 2, x / 4, ... down. */
  readonly step?: number
  /** The search goes no further than these. */
  readonly min?: number
  readonly max?: number
}

/** Walks geometrically from a start until f changes sign; gives the two last points, ready for `findRoot`. */
export function bracket(f: (x: number) => number, options: BracketOptions): Bracket {
  const direction = oneOf('direction', options.direction ?? 'both', ['up', 'down', 'both'])
  const start = number('start', options.start)
  const min = number('min', options.min ?? (options.step === undefined && start > 0 ? Number.MIN_VALUE : -Number.MAX_VALUE))
  const max = number('max', options.max ?? (options.step === undefined && start < 0 ? -Number.MIN_VALUE : Number.MAX_VALUE))
  number('start', start, { atLeast: min, atMost: max })
  // A step too short to be seen would look like the end of the range.
  const step = options.step === undefined ? 0 : Math.max(number('step', options.step, { above: 0 }), ulp(start))
  if (step === 0 && start === 0) throw new InvalidParameterError('start', 'other than 0 unless "step" is given', start)

  let [low, high] = [start, start]
  const value = (x: number): number => defined(f(x), x, `no sign change in [${low}, ${high}]`)
  let atLow = value(start)
  let atHigh = atLow
  const found = (a: number, b: number): boolean => a === 0 || b === 0 || oppositeSigns(a, b)

  for (let length = step; ; length *= 2) {
    const up = direction === 'down' ? high : Math.min(max, step > 0 ? high + length : high * (high > 0 ? 2 : 0.5))
    const down = direction === 'up' ? low : Math.max(min, step > 0 ? low - length : low * (low > 0 ? 0.5 : 2))
    if (up === high && down === low) throw new NumericalError(`f does not change sign in [${low}, ${high}]`)
    if (up > high) {
      const atUp = value(up)
      if (found(atHigh, atUp)) return Object.freeze({ low: high, high: up, atLow: atHigh, atHigh: atUp })
      ;[high, atHigh] = [up, atUp]
    }
    if (down < low) {
      const atDown = value(down)
      if (found(atLow, atDown)) return Object.freeze({ low: down, high: low, atLow: atDown, atHigh: atLow })
      ;[low, atLow] = [down, atDown]
    }
  }
}

/** The least integer in [low, high] for which a condition holds that, once true, stays true. NumericalError if it holds for none. */
export function firstInteger(holds: (n: number) => boolean, range: { readonly low: number; readonly high: number }): number {
  let low = integer('low', range.low)
  let high = integer('high', range.high, { atLeast: low })
  if (!holds(high)) throw new NumericalError(`the condition holds for no integer in [${low}, ${high}]`)
  while (low < high) {
    const between = low + Math.floor((high - low) / 2)
    if (holds(between)) high = between
    else low = between + 1
  }
  return high
}

function defined(value: number, x: number, reached: string): number {
  if (Number.isNaN(value)) throw new NumericalError(`f(${x}) is NaN; ${reached}`)
  return value
}

function oppositeSigns(a: number, b: number): boolean {
  return a < 0 !== b < 0
}

/**
 * The zero of the quadratic x(f) through three points, in Lagrange's weights; the secant's through two. NaN where the third point
 * doesn't make the quadratic monotone between the ends (Chandrupatla's condition).
 */
function interpolate(low: Point, high: Point, old: Point | undefined): number {
  if (old === undefined) return low.x - low.y * ((high.x - low.x) / (high.y - low.y))
  const [a, b] = old.x < low.x ? [low, high] : [high, low]
  const position = (a.x - b.x) / (old.x - b.x)
  const height = (a.y - b.y) / (old.y - b.y)
  if (!(1 - Math.sqrt(1 - position) < height && height < Math.sqrt(position))) return Number.NaN
  const weightOfB = (a.y / (b.y - a.y)) * (old.y / (b.y - old.y))
  const weightOfOld = (a.y / (old.y - a.y)) * (b.y / (old.y - b.y))
  return a.x + weightOfB * (b.x - a.x) + weightOfOld * (old.x - a.x)
}

/**
 * A point strictly inside: the geometric mean of ends of one sign more than a factor 8 apart, else the mean. To go by magnitude
 * to the end: 0 between ends of two signs, the smallest double in place of an end at 0, and the geometric mean down to a factor 2.
 */
function middle(low: number, high: number, toTheEnd: boolean): number {
  if (toTheEnd && low < 0 && high > 0) return 0
  const [near, far] = low < 0 ? [-high, -low] : [low, high]
  const from = toTheEnd ? Math.max(near, Number.MIN_VALUE) : near
  if (from > 0 && far / from > (toTheEnd ? 2 : 8)) return (low < 0 ? -1 : 1) * Math.sqrt(from) * Math.sqrt(far)
  return high - low < Infinity ? low + (high - low) / 2 : low / 2 + high / 2
}
