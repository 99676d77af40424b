/**
 * The least value of a function on an interval.
 *
 * Golden sections and, where the last three points bend upwards enough to trust it, the vertex of the parabola through them: Brent,
 * Algorithms for Minimization without Derivatives (1973), chapter 5. A mesh, if given, is looked at first and the search refines
 * between the neighbours of its best point, which is how a function with several valleys is to be handled.
 *
 * *Promise*: the value is f at the x returned, and no point that was looked at is lower: for a quantity of which every value is a
 * valid bound, the result is one. For f unimodal (falling, then rising) where it is finite, x is within the tolerance of the
 * minimum, ends included; `atEdge` names the end of the interval it sits on, a hint that the interval was too short. f may be
 * Infinity outside its domain: should the first point lie out there, a mesh of 65 points looks for the domain. If no finite value
 * is seen at all, the value is Infinity. NaN from f, or more than `maxIterations` evaluations: NumericalError saying what was
 * reached.
 *
 * *Limits*: where f is smooth, f(x) changes by less than its rounding within sqrt(2^-52) = 1.5e-8 of the minimum, relatively: a
 * finer tolerance than the default only costs. Measured: 6 to 25 evaluations for smooth functions, 48 for |x|, 40 for a minimum at an end.
 *
 *     minimise((x) => x / 2 + 8 / x, { low: 1, high: 100 }).value // => 4
 *     minimise(Math.log, { low: 1, high: 100 }).atEdge            // => low
 *
 * @module
 */

import { InvalidParameterError, NumericalError } from '../errors.ts'
import { integer, number } from '../guard.ts'

export type Minimum = {
  readonly x: number
  /** f(x). */
  readonly value: number
  /** How often f was evaluated. */
  readonly iterations: number
  /** The end of the interval that x is, if it is one. */
  readonly atEdge: 'low' | 'high' | false
}

export type MinimiseOptions = {
  readonly low: number
  readonly high: number
  /** x is wanted to relativeTolerance (|x| + 2^-26 (high - low)); default 2^-26. */
  readonly relativeTolerance?: number
  /** Points to look at first: a number of equidistant ones from end to end, or the points themselves in rising order. */
  readonly mesh?: number | readonly number[]
  /** Evaluations after the mesh; default 500, twice what the flattest unimodal f tried (x^8) took. */
  readonly maxIterations?: number
}

type Point = { readonly x: number; readonly y: number }

/** (3 - sqrt 5) / 2, the shorter part of a golden section. */
const golden = 0.3819660112501051

/** Searches [low, high] for the least value of f. */
export function minimise(f: (x: number) => number, options: MinimiseOptions): Minimum {
  const low = number('low', options.low)
  const high = number('high', options.high, { above: low })
  const length = number('high - low', high - low)
  const relative = number('relativeTolerance', options.relativeTolerance ?? 2 ** -26, { atLeast: 2 ** -52, below: 1 })
  const most = integer('maxIterations', options.maxIterations ?? 500, { atLeast: 1 })

  let iterations = 0
  const at = (x: number): Point => {
    iterations++
    const y = f(x)
    if (Number.isNaN(y)) throw new NumericalError(`f(${x}) is NaN, while seeking its minimum in [${low}, ${high}]`)
    return { x, y }
  }
  const tolerance = (x: number): number => relative * (Math.abs(x) + 2 ** -26 * length)

  let [a, b] = [low, high]
  let best = { x: low, y: Infinity }
  if (options.mesh === undefined) best = at(low + golden * length)
  if (best.y === Infinity) {
    const mesh = meshPoints(options.mesh ?? 65, low, high)
    const seen = mesh.map(at)
    best = seen.reduce((least, point) => (point.y < least.y ? point : least))
    const place = seen.indexOf(best)
    ;[a, b] = [mesh[place - 1] ?? low, mesh[place + 1] ?? high]
  }
  if (best.y === Infinity) return Object.freeze({ x: best.x, value: Infinity, iterations, atEdge: false })

  // The two next best points, and the last two moves: a parabola must at least halve the move before last.
  let [second, third] = [best, best]
  let [move, moveBefore] = [0, 0]
  const start = iterations
  for (;;) {
    const least = tolerance(best.x)
    const centre = a + (b - a) / 2
    if (Math.abs(best.x - centre) + (b - a) / 2 <= 2 * least) break
    if (iterations - start >= most) {
      throw new NumericalError(`no minimum after ${most} evaluations: it is in [${a}, ${b}], f(${best.x}) = ${best.y} so far`)
    }
    const vertex = parabolaMove(best, second, third)
    const target = best.x + vertex
    if (Math.abs(vertex) < Math.abs(moveBefore) / 2 && target > a && target < b) {
      ;[moveBefore, move] = [move, vertex]
      // Too near an end of the bracket, where f is known already: look a little inside instead.
      if (target - a < 2 * least || b - target < 2 * least) move = 0
    } else {
      moveBefore = best.x < centre ? b - best.x : a - best.x
      move = golden * moveBefore
    }
    if (move === 0) move = best.x < centre ? least : -least
    const point = at(best.x + (Math.abs(move) < least ? Math.sign(move) * least : move))
    if (point.y <= best.y) {
      if (point.x < best.x) b = best.x
      else a = best.x
      ;[best, second, third] = [point, best, second]
    } else {
      if (point.x < best.x) a = point.x
      else b = point.x
      if (point.y <= second.y || second === best) [second, third] = [point, second]
      else if (point.y <= third.y || third === best || third === second) third = point
    }
  }

  // A search that ran into an end has come near it, not onto it.
  for (const end of [low, high]) {
    if (best.x === end || Math.abs(best.x - end) > 4 * tolerance(best.x)) continue
    const there = at(end)
    if (there.y <= best.y) best = there
  }
  const { x, y } = best
  return Object.freeze({ x, value: y, iterations, atEdge: x === low ? 'low' : x === high ? 'high' : false })
}

/** From u to the vertex of the parabola through three points, NaN where there is none; the caller distrusts a maximum by its moves. */
function parabolaMove(u: Point, v: Point, w: Point): number {
  const r = (u.x - w.x) * (u.y - v.y)
  const q = (u.x - v.x) * (u.y - w.y)
  return ((u.x - v.x) * q - (u.x - w.x) * r) / (2 * (r - q))
}

function meshPoints(mesh: number | readonly number[], low: number, high: number): readonly number[] {
  if (typeof mesh === 'number') {
    const last = integer('mesh', mesh, { atLeast: 2 }) - 1
    return Array.from({ length: last + 1 }, (_, i) => (i === last ? high : low + (high - low) * (i / last)))
  }
  for (const [i, x] of mesh.entries()) number(`mesh[${i}]`, x, { atLeast: mesh[i - 1] ?? low, atMost: high })
  if (mesh.length === 0) throw new InvalidParameterError('mesh', 'at least one point', mesh)
  return mesh
}
