import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { envelope, logEnvelope } from '../../src/accounting/contour/envelope.ts'
import { cumulant, expm1Minus, type LossNodes, lossNodes } from '../../src/accounting/contour/loss-nodes.ts'
import { centred, logRatios, type MixturePair, posteriorMean } from '../../src/accounting/contour/mixture-pair.ts'
import { gaussianCompositions } from '../../src/accounting/contour/pairs.ts'
import { rho, tiltedLaw } from '../../src/accounting/contour/tilted-law.ts'
import { trapezoid } from '../../src/accounting/contour/trapezoid.ts'
import { flatten } from '../../src/accounting/flatten.ts'
import {
  composed,
  gaussian,
  gdp,
  laplace,
  mixtureOfGaussians,
  type PrivacyEvent,
  poissonSampled,
  repeated,
} from '../../src/events/index.ts'

const seed = { seed: 20240817, numRuns: 60 }

const sampled = (rate: number, stddev: number, side: 'removed' | 'added' | 'replaced'): MixturePair => {
  const mixture = { means: [0, 1], weights: [1 - rate, rate] }
  if (side === 'replaced') return { stddev, p: mixture, q: { means: [0, -1], weights: mixture.weights } }
  return side === 'removed' ? { stddev, p: mixture, q: centred } : { stddev, p: centred, q: mixture }
}

const anyPair: fc.Arbitrary<MixturePair> = fc
  .record({
    stddev: fc.double({ min: 0.4, max: 20, noNaN: true }),
    shifts: fc.array(fc.double({ min: 0.05, max: 2, noNaN: true }), { minLength: 1, maxLength: 3 }),
    rate: fc.double({ min: 1e-4, max: 1, noNaN: true }),
    side: fc.constantFrom('removed', 'added', 'replaced'),
  })
  .map(({ stddev, shifts, rate, side }) => {
    const means = [0, ...shifts]
    const weights = [1 - rate, ...shifts.map(() => rate / shifts.length)].map((w) => Math.max(w, 1e-300))
    const mixture = { means, weights }
    if (side === 'replaced') return { stddev, p: mixture, q: { means: means.map((mean) => -mean), weights } }
    return side === 'removed' ? { stddev, p: mixture, q: centred } : { stddev, p: centred, q: mixture }
  })

/** SUM w e^((lambda + i t) L), and the same with the factor L. */
function transform({ count, loss, logWeight }: LossNodes, lambda: number, t: number): { re: number; im: number; moment: number } {
  let re = 0
  let im = 0
  let moment = 0
  for (let i = 0; i < count; i++) {
    const l = loss[i] as number
    const w = Math.exp((logWeight[i] as number) + lambda * l)
    re += w * Math.cos(t * l)
    im += w * Math.sin(t * l)
    moment += w * l
  }
  return { re, im, moment }
}

/** log E[(dP/dQ)^a] for integers a, by the binomial theorem: P = (1 - q) N(0) + q N(1), Q = N(0). Every term is positive. */
function integerMoment(q: number, stddev: number, a: number): number {
  let sum = 0
  let binomial = 1
  for (let k = 0; k <= a; k++) {
    if (k >= 2) sum += binomial * q ** k * (1 - q) ** (a - k) * Math.expm1((k * (k - 1)) / (2 * stddev * stddev))
    binomial = (binomial * (a - k)) / (k + 1)
  }
  return Math.log1p(sum)
}

describe('mixtures of normals', () => {
  test('log ratios against the definition in plain doubles, and what error they claim', () => {
    for (const rate of [1e-9, 0.01, 0.5, 0.999]) {
      const { log, error, mean } = logRatios({ means: [0, 1], weights: [1 - rate, rate] }, 0.7, -30, 61, 0.25)
      for (let i = 0; i < 61; i++) {
        const e = (2 * (i - 30) * 0.25 - 1) / (2 * 0.49)
        const direct = 1 - rate + rate * Math.exp(e)
        expect(log[i]).toBeCloseTo(Math.log(direct), 12)
        expect(error[i] as number).toBeLessThan(400)
        expect(mean[i]).toBeCloseTo((rate * Math.exp(e)) / direct, 12)
      }
    }
  })

  test('a loss as small as the rate keeps its digits', () => {
    const { log, error } = logRatios({ means: [0, 1], weights: [1 - 1e-12, 1e-12] }, 1, 1, 1, 0.25)
    expect((log[0] as number) / (1e-12 * Math.expm1(-0.25))).toBeCloseTo(1, 12)
    expect((error[0] as number) * 2 ** -53).toBeLessThan(1e-26)
  })

  test('far out neither overflows nor cancels', () => {
    const mixture = { means: [1, 2], weights: [0.25, 0.75] }
    const { log, mean } = logRatios(mixture, 0.1, -40, 81, 0.5)
    // x = -20: the term of mean 1 leads, e^(-2050); x = 20: that of mean 2, e^(3800).
    expect(log[0] as number).toBeCloseTo(-2050 + Math.log(0.25), 9)
    expect(log[80] as number).toBeCloseTo(3800 + Math.log(0.75), 9)
    expect(mean[0]).toBe(1)
    expect(mean[80]).toBe(2)
    expect(posteriorMean(mixture, 0.1, -20)).toBe(1)
    expect(posteriorMean(mixture, 0.1, 20)).toBe(2)
    expect(posteriorMean(mixture, 1, 1.5)).toBeCloseTo(1.75, 12)
  })
})

describe('the quadrature of the loss', () => {
  test('is as far from a much finer one as it says at most, on and off the real line', () => {
    let largest = 0
    fc.assert(
      fc.property(
        anyPair,
        fc.double({ min: 0, max: 12, noNaN: true }),
        fc.double({ min: 0, max: 4, noNaN: true }),
        fc.double({ min: 1, max: 12, noNaN: true }),
        (pair, lambda, turns, digits) => {
          const frequency = turns * pair.stddev
          const coarse = lossNodes(pair, { lambda, frequency, digits })
          const exact = lossNodes(pair, { lambda, frequency, digits: 55 })
          const mass = transform(exact, lambda, 0).re
          for (const [l, t] of [
            [lambda, frequency],
            [lambda, frequency / 2],
            [lambda, 0],
            [0, 0],
          ] as const) {
            const a = transform(coarse, l, t)
            const b = transform(exact, l, t)
            const scale = l === 0 ? 1 : mass
            const off = Math.hypot(a.re - b.re, a.im - b.im) / scale
            largest = Math.max(largest, off / coarse.massError)
            expect(off).toBeLessThanOrEqual(coarse.massError + 1e-11)
            if (t === 0) expect(Math.abs(a.moment - b.moment) / scale).toBeLessThanOrEqual(coarse.momentError + 1e-9)
          }
        },
      ),
      seed,
    )
    // The bound is not so loose that it could not be missed.
    expect(largest).toBeGreaterThan(1e-3)
  })

  test('the points end where next to nothing is left, also when the bulk is far from the hull of the means', () => {
    const pair = sampled(0.01, 100, 'removed')
    const { count, step, first } = trapezoid(pair, { lambda: 15000, frequency: 0, digits: 40 })
    expect(count * step).toBeLessThan(6000)
    const { re } = transform(lossNodes(pair, { lambda: 15000, frequency: 0, digits: 40 }), 15000, 0)
    const wide = transform(lossNodes(pair, { lambda: 15000, frequency: 0, digits: 70 }), 15000, 0).re
    expect(re / wide).toBeCloseTo(1, 10)
    expect(first).toBeLessThan(0)
  })

  test('K at integers agrees with the binomial sum, for rates down to 1e-12', () => {
    for (const q of [1e-12, 1e-6, 0.01, 0.3]) {
      for (const stddev of [0.8, 2, 30]) {
        for (const a of [2, 3, 8]) {
          const nodes = lossNodes(sampled(q, stddev, 'removed'), {
            lambda: a - 1,
            frequency: 0,
            digits: 45 + 2 * Math.log(1 / q),
          })
          const { value, valueError } = cumulant(nodes, a - 1)
          const expected = integerMoment(q, stddev, a)
          expect(Math.abs(value - expected)).toBeLessThanOrEqual(valueError + 1e-14 * expected)
          expect(valueError / expected).toBeLessThan(1e-11)
        }
      }
    }
  })

  test('K stays finite where e^K is not, and meets the value below the switch', () => {
    const pair = sampled(0.5, 0.05, 'removed')
    const at = (lambda: number): number => cumulant(lossNodes(pair, { lambda, frequency: 0, digits: 40 }), lambda).value
    // e^K ~ q^(lambda + 1) e^(lambda (lambda + 1) / (2 s^2)) once that leads: exact to the last digit at these sizes.
    for (const lambda of [1, 1.5, 2, 3, 8]) {
      const leading = (lambda + 1) * Math.log(0.5) + (lambda * (lambda + 1)) / (2 * 0.05 ** 2)
      expect(at(lambda) / leading).toBeCloseTo(1, 11)
    }
    const smooth = (at(1.12) - 2 * at(1.1) + at(1.08)) / 0.02 ** 2
    expect(smooth).toBeCloseTo(1 / 0.05 ** 2, 3)
  })

  test('K vanishes at 0 and its slope there is the Kullback-Leibler divergence', () => {
    const { value, slope } = cumulant(lossNodes(sampled(0.2, 1, 'added'), { lambda: 0, frequency: 0, digits: 45 }), 0)
    expect(value).toBe(0)
    // -E_x~N(0,1) log(0.8 + 0.2 e^(x - 1/2)), by quadrature with 40 digits (mpmath)
    expect(slope).toBeCloseTo(0.02196548410377478, 13)
  })

  test('e^y - 1 - y without cancellation', () => {
    const series = (y: number): number => {
      let term = 1
      let sum = 0
      for (let k = 1; k < 40; k++) {
        term *= y / k
        if (k >= 2) sum += term
      }
      return sum
    }
    for (const y of [1e-150, 1e-9, 0.1, -0.1, 0.299999, -0.299999, 0.3001, -0.3001, 1, -1, 3]) {
      expect(Math.abs(expm1Minus(y) / series(y) - 1)).toBeLessThan(4e-15)
    }
    expect(expm1Minus(0)).toBe(0)
  })
})

describe('the tilted law', () => {
  test('its characteristic function against the plain sum, within the error it claims', () => {
    fc.assert(
      fc.property(anyPair, fc.double({ min: 0, max: 10, noNaN: true }), (pair, lambda) => {
        const demand = { lambda, frequency: 3 * pair.stddev, digits: 40 }
        const law = tiltedLaw(lossNodes(pair, demand), pair.stddev)
        const finest = lossNodes(pair, { ...demand, digits: 60 })
        const mass = transform(finest, lambda, 0).re
        for (const t of [0.01 * demand.frequency, 0.3 * demand.frequency, demand.frequency]) {
          const { re, im } = rho(law, t)
          const plain = transform(finest, lambda, t)
          // 1 + rho = e^(-itc) E e^(itL)
          const [cos, sin] = [Math.cos(t * law.centre), Math.sin(t * law.centre)]
          const off = Math.hypot(1 + re - (plain.re * cos + plain.im * sin) / mass, im - (plain.im * cos - plain.re * sin) / mass)
          expect(off).toBeLessThanOrEqual(
            law.constant + t * law.linear + t * t * law.quadratic + 1e-12 * (1 + t * Math.abs(law.centre)),
          )
        }
      }),
      seed,
    )
  })

  test('1 - phi keeps its digits at frequencies where it is 1e-18', () => {
    const pair = sampled(1e-5, 1, 'removed')
    const law = tiltedLaw(lossNodes(pair, { lambda: 3, frequency: 1, digits: 80 }), 1)
    const { curvature } = law.cumulant
    const { re, im } = rho(law, 1e-4)
    expect((-2 * re) / (curvature * 1e-8)).toBeCloseTo(1, 9)
    // Third order: t^3 / 6 of a third moment, which is at most 1e3 curvature^(3/2) here.
    expect(Math.abs(im)).toBeLessThan(1e-12 * curvature)
    const error = law.constant + 1e-4 * law.linear + 1e-8 * law.quadratic
    expect(error / -re).toBeLessThan(1e-8)
  })

  test('is below its envelope wherever one looks', () => {
    let closest = Number.POSITIVE_INFINITY
    fc.assert(
      fc.property(anyPair, fc.double({ min: 0, max: 10, noNaN: true }), (pair, lambda) => {
        const nodes = lossNodes(pair, { lambda, frequency: 20 * pair.stddev, digits: 30 })
        const law = tiltedLaw(nodes, pair.stddev)
        const deviation = Math.sqrt(law.cumulant.curvature)
        const under = envelope(pair, nodes, law.density)
        expect(under.masses.every((mass) => mass >= 0)).toBe(true)
        const mass = under.masses.reduce((a, b) => a + b, 0)
        expect(mass).toBeLessThanOrEqual(1)
        let before = 0
        for (let t = 0; t <= 20 * pair.stddev; t += Math.min(0.05 / deviation, pair.stddev / 4)) {
          const { re, im } = rho(law, t)
          const bound = logEnvelope(under, t)
          expect(bound).toBeLessThanOrEqual(before + 1e-15)
          before = bound
          const log = Math.log(Math.hypot(1 + re, im))
          expect(log).toBeLessThanOrEqual(bound + 1e-10)
          if (t * deviation > 0.5) closest = Math.min(closest, bound - log)
          if (t * deviation > 30) break
        }
      }),
      { ...seed, numRuns: 25 },
    )
    expect(closest).toBeLessThan(0.3)
  })

  test('a pair whose means are on both sides of 0 has no envelope', () => {
    const pair: MixturePair = { stddev: 1, p: { means: [-1, 1], weights: [0.5, 0.5] }, q: centred }
    const nodes = lossNodes(pair, { lambda: 1, frequency: 1, digits: 30 })
    expect(envelope(pair, nodes, tiltedLaw(nodes, 1).density).masses).toHaveLength(0)
  })
})

describe('events as pairs', () => {
  const of = (event: PrivacyEvent, relation: 'add-or-remove' | 'replace-one' | 'replace-special' = 'add-or-remove') =>
    gaussianCompositions(flatten(event), relation)

  test('Gaussians add their mu^2, at distance 2 when a record is replaced', () => {
    expect(of(repeated({ times: 3, event: gaussian({ noiseMultiplier: 2 }) }))?.[0].gaussian).toBeCloseTo(0.75, 14)
    expect(of(gaussian({ noiseMultiplier: 2 }), 'replace-one')?.[0].gaussian).toBeCloseTo(1, 14)
    expect(of(gaussian({ noiseMultiplier: 2 }), 'replace-special')?.[0].gaussian).toBeCloseTo(0.25, 14)
    expect(of(composed([gdp({ mu: 2 }), gaussian({ noiseMultiplier: 1 })]), 'replace-one')?.[0].gaussian).toBeCloseTo(8, 14)
  })

  test('a sampled Gaussian has two sides, unless a record is replaced', () => {
    const event = poissonSampled({ samplingRate: 0.25, event: gaussian({ noiseMultiplier: 2 }) })
    const [removed, added] = of(event) ?? []
    expect(removed?.parts[0]?.pair).toEqual({ stddev: 2, p: { means: [0, 1], weights: [0.75, 0.25] }, q: centred })
    expect(added?.parts[0]?.pair).toEqual({ stddev: 2, p: centred, q: { means: [0, 1], weights: [0.75, 0.25] } })
    const [replaced, none] = of(event, 'replace-one') ?? []
    expect(replaced?.parts[0]?.pair.q).toEqual({ means: [0, -1], weights: [0.75, 0.25] })
    expect(none).toBeUndefined()
  })

  test('mixtures, except where nothing is known; and no other kind', () => {
    const event = mixtureOfGaussians({ stddev: 3, sensitivities: [0, 1, 2], probabilities: [0.5, 0.25, 0.25] })
    expect(of(event)?.[1]?.parts[0]?.pair.q.means).toEqual([0, 1, 2])
    expect(of(event, 'replace-one')).toBeUndefined()
    expect(of(composed([event, laplace({ noiseMultiplier: 1 })]))).toBeUndefined()
    expect(of(gaussian({ noiseMultiplier: 1e-200 }))).toBeUndefined()
    expect(of(poissonSampled({ samplingRate: 0.5, event: gaussian({ noiseMultiplier: 1e-70 }) }))).toBeUndefined()
  })
})
