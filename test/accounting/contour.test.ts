import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { gaussianDelta } from '../../src/accounting/analytic-gaussian.ts'
import {
  type Composition,
  contourDelta,
  contourEpsilon,
  gaussianCompositions,
  surelyBelow,
} from '../../src/accounting/contour/index.ts'
import { logDeltaAt } from '../../src/accounting/contour/integral.ts'
import { line } from '../../src/accounting/contour/line.ts'
import { centred, type Mixture, type MixturePair } from '../../src/accounting/contour/mixture-pair.ts'
import { cumulants, tiltForDelta, tiltForEpsilon } from '../../src/accounting/contour/tilt.ts'
import { flatten } from '../../src/accounting/flatten.ts'
import { gaussian, poissonSampled, repeated } from '../../src/events/index.ts'

type Direction = 'remove' | 'add' | 'replace'
type VectorPart =
  | { q: number; sigma: number; times: number }
  | { mu: number; times: number }
  | { sigma: number; sensitivities: number[]; weights: number[]; times: number }
type Vector = { direction: Direction; parts: VectorPart[]; digits: string } & ({ delta: number } | { epsilon: number })

const file = new URL('../vectors/accounting-contour.json', import.meta.url)
const vectors = (JSON.parse(readFileSync(file, 'utf8')) as { cases: Vector[] }).cases

const pairOf = (stddev: number, mixture: Mixture, direction: Direction): MixturePair => {
  if (direction === 'replace')
    return { stddev, p: mixture, q: { means: mixture.means.map((mean) => -mean), weights: mixture.weights } }
  return direction === 'remove' ? { stddev, p: mixture, q: centred } : { stddev, p: centred, q: mixture }
}

function compositionOf(parts: readonly VectorPart[], direction: Direction): Composition {
  let gaussian = 0
  const pairs: { pair: MixturePair; times: number }[] = []
  for (const part of parts) {
    if ('mu' in part) gaussian += part.times * part.mu ** 2
    else if ('q' in part) {
      const mixture = { means: [0, 1], weights: [1 - part.q, part.q] }
      pairs.push({ pair: pairOf(part.sigma, mixture, direction), times: part.times })
    } else {
      const mixture = { means: part.sensitivities, weights: part.weights }
      pairs.push({ pair: pairOf(part.sigma, mixture, direction), times: part.times })
    }
  }
  return { parts: pairs, gaussian }
}

const steps = (q: number, sigma: number, times: number, direction: Direction = 'remove'): Composition =>
  compositionOf([{ q, sigma, times }], direction)

/** delta of the Gaussian at any epsilon, by Phi(mu/2 - e/mu) - e^e Phi(-mu/2 - e/mu) = 1 - e^e + e^e delta(-e). */
const stick = (mu: number, e: number): number =>
  e >= 0 ? gaussianDelta(mu, e) : -Math.expm1(e) + Math.exp(e) * gaussianDelta(mu, -e)

const generous = { tolerance: 1e-9, budget: 1e7 }

describe('against 36 digits', () => {
  test.each(vectors.map((vector) => [JSON.stringify({ ...vector, digits: undefined }), vector] as const))('%s', (_, vector) => {
    const composition = compositionOf(vector.parts, vector.direction)
    const truth = Number(vector.digits)
    const ulps = 2 ** -52 * Math.abs(truth)
    if ('delta' in vector) {
      const found = contourEpsilon(composition, vector.delta, generous)
      expect(found).toBeDefined()
      const { lower, upper } = found as { lower: number; upper: number }
      expect(lower).toBeLessThanOrEqual(truth + ulps)
      expect(upper).toBeGreaterThanOrEqual(truth - ulps)
      // A delta of 1/2 is where epsilon crosses 0: relative to the spread of the loss instead.
      expect(upper - lower).toBeLessThan(vector.delta < 0.4 ? 2e-12 * Math.abs(truth) : 1e-11)
    } else {
      const found = contourDelta(composition, vector.epsilon, generous)
      expect(found).toBeDefined()
      const [lower, upper] = [Math.log(found?.lower as number), Math.log(found?.upper as number)]
      expect(lower).toBeLessThanOrEqual(truth + ulps + 2 ** -52)
      expect(upper).toBeGreaterThanOrEqual(truth - ulps - 2 ** -52)
      expect(upper - lower).toBeLessThan(1e-10)
    }
  })

  test('coarse brackets hold as well: each bound is used where it is as large as what it bounds', () => {
    let widest = 0
    let surplus = 0
    for (const vector of vectors) {
      if (!('delta' in vector)) continue
      const composition = compositionOf(vector.parts, vector.direction)
      const truth = Number(vector.digits)
      const logDelta = Math.log(vector.delta)
      const of = cumulants(composition)
      const tilt = tiltForDelta(of, logDelta)
      if (tilt === undefined) throw new Error('no tilt')
      for (const digits of [1, 2, 4, 8]) {
        const table = line(composition, tilt, of, { epsilon: truth, logDelta, digits, budget: 1e7 })
        if (table === undefined) continue
        const { lower, upper, log } = logDeltaAt(table, truth)
        // log delta at the double next to the truth is off by that ulp times the slope.
        const slack = 1e-14 + 2 ** -51 * Math.abs(truth) * tilt.lambda * 4 + 2 ** -51 * Math.abs(logDelta)
        expect(lower).toBeLessThanOrEqual(logDelta + slack)
        expect(upper).toBeGreaterThanOrEqual(logDelta - slack)
        if (Number.isFinite(lower)) widest = Math.max(widest, upper - lower)
        surplus = Math.max(surplus, log - logDelta)
      }
    }
    expect(widest).toBeGreaterThan(0.05)
    expect(surplus).toBeGreaterThan(0.005)
  })

  test('a table that serves one epsilon serves those around it', () => {
    const composition = steps(0.01, 1, 10_000)
    const of = cumulants(composition)
    const tilt = tiltForEpsilon(of, 6.2)
    if (tilt === undefined) throw new Error('no tilt')
    const table = line(composition, tilt, of, { epsilon: 6.2, logDelta: -11.5, digits: 27, budget: 1e7 })
    if (table === undefined) throw new Error('no table')
    for (const epsilon of [4, 5.5, 6.2, 7, 9]) {
      const own = contourDelta(composition, epsilon, generous)
      const { lower, upper, log, slope } = logDeltaAt(table, epsilon)
      expect(Math.exp(lower)).toBeLessThanOrEqual(own?.upper as number)
      expect(Math.exp(upper)).toBeGreaterThanOrEqual(own?.lower as number)
      const step = 1e-4
      const there = logDeltaAt(table, epsilon + step).log
      expect((there - log) / step).toBeCloseTo(slope, 2)
    }
  })
})

describe('against brute force: a few sampled steps beside a Gaussian, from the definition of delta', () => {
  /** Losses and P-masses of one step by the plain trapezoid rule in x. */
  function lattice(q: number, sigma: number, direction: Direction): { loss: number; mass: number }[] {
    const h = 0.2 * Math.min(sigma, sigma * sigma)
    const list = []
    for (let x = -9 * sigma - 1; x < 9 * sigma + 2; x += h) {
      const density = (m: number): number => Math.exp(-((x - m) ** 2) / (2 * sigma * sigma)) / (sigma * Math.sqrt(2 * Math.PI))
      const [n, one, minus] = [density(0), density(1), density(-1)]
      const p = direction === 'add' ? n : (1 - q) * n + q * one
      const other = direction === 'remove' ? n : (1 - q) * n + q * (direction === 'add' ? one : minus)
      list.push({ loss: Math.log(p / other), mass: h * p })
    }
    return list
  }

  test.each<[number, number, number, number, Direction]>([
    [0.3, 0.7, 1, 0.5, 'remove'],
    [0.3, 0.7, 1, 0.5, 'add'],
    [0.3, 0.7, 1, 0.5, 'replace'],
    [0.01, 0.8, 1, 0.3, 'remove'],
    [0.9, 2, 2, 0.4, 'remove'],
    [0.9, 2, 2, 0.4, 'add'],
    [0.2, 1, 2, 0.6, 'replace'],
    [1e-4, 0.9, 2, 0.25, 'remove'],
  ])('q %f, sigma %f, %i times, mu %f, %s', (q, sigma, times, mu, direction) => {
    const one = lattice(q, sigma, direction)
    const sums = times === 1 ? one : one.flatMap((a) => one.map((b) => ({ loss: a.loss + b.loss, mass: a.mass * b.mass })))
    const composition = compositionOf(
      [
        { q, sigma, times },
        { mu, times: 1 },
      ],
      direction,
    )
    for (const epsilon of [-0.5, 0, 0.2, 1, 2.5]) {
      let direct = 0
      for (const { loss, mass } of sums) direct += mass * stick(mu, epsilon - loss)
      const found = contourDelta(composition, epsilon, generous)
      expect(found).toBeDefined()
      const { lower, upper } = found as { lower: number; upper: number }
      expect(lower).toBeLessThanOrEqual(direct * (1 + 1e-11))
      expect(upper).toBeGreaterThanOrEqual(direct * (1 - 1e-11))
      // In the valley between the bulk and a participation no tilt is good.
      if (direct > 1e-20) expect(upper - lower).toBeLessThan(1e-8 * upper)
    }
  })
})

describe('the published classics, by name', () => {
  const event = (q: number, noiseMultiplier: number, times: number) =>
    repeated({ times, event: poissonSampled({ samplingRate: q, event: gaussian({ noiseMultiplier }) }) })
  const epsilonOf = (...recipe: [number, number, number]): number => {
    const compositions = gaussianCompositions(flatten(event(...recipe)), 'add-or-remove') ?? []
    return Math.max(...compositions.map((c) => contourEpsilon(c, 1e-5, generous)?.upper ?? Number.NaN))
  }

  test('DP-SGD q=0.01, sigma=1, 10 000 steps: 6.187712389972, and 5.611508617652 for the record added', () => {
    expect(epsilonOf(0.01, 1, 10_000)).toBeCloseTo(6.187712389972, 11)
    expect(contourEpsilon(steps(0.01, 1, 10_000, 'add'), 1e-5, generous)?.upper).toBeCloseTo(5.611508617652, 11)
  })
  test('q=0.1, sigma=1.1, 100 steps: 5.912652', () => {
    expect(epsilonOf(0.1, 1.1, 100)).toBeCloseTo(5.912652, 6)
  })
  test('MNIST in batches of 256: 2.38169 after 60 epochs at sigma 1.1, 0.86454 after 15 at 1.3', () => {
    expect(epsilonOf(256 / 60_000, 1.1, 14_063)).toBeCloseTo(2.38169, 5)
    expect(epsilonOf(256 / 60_000, 1.3, 3516)).toBeCloseTo(0.86454, 5)
  })
  test('q=0.1, sigma=5, 20 000 steps at delta 1e-8: 19.6000426093, where an FFT without a tilt says less', () => {
    expect(epsilonOf(0.1, 5, 20_000)).toBeLessThan(19.6)
    expect(contourEpsilon(steps(0.1, 5, 20_000), 1e-8, generous)?.lower).toBeCloseTo(19.6000426093, 9)
  })
})

describe('as a function', () => {
  const anySteps = fc.record({
    q: fc.double({ min: 1e-3, max: 0.9, noNaN: true }),
    sigma: fc.double({ min: 0.7, max: 8, noNaN: true }),
    times: fc.integer({ min: 300, max: 1e7 }),
    direction: fc.constantFrom<Direction>('remove', 'add', 'replace'),
    digits: fc.double({ min: 1, max: 40, noNaN: true }),
  })

  test('is monotone in steps, rate, noise and delta, and delta of epsilon leads back', () => {
    fc.assert(
      fc.property(anySteps, ({ q, sigma, times, direction, digits }) => {
        const delta = 10 ** -digits
        const at = (c: Composition, d = delta) => contourEpsilon(c, d, { tolerance: 1e-6, budget: 4e5 })
        const base = at(steps(q, sigma, times, direction))
        if (base === undefined) return
        expect(base.lower).toBeLessThan(base.upper)
        const below = [
          at(steps(q, sigma, times - 1, direction)),
          at(steps(q * 0.999, sigma, times, direction)),
          at(steps(q, sigma * 1.001, times, direction)),
          at(steps(q, sigma, times, direction), delta * 1.01),
        ]
        // Above 0 only: below it more noise brings epsilon up, towards 0.
        if (base.lower > 0)
          for (const other of below) if (other !== undefined) expect(other.lower).toBeLessThanOrEqual(base.upper)
        const back = contourDelta(steps(q, sigma, times, direction), base.upper, { tolerance: 1e-6, budget: 1e6 })
        if (back !== undefined) expect(back.lower).toBeLessThanOrEqual(delta)
        const fore = contourDelta(steps(q, sigma, times, direction), base.lower, { tolerance: 1e-6, budget: 1e6 })
        if (fore !== undefined) expect(fore.upper).toBeGreaterThanOrEqual(delta)
      }),
      { seed: 7, numRuns: 60 },
    )
  })

  test('the order of parts, and equal parts counted apart, make no difference', () => {
    const parts: VectorPart[] = [
      { q: 0.02, sigma: 1.5, times: 400 },
      { q: 0.1, sigma: 4, times: 90 },
      { mu: 0.25, times: 3 },
    ]
    const whole = contourEpsilon(compositionOf(parts, 'remove'), 1e-6, generous)
    const shuffled = contourEpsilon(compositionOf([...parts].reverse(), 'remove'), 1e-6, generous)
    const split = contourEpsilon(
      compositionOf([...parts.slice(1), { q: 0.02, sigma: 1.5, times: 100 }, { q: 0.02, sigma: 1.5, times: 300 }], 'remove'),
      1e-6,
      generous,
    )
    expect(shuffled?.upper).toBeCloseTo(whole?.upper as number, 11)
    expect(split?.upper).toBeCloseTo(whole?.upper as number, 11)
  })

  test('a thousand different parts are no harder than one', () => {
    const parts = Array.from({ length: 1000 }, (_, i) => ({ q: 0.01 + i * 1e-6, sigma: 1 + i * 1e-4, times: 10 }))
    const found = contourEpsilon(compositionOf(parts, 'remove'), 1e-5, { tolerance: 1e-9, budget: 1e7 })
    expect(found).toBeDefined()
    const { lower, upper } = found as { lower: number; upper: number }
    expect(upper - lower).toBeLessThan(1e-10 * upper)
    // Between 10 000 steps of the most and of the least private part.
    expect(lower).toBeGreaterThan(contourEpsilon(steps(0.01, 1.0999, 10_000), 1e-5, generous)?.upper as number)
    expect(upper).toBeLessThan(contourEpsilon(steps(0.010999, 1, 10_000), 1e-5, generous)?.lower as number)
  })

  test('different parts share the error that is allowed', () => {
    const parts = Array.from({ length: 100 }, (_, i) => ({ q: 0.005 + i * 2e-4, sigma: 0.8 + ((i * 7) % 100) * 6e-3, times: 1 }))
    const found = contourEpsilon(compositionOf(parts, 'remove'), 1e-5, { tolerance: 1e-4, budget: 3e7 })
    expect(found).toBeDefined()
    const { lower, upper } = found as { lower: number; upper: number }
    expect(upper - lower).toBeLessThan(1e-4 * upper)
  })

  test("Chernoff's bound tells when a direction can't matter, and is never wrong", () => {
    expect(surelyBelow(steps(0.01, 1, 100, 'add'), 0.718, Math.log(1e-5))).toBe(true)
    for (const [q, sigma, times, direction] of [
      [0.01, 1, 10_000, 'remove'],
      [0.01, 1, 10_000, 'add'],
      [0.3, 2, 500, 'replace'],
    ] as const) {
      const epsilon = contourEpsilon(steps(q, sigma, times, direction), 1e-5, generous)?.lower as number
      expect(surelyBelow(steps(q, sigma, times, direction), epsilon, Math.log(1e-5))).toBe(false)
      // It costs a logarithm of some deviations.
      expect(surelyBelow(steps(q, sigma, times, direction), epsilon * 1.4, Math.log(1e-5))).toBe(true)
    }
  })
})

describe('where it does not suit', () => {
  test.each<[string, Composition, number]>([
    ['two steps', steps(0.5, 1, 2), 1e-5],
    ['hardly any participation', steps(1e-6, 0.5, 1000), 1e-9],
    ['a record that takes part once, with little noise', steps(0.01, 0.3, 50), 1e-5],
    ['noise so small that the nodes are legion', steps(0.5, 1e-3, 1000), 1e-5],
    ['a rate whose square underflows', steps(1e-200, 1, 1000), 1e-5],
  ])('%s: undefined, and soon', (_, composition, delta) => {
    const before = performance.now()
    expect(contourEpsilon(composition, delta, { tolerance: 1e-6, budget: 1e6 })).toBeUndefined()
    expect(contourDelta(composition, 1, { tolerance: 1e-6, budget: 1e6 })).toBeUndefined()
    expect(performance.now() - before).toBeLessThan(5000)
  })

  test('two sides of 0 in one mixture fall back on the Gaussian beside it, or give up', () => {
    const pair: MixturePair = { stddev: 1, p: { means: [-1, 0, 1], weights: [0.1, 0.8, 0.1] }, q: centred }
    const alone: Composition = { parts: [{ pair, times: 1000 }], gaussian: 0 }
    expect(contourEpsilon(alone, 1e-5, { tolerance: 1e-6, budget: 1e6 })).toBeUndefined()
    let direct = 0
    for (let x = -9; x < 9; x += 0.1) {
      const density = (m: number): number => Math.exp(-((x - m) ** 2) / 2) / Math.sqrt(2 * Math.PI)
      const p = 0.1 * density(-1) + 0.8 * density(0) + 0.1 * density(1)
      direct += 0.1 * p * stick(0.5, 0.7 - Math.log(p / density(0)))
    }
    const beside = contourDelta({ parts: [{ pair, times: 1 }], gaussian: 0.25 }, 0.7, generous)
    expect(beside?.lower as number).toBeLessThanOrEqual(direct * (1 + 1e-12))
    expect(beside?.upper as number).toBeGreaterThanOrEqual(direct * (1 - 1e-12))
    expect(beside?.upper as number).toBeLessThan((beside?.lower as number) * (1 + 1e-9))
  })
})
