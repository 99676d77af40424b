/**
 * A pair's loss law as a sum of atoms that stands in for it wherever e^(zL) is integrated, and the real cumulant from there.
 *
 *     E_P[e^(zL)] ~ SUM w_i e^(z L_i)
 *     e^K(l) - 1    = E_P[ (e^(lL) - 1 - lL) + l (e^-L - 1 + L) ]                  K = log E_P[e^(lL)]
 *     e^K(l) K'(l)  = E_P[ L (e^(lL) - 1) + (e^-L - 1 + L) ]
 *
 * Both follow from E_P[e^-L] = 1. Every term on the right is >= 0 for l >= 0, so nothing cancels: K and K' are accurate relative to
 * themselves however small the loss, and remain so after multiplication by a billion steps.
 *
 * *Promise*: `valueError` and `slopeError` bound quadrature and rounding, for functions of Math within 1 ulp.
 *
 * @module
 */

import { cubic } from '../../numeric/polynomial.ts'
import { logRatios, type MixturePair } from './mixture-pair.ts'
import { type Demand, trapezoid } from './trapezoid.ts'

/** 2^-53, the unit of the rounding errors. */
export const unit: number = 2 ** -53

export type LossNodes = {
  readonly step: number
  readonly count: number
  readonly loss: Float64Array
  /** log w_i. */
  readonly logWeight: Float64Array
  /** In units of 2^-53: of `loss`; and of `logWeight`, without what comes from the error of the loss. */
  readonly lossError: Float64Array
  readonly weightError: Float64Array
  /** |L'| s^2 at the nodes, rounded up. */
  readonly meanGap: Float64Array
  readonly demand: Demand
  readonly massError: number
  readonly momentError: number
}

/** Nodes that are good for 0 <= lambda <= demand.lambda and |t| <= demand.frequency. */
export function lossNodes(pair: MixturePair, demand: Demand): LossNodes {
  const { stddev, p, q } = pair
  const { step, first, count, massError, momentError } = trapezoid(pair, demand)
  const a = logRatios(p, stddev, first, count, step)
  const b = logRatios(q, stddev, first, count, step)
  const scale = 0.5 / (stddev * stddev)
  const constant = Math.log(step / (stddev * Math.sqrt(2 * Math.PI)))
  const loss = a.log
  const lossError = a.error
  const logWeight = new Float64Array(count)
  const weightError = new Float64Array(count)
  const meanGap = a.mean
  const gapError = a.meanError + b.meanError
  for (let i = 0; i < count; i++) {
    const x = (first + i) * step
    const square = x * x * scale
    const above = loss[i] as number
    const below = b.log[i] as number
    logWeight[i] = constant - square + above
    weightError[i] = 4 * (square + Math.abs(constant) + Math.abs(above)) + (lossError[i] as number) + 4
    loss[i] = above - below
    lossError[i] = (lossError[i] as number) + (b.error[i] as number) + Math.abs(above - below)
    meanGap[i] = Math.abs((meanGap[i] as number) - (b.mean[i] as number)) + gapError
  }
  return { step, count, loss, logWeight, lossError, weightError, meanGap, demand, massError, momentError }
}

/** K(lambda), K'(lambda) and K''(lambda), the last without a promise. */
export type Cumulant = {
  readonly value: number
  readonly slope: number
  readonly curvature: number
  readonly valueError: number
  readonly slopeError: number
}

/** The cumulant at a real lambda that the nodes are good for. */
export function cumulant(nodes: LossNodes, lambda: number): Cumulant {
  const { count, loss, logWeight, lossError, weightError, massError, momentError } = nodes
  let top = 0
  for (let i = 0; i < count; i++) top = Math.max(top, (logWeight[i] as number) + lambda * (loss[i] as number))
  if (top > 500) return largeCumulant(nodes, lambda, top)
  let excess = 0
  let excessSlack = 0
  let moment = 0
  let momentSlack = 0
  let square = 0
  for (let i = 0; i < count; i++) {
    const L = loss[i] as number
    const y = lambda * L
    const log = logWeight[i] as number
    const w = Math.exp(log)
    // w (e^y - 1) and w (e^y - 1 - y), the same of -L; by the difference of two exponentials where e^y alone might overflow.
    const rise = y < 30 ? w * Math.expm1(y) : Math.exp(log + y) - w
    const bend = y < 30 ? w * expm1Minus(y) : rise - w * y
    const fall = L > -30 ? w * Math.expm1(-L) : Math.exp(log - L) - w
    const bow = L > -30 ? w * expm1Minus(-L) : fall + w * L
    const value = bend + lambda * bow
    const mean = L * rise + bow
    excess += value
    moment += mean
    square += (rise + w) * L * L
    // Beyond the errors of w and L, 30 ulp and the error of y in the exponent where that is large.
    const relative = (weightError[i] as number) + 4 * (Math.abs(log) + Math.abs(y) + Math.abs(L)) + 30
    const e = lossError[i] as number
    const growing = Math.abs(rise) + Math.abs(fall)
    excessSlack += relative * value + lambda * e * growing
    momentSlack += relative * mean + e * (growing + lambda * Math.abs(L) * (rise + w))
  }
  const mass = 1 + excess
  const slope = moment / mass
  const relativeError = (1.01 * unit * (excessSlack + count * excess)) / mass + massError * (2 + 2 * lambda)
  return {
    value: Math.log1p(excess),
    slope,
    curvature: Math.max(0, square / mass - slope * slope),
    valueError: 1.01 * relativeError + 4 * unit * Math.log1p(excess),
    slopeError:
      (1.01 * unit * (momentSlack + count * moment)) / mass +
      momentError +
      2 * massError +
      slope * (1.01 * relativeError + 4 * unit),
  }
}

/** The same where e^K is so large that the 1 in it is lost. */
function largeCumulant(nodes: LossNodes, lambda: number, top: number): Cumulant {
  const { count, loss, logWeight, lossError, weightError, massError, momentError } = nodes
  let mass = 0
  let moment = 0
  let size = 0
  let square = 0
  let massSlack = 0
  let momentSlack = 0
  for (let i = 0; i < count; i++) {
    const L = loss[i] as number
    const log = logWeight[i] as number
    const exponent = log + lambda * L
    const w = Math.exp(exponent - top)
    const e = lossError[i] as number
    const relative = (weightError[i] as number) + lambda * e + 4 * (Math.abs(log) + Math.abs(lambda * L) + top) + 8
    mass += w
    moment += w * L
    size += w * Math.abs(L)
    square += w * L * L
    massSlack += relative * w
    momentSlack += w * (relative * Math.abs(L) + e)
  }
  const slope = moment / mass
  const relativeError = (1.01 * unit * (massSlack + count * mass)) / mass + massError
  const value = top + Math.log(mass)
  return {
    value,
    slope,
    curvature: Math.max(0, square / mass - slope * slope),
    valueError: 1.01 * relativeError + 4 * unit * value,
    slopeError:
      (1.01 * unit * (momentSlack + count * size)) / mass + momentError + Math.abs(slope) * (1.01 * relativeError + 4 * unit),
  }
}

/** e^y - 1 - y, accurate relative to itself (16 units of 2^-53); >= 0. */
export function expm1Minus(y: number): number {
  if (y > 0.3 || y < -0.3) return Math.expm1(y) - y
  const s = y * y
  const f = s * s
  const high =
    cubic(y, s, 1 / 720, 1 / 5040, 1 / 40320, 1 / 362880) + f * cubic(y, s, 1 / 3628800, 1 / 39916800, 1 / 479001600, 0)
  return s * (cubic(y, s, 1 / 2, 1 / 6, 1 / 24, 1 / 120) + f * high)
}
