/**
 * Which vertical line to integrate along: the tilt lambda at which the losses of a composition centre on the answer.
 *
 *     for a given epsilon:   K'(lambda) = epsilon                              (the saddle point)
 *     for a given delta:     K(lambda) - lambda K'(lambda) - log(1 + lambda) = log delta     (that of the epsilon sought, to leading order)
 *
 * Any lambda > 0 gives the right integral; a poor one gives it as a difference of larger numbers. So it is sought to a third of a tilted
 * standard deviation only. It is never taken below 1.2 of these, where the pole at 0 would call for a fine mesh, unless that much
 * tilt spoils more than a few digits.
 *
 * @module
 */

import { NumericalError } from '../../errors.ts'
import { type Cumulant, cumulant, type LossNodes, lossNodes } from './loss-nodes.ts'
import type { MixturePair } from './mixture-pair.ts'
import { trapezoid } from './trapezoid.ts'

/** A pair and how often it occurs. */
export type ContourPart = { readonly pair: MixturePair; readonly times: number }

/** What is released together: the parts, and Gaussians of sum of squares mu^2 = `gaussian`, whose loss is N(mu^2 / 2, mu^2). */
export type Composition = { readonly parts: readonly ContourPart[]; readonly gaussian: number }

/** The cumulant of a composition at real arguments, with its error (`slopeError` and `curvature` are estimates). Undefined: too dear. */
export type Cumulants = (lambda: number) => Cumulant | undefined

/** More parts than this are not kept between evaluations. */
const kept = 2000
/** More nodes than this (for one part) are given up. */
const most = 40_000

/** The cumulant of a composition, each part's nodes made once for as long as they serve. */
export function cumulants({ parts, gaussian }: Composition): Cumulants {
  let reach = -1
  let store: LossNodes[] = []
  const demandOf = (times: number, lambda: number) => ({ lambda, frequency: 0, digits: Math.log(times * parts.length) + 5 })
  return (lambda) => {
    if (lambda > reach) {
      // Room for the larger arguments that are to follow.
      reach = 2.8 * lambda
      store = []
      for (const { pair, times } of parts) {
        if (!(trapezoid(pair, demandOf(times, reach)).count < most)) {
          reach = -1
          return undefined
        }
        if (parts.length <= kept) store.push(lossNodes(pair, demandOf(times, reach)))
      }
    }
    let value = (gaussian * lambda * (lambda + 1)) / 2
    let slope = gaussian * (lambda + 0.5)
    let curvature = gaussian
    let valueError = 2 ** -50 * value
    let slopeError = 0
    for (let j = 0; j < parts.length; j++) {
      const { pair, times } = parts[j] as ContourPart
      const one = cumulant(store[j] ?? lossNodes(pair, demandOf(times, reach)), lambda)
      value += times * one.value
      slope += times * one.slope
      curvature += times * one.curvature
      valueError += times * (one.valueError + 2 ** -51 * one.value)
      slopeError += times * one.slopeError
    }
    valueError += parts.length * 2 ** -52 * value
    return { value, slope, curvature, valueError, slopeError }
  }
}

/** A tilt and the cumulant there. */
export type Tilt = { readonly lambda: number; readonly at: Cumulant }

/** The tilt for a given log delta < 0. */
export function tiltForDelta(of: Cumulants, logDelta: number): Tilt | undefined {
  // What is to equal -log delta rises with lambda; for a Gaussian it is nearly a power of it, so Newton's method goes by logarithms.
  return search(
    of,
    (lambda, { value, slope, curvature }) => {
      const rate = lambda * slope - value + Math.log1p(lambda)
      return (Math.log(-logDelta / rate) * rate) / (lambda * curvature + 1 / (1 + lambda))
    },
    Math.sqrt(-2 * logDelta),
  )
}

/** The tilt for a given epsilon. */
export function tiltForEpsilon(of: Cumulants, epsilon: number): Tilt | undefined {
  const found = search(of, (_, { slope, curvature }) => (epsilon - slope) / curvature, 1.2)
  if (found === undefined) return undefined
  // Far below the mean loss the pole pulls on the right side and the saddle on the wrong one.
  let { lambda, at } = found
  while (at.value - lambda * epsilon > mostLoss) {
    lambda /= 2
    const next = of(lambda)
    if (next === undefined) return undefined
    at = next
  }
  return { lambda, at }
}

/** The log of the factor by which the terms of the integral may exceed it because of the tilt. */
const mostLoss = 4

/** Newton's method within a bracket. `move` is Newton's step, whose sign is right; `start` is in standard deviations. */
function search(of: Cumulants, move: (lambda: number, at: Cumulant) => number, start: number): Tilt | undefined {
  const origin = of(0)
  if (origin === undefined || !(origin.curvature > 0)) return undefined
  let lambda = start / Math.sqrt(origin.curvature)
  let low = 0
  let high = Number.POSITIVE_INFINITY
  for (let round = 0; round < 200; round++) {
    const at = of(lambda)
    if (at === undefined || !(at.curvature > 0)) return undefined
    const deviation = Math.sqrt(at.curvature)
    const step = move(lambda, at)
    if (Math.abs(step) * deviation < 0.3 || high < 1.01 * low) return { lambda, at }
    if (step < 0 && lambda * deviation <= 1.25) return { lambda, at }
    if (step > 0) low = lambda
    else high = lambda
    const next = Math.min(Math.max(lambda + step, lambda / 8, 1.2 / deviation), 8 * lambda)
    if (next > low && next < high) lambda = next
    else if (high === Number.POSITIVE_INFINITY) lambda = 2 * low
    else lambda = low > 0 ? Math.sqrt(low * high) : high / 4
  }
  throw new NumericalError(`no tilt was found between ${low} and ${high}`)
}
