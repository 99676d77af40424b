/**
 * The characteristic function of a composition along a vertical line, tabulated as densely and as far as the integral needs.
 *
 *     phi(t) = PROD_j phi_j(t)^T_j         at t = D, 2 D, ..., M D,           W = 2 pi / D the window
 *
 * *Window.* The trapezoid rule in t returns SUM_m g(epsilon + m W) in place of g(epsilon), where g(e) = e^(lambda e - K(lambda)) delta(e) >= 0 (Poisson's
 * summation formula). The surplus, relative to delta(epsilon), is at most
 *
 *     m < 0:   SUM e^(-lambda |m| W) / delta(epsilon)                                        since delta <= 1
 *     m > 0:   SUM e^(K(mu) - mu epsilon - (mu - lambda) m W) / delta(epsilon),   any mu > lambda       since delta(e) <= e^(K(mu) - mu e)
 *
 * both geometric sums. W is the least for which these are below the tolerance; mu is sought among a few.
 *
 * *End.* Beyond t = M D what is left out is at most (1 / pi) envelope(t) / t, as |phi| <= envelope, which falls, and |z (z + 1)| >= t^2.
 *
 * *Promise*: `phaseError` etc. bound what they say; an envelope that does not fall, or a line that is too long, gives undefined.
 *
 * @module
 */

import { type Envelope, envelope, logEnvelope } from './envelope.ts'
import { type Cumulant, lossNodes, unit } from './loss-nodes.ts'
import type { Composition, ContourPart, Cumulants, Tilt } from './tilt.ts'
import { rho, type TiltedLaw, tiltedLaw } from './tilted-law.ts'
import { trapezoid } from './trapezoid.ts'

/** What the table must be good for. */
export type LineDemand = {
  /** About where the answer lies. */
  readonly epsilon: number
  readonly logDelta: number
  /** Minus the log of the relative error of delta that is aimed at. */
  readonly digits: number
  /** The largest number of (node, frequency) pairs that may be spent. */
  readonly budget: number
}

/** A table of log phi, with all that the evaluation of the integral and its bounds needs. */
export type Line = {
  readonly lambda: number
  readonly step: number
  /** M. */
  readonly count: number
  /** K(lambda), and how far it may be off. */
  readonly value: number
  readonly valueError: number
  /** phi is tabulated times e^(-i t centre). */
  readonly centre: number
  /** log |phi| and arg phi at k D, k = 0, ..., M, and the error of phi relative to itself. */
  readonly logSize: Float64Array
  readonly phase: Float64Array
  readonly error: Float64Array
  /** What is left out beyond M D, at most. */
  readonly truncation: number
  /** mu above, and K(mu) rounded up. */
  readonly mu: number
  readonly atMu: number
}

/** The sum of squares of the Gaussians is itself a rounded sum of rounded squares. */
const ownError = 2 ** -49

/** The table, or undefined where it would cost more than the budget. */
export function line(composition: Composition, { lambda, at }: Tilt, of: Cumulants, demand: LineDemand): Line | undefined {
  const { epsilon, logDelta, digits, budget } = demand
  const deviation = Math.sqrt(at.curvature)
  // About the log of the integral, low enough for laws that are far from normal.
  const logIntegral = Math.min(
    logDelta - at.value + lambda * epsilon,
    -Math.log(2.5 * (1 + lambda * deviation) * (1 + lambda)) - 1,
  )
  const goal = logIntegral - digits

  const right = rightWindow(of, lambda, at, epsilon, -goal)
  if (right === undefined) return undefined
  // A saddle's integral is nearly normal; one far from its saddle has delta of the order of 1.
  const left = (digits - Math.min(logDelta, at.value - lambda * epsilon + logIntegral)) / lambda
  // The step has few bits, so that its multiples are exact; fround may round up, hence the factor.
  const step = Math.fround(((2 * Math.PI) / Math.max(1.02 * right.window, left)) * (1 - 2 ** -23))

  // Envelopes lie above |phi|, so their end is some way beyond that of a normal law.
  const survey = surveyor(composition, lambda, digits + 3)
  let end = (2 * Math.sqrt(-2 * goal)) / deviation
  for (let round = 0; round < 4; round++) {
    // The table costs at least what its first quarter would.
    if (!(survey.nodes(end) * (end / step) < 4 * budget)) return undefined
    const reached = survey.end(end, goal)
    if (!(survey.nodes(reached) * (reached / step) < budget)) return undefined
    if (reached <= end) {
      const count = Math.ceil(reached / step)
      const truncation = (1.01 * Math.exp(survey.logEnvelope(count * step))) / (Math.PI * count * step)
      return { lambda, step, count, truncation, mu: right.mu, atMu: right.atMu, ...survey.tabulate(step, count) }
    }
    end = 1.05 * reached
  }
  return undefined
}

/** The least window found for the terms to the right, and its mu. */
function rightWindow(
  of: Cumulants,
  lambda: number,
  at: Cumulant,
  epsilon: number,
  margin: number,
): { window: number; mu: number; atMu: number } | undefined {
  let best = { window: Number.POSITIVE_INFINITY, mu: lambda, atMu: at.value }
  // What a normal law would want.
  let above = Math.sqrt((2 * margin) / at.curvature)
  for (let tries = 0; tries < 24; tries++, above /= 2) {
    const mu = lambda + above
    const there = of(mu)
    if (there === undefined) return undefined
    const atMu = there.value + there.valueError
    const window = (atMu - at.value - (mu - lambda) * epsilon + margin) / (mu - lambda)
    if (window >= best.window) break
    best = { window, mu, atMu }
  }
  return best
}

/** One part's law tilted at lambda, good up to some frequency. */
type Prepared = { readonly law: TiltedLaw; readonly under: Envelope; readonly times: number }

type Table = Pick<Line, 'value' | 'valueError' | 'centre' | 'logSize' | 'phase' | 'error'>

/** More parts than this are prepared anew each time rather than kept. */
const kept = 2000

/** The parts of a composition at one tilt, prepared for as high a frequency as is asked for. */
function surveyor({ parts, gaussian }: Composition, lambda: number, digits: number) {
  let prepared: Prepared[] = []
  let frequency = 0
  // Each part may take its share of the error.
  const demandOf = (times: number, upTo: number) => ({ lambda, frequency: upTo, digits: digits + Math.log(times * parts.length) })
  const prepare = ({ pair, times }: ContourPart): Prepared => {
    const nodes = lossNodes(pair, demandOf(times, frequency))
    const law = tiltedLaw(nodes, pair.stddev)
    return { law, under: envelope(pair, nodes, law.density), times }
  }
  const each = (use: (part: Prepared) => void): void => {
    for (let j = 0; j < parts.length; j++) {
      const part = prepared[j] ?? prepare(parts[j] as ContourPart)
      if (parts.length <= kept) prepared[j] = part
      use(part)
    }
  }
  const logEnvelopeAt = (t: number): number => {
    let log = (-gaussian * (1 - ownError) * t * t) / 2
    each(({ under, times }) => {
      log += times * logEnvelope(under, t)
    })
    return log
  }
  return {
    logEnvelope: logEnvelopeAt,
    /** How many nodes all parts have together. */
    nodes: (upTo: number): number => {
      let nodes = 1
      for (const { pair, times } of parts) nodes += trapezoid(pair, demandOf(times, upTo)).count
      return nodes
    },
    /** Where the envelope falls below the goal, by parts that are good up to `upTo`. */
    end: (upTo: number, goal: number): number => {
      prepared = []
      frequency = upTo
      const above = (t: number): boolean => logEnvelopeAt(t) - Math.log(Math.PI * t) > goal
      let high = upTo
      let low = upTo / 3
      while (above(high)) {
        low = high
        high *= 2
        if (!(high < 1e6 * upTo)) return Number.POSITIVE_INFINITY
      }
      if (!above(low)) return low
      while (high > 1.03 * low) {
        const middle = Math.sqrt(low * high)
        if (above(middle)) low = middle
        else high = middle
      }
      return high
    },
    tabulate: (step: number, count: number): Table => {
      const logSize = new Float64Array(count + 1)
      const phase = new Float64Array(count + 1)
      const error = new Float64Array(count + 1)
      let value = (gaussian * lambda * (lambda + 1)) / 2
      let centre = gaussian * (lambda + 0.5)
      let valueError = ownError * value
      const centreError = ownError * centre
      for (let k = 1; k <= count; k++) {
        const t = k * step
        logSize[k] = (-gaussian * t * t) / 2
        error[k] = t * centreError - ownError * (logSize[k] as number)
      }
      each(({ law, times }) => {
        value += times * law.cumulant.value
        valueError += times * law.cumulant.valueError
        centre += times * law.centre
        for (let k = 1; k <= count; k++) {
          const t = k * step
          const { re, im } = rho(law, t)
          // |1 + rho|^2 - 1, formed without the 1.
          const excess = 2 * re + re * re + im * im
          const size = Math.sqrt(Math.max(0, 1 + excess))
          const off = law.constant + t * (law.linear + t * law.quadratic)
          if (off > 0.1 * size) {
            // No more than a bound is known: (size + off)^T in place of phi is within 2 (size + off)^T of it.
            logSize[k] = (logSize[k] as number) + times * Math.log(size + off)
            error[k] = (error[k] as number) + Math.log(3)
            continue
          }
          const log = Math.log1p(excess) / 2
          const angle = Math.atan2(im, 1 + re)
          logSize[k] = (logSize[k] as number) + times * log
          phase[k] = (phase[k] as number) + times * angle
          const relative = off / size
          const rounding = (8 * (Math.abs(re) + re * re + im * im)) / (size * size) + 8 * (Math.abs(log) + Math.abs(angle))
          error[k] = (error[k] as number) + times * (relative * (1 + relative) + unit * rounding)
        }
      })
      // Sums of as many terms as there are parts, and the products with times.
      const sums = (parts.length + 4) * unit
      for (let k = 1; k <= count; k++) {
        const sizes = Math.abs(logSize[k] as number) + Math.abs(phase[k] as number) + k * step * Math.abs(centre)
        error[k] = (error[k] as number) + 2 * sums * sizes
      }
      return { value, valueError: valueError + sums * value, centre, logSize, phase, error }
    },
  }
}
