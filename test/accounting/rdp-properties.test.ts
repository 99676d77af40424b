import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { epsilon, rdp } from '../../src/accounting/index.ts'
import { excess, tiltedExcess } from '../../src/accounting/rdp/moment.ts'
import { bestOfAll, bestOfList } from '../../src/accounting/rdp/orders.ts'
import { betweenWholeOrders } from '../../src/accounting/rdp/renyi.ts'
import { exchangedLoss, sampledShare } from '../../src/accounting/rdp/sampled-ratio.ts'
import { relations } from '../../src/accounting/relation.ts'
import { UnsupportedEventError } from '../../src/errors.ts'
import {
  composed,
  discreteGaussian,
  discreteLaplace,
  exponential,
  fixedSizeSampled,
  gaussian,
  laplace,
  mixtureOfGaussians,
  type PrivacyEvent,
  permuteAndFlip,
  poissonSampled,
  pure,
  randomizedResponse,
  repeated,
  zcdp,
} from '../../src/events/index.ts'

const rate = fc.oneof(
  fc.double({ min: -10, max: -0.01, noNaN: true }).map((x) => 10 ** x),
  fc.double({ min: -9, max: -1, noNaN: true }).map((x) => 1 - 10 ** x),
)
const noise = fc.double({ min: -1.3, max: 2, noNaN: true }).map((x) => 10 ** x)
const z = fc.double({ min: -6, max: 4, noNaN: true }).map((x) => 10 ** x)

const primitive: fc.Arbitrary<PrivacyEvent> = fc.oneof(
  noise.map((s) => gaussian({ noiseMultiplier: s })),
  noise.map((s) => laplace({ noiseMultiplier: s })),
  fc.tuple(noise, fc.integer({ min: 1, max: 20 })).map(([stddev, sensitivity]) => discreteGaussian({ stddev, sensitivity })),
  fc.tuple(noise, fc.integer({ min: 1, max: 20 })).map(([scale, sensitivity]) => discreteLaplace({ scale, sensitivity })),
  fc.double({ min: 0, max: 20, noNaN: true }).map((e) => pure({ epsilon: e })),
  fc.double({ min: 0, max: 20, noNaN: true }).map((e) => exponential({ epsilon: e })),
  fc.double({ min: 0, max: 20, noNaN: true }).map((e) => permuteAndFlip({ epsilon: e })),
  fc.double({ min: 0, max: 5, noNaN: true }).map((rho) => zcdp({ rho })),
  fc
    .tuple(fc.double({ min: 0, max: 20, noNaN: true }), fc.integer({ min: 2, max: 50 }))
    .map(([e, categories]) => randomizedResponse({ epsilon: e, categories })),
  fc
    .tuple(fc.double({ min: 0.2, max: 5, noNaN: true }), fc.double({ min: 0.01, max: 0.98, noNaN: true }))
    .map(([stddev, p]) =>
      mixtureOfGaussians({ stddev, sensitivities: [0, 1, 3], probabilities: [p, (1 - p) * 0.75, (1 - p) * 0.25] }),
    ),
)
const event: fc.Arbitrary<PrivacyEvent> = fc.oneof(
  primitive,
  fc.tuple(rate, primitive).map(([samplingRate, inner]) => poissonSampled({ samplingRate, event: inner })),
  fc
    .tuple(fc.integer({ min: 1, max: 99 }), primitive)
    .map(([sampleSize, inner]) => fixedSizeSampled({ sampleSize, populationSize: 100, event: inner })),
)

/** The curve, or undefined where there is no bound. */
function curve(of: PrivacyEvent, relation: (typeof relations)[number], orders: readonly number[]): readonly number[] | undefined {
  try {
    return rdp(of, { orders, relation })
  } catch (error) {
    if (error instanceof UnsupportedEventError) return undefined
    throw error
  }
}

describe('every curve', () => {
  test('is between 0 and Infinity, rises with the order, and (a - 1) D is convex', () => {
    fc.assert(
      fc.property(event, fc.constantFrom(...relations), fc.array(z, { minLength: 3, maxLength: 6 }), (of, relation, unsorted) => {
        const zs = [0, ...new Set(unsorted)].sort((a, b) => a - b)
        const values = curve(of, relation, [...zs.map((x) => 1 + x), Number.POSITIVE_INFINITY])
        if (values === undefined) return
        values.forEach((d, i) => {
          expect(d).toBeGreaterThanOrEqual(0)
          expect(d).toBeGreaterThanOrEqual((values[i - 1] ?? 0) * (1 - 1e-11))
        })
        // 1 + z rounds z: what counts is the order that was asked for.
        const exact = zs.map((x) => 1 + x - 1)
        for (let i = 1; i + 1 < zs.length; i++) {
          const [x0, x1, x2] = [exact[i - 1], exact[i], exact[i + 1]] as [number, number, number]
          const [k0, k1, k2] = [i - 1, i, i + 1].map((j) => (exact[j] as number) * (values[j] as number)) as [
            number,
            number,
            number,
          ]
          if (!Number.isFinite(k2) || !(x2 > x1 && x1 > x0)) continue
          const chord = ((x2 - x1) * k0 + (x1 - x0) * k2) / (x2 - x0)
          expect(k1).toBeLessThanOrEqual(chord * (1 + 1e-11) + 1e-300)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('is never above what it is without sampling', () => {
    fc.assert(
      fc.property(
        primitive,
        rate,
        fc.constantFrom(...relations),
        fc.array(z, { minLength: 1, maxLength: 3 }),
        (inner, q, relation, zs) => {
          const orders = zs.map((x) => 1 + x)
          const plain = curve(inner, relation, orders)
          const sampled = curve(poissonSampled({ samplingRate: q, event: inner }), relation, orders)
          sampled?.forEach((d, i) => {
            expect(d).toBeLessThanOrEqual((plain?.[i] as number) * (1 + 1e-12) + 1e-300)
          })
        },
      ),
      { numRuns: 200 },
    )
  })

  test('more sampling and less noise never lower it', () => {
    fc.assert(
      fc.property(
        rate,
        rate,
        noise,
        noise,
        z,
        fc.constantFrom('gaussian' as const, 'laplace' as const),
        fc.constantFrom(...relations),
        (q, r, s, t, x, kind, relation) => {
          const of = (samplingRate: number, noiseMultiplier: number): number =>
            rdp(poissonSampled({ samplingRate, event: { kind, noiseMultiplier } }), { orders: [1 + x], relation })[0] as number
          const [less, more] = [Math.min(q, r), Math.max(q, r)]
          const [quiet, loud] = [Math.min(s, t), Math.max(s, t)]
          expect(of(less, s)).toBeLessThanOrEqual(of(more, s) * (1 + 1e-11))
          expect(of(q, loud)).toBeLessThanOrEqual(of(q, quiet) * (1 + 1e-11))
        },
      ),
      { numRuns: 150 },
    )
  })

  test('adds up over a composition', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(event, fc.integer({ min: 1, max: 1000 })), { minLength: 1, maxLength: 4 }), z, (list, x) => {
        const orders = [1 + x]
        const each = list.map(([of, times]) => [curve(of, 'replace-one', orders)?.[0], times] as const)
        const whole = curve(composed(list.map(([of, times]) => repeated({ times, event: of }))), 'replace-one', orders)
        if (whole === undefined) return
        const sum = each.reduce((total, [d, times]) => total + (d as number) * times, 0)
        expect(Math.abs((whole[0] as number) - sum)).toBeLessThanOrEqual(1e-12 * sum)
      }),
      { numRuns: 100 },
    )
  })
})

describe('the Poisson-sampled Gaussian', () => {
  test('at whole orders is the binomial sum', () => {
    fc.assert(
      fc.property(rate, fc.double({ min: 0.3, max: 30, noNaN: true }), fc.integer({ min: 2, max: 40 }), (q, s, order) => {
        let total = 0
        let choose = 1
        for (let k = 1; k <= order; k++) {
          choose *= (order - k + 1) / k
          if (k > 1) total += choose * q ** k * (1 - q) ** (order - k) * Math.expm1((k * (k - 1)) / (2 * s * s))
        }
        fc.pre(Number.isFinite(total) && total > 1e-290)
        const [d] = rdp(poissonSampled({ samplingRate: q, event: gaussian({ noiseMultiplier: s }) }), { orders: [order] })
        expect(Math.abs((d as number) / (Math.log1p(total) / (order - 1)) - 1)).toBeLessThan(1e-12)
      }),
      { numRuns: 300 },
    )
  })

  test('the smallest noise, the highest orders: finite, quick, below no sampling', () => {
    for (const s of [1e-300, 1e-9, 1e-3, 0.0042]) {
      for (const order of [1, 1.0001, 2, 1e3, 1e12]) {
        const [d] = rdp(poissonSampled({ samplingRate: 1e-6, event: gaussian({ noiseMultiplier: s }) }), { orders: [order] })
        expect(d).toBeLessThanOrEqual(order / (2 * s * s))
        expect(d).toBeGreaterThan(0)
      }
    }
    const [d] = rdp(poissonSampled({ samplingRate: 1e-6, event: gaussian({ noiseMultiplier: 1e300 }) }), { orders: [2] })
    expect(d).toBeGreaterThanOrEqual(0)
  })
})

describe('epsilon', () => {
  const run = (q: number, s: number, times: number): PrivacyEvent =>
    repeated({ times, event: poissonSampled({ samplingRate: q, event: gaussian({ noiseMultiplier: s }) }) })
  const at = (of: PrivacyEvent, delta: number): number => epsilon(of, { delta, accountant: 'rdp' }).upper

  test('never falls with more steps, more sampling, less noise or a smaller delta', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-6, max: 0.5, noNaN: true }),
        fc.double({ min: 0.4, max: 20, noNaN: true }),
        fc.integer({ min: 1, max: 100000 }),
        fc.double({ min: -12, max: -0.5, noNaN: true }).map((x) => 10 ** x),
        fc.double({ min: 1.01, max: 3, noNaN: true }),
        (q, s, times, delta, factor) => {
          const here = at(run(q, s, times), delta)
          // What the search over orders may miss.
          const low = here * (1 - 1e-8) - 1e-12
          expect(at(run(Math.min(1, q * factor), s, times), delta)).toBeGreaterThanOrEqual(low)
          expect(at(run(q, s / factor, times), delta)).toBeGreaterThanOrEqual(low)
          expect(at(run(q, s, Math.ceil(times * factor)), delta)).toBeGreaterThanOrEqual(low)
          expect(at(run(q, s, times), delta / factor)).toBeGreaterThanOrEqual(low)
        },
      ),
      { numRuns: 60 },
    )
  })

  test('is never below what is certified to be true', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.001, max: 1, noNaN: true }),
        fc.double({ min: 0.6, max: 10, noNaN: true }),
        fc.integer({ min: 1, max: 5000 }),
        fc.constantFrom(1e-10, 1e-5, 1e-2),
        (q, s, times, delta) => {
          const of = run(q, s, times)
          const { lower } = epsilon(of, { delta, tolerance: 1e-3 })
          for (const accountant of ['rdp', 'zcdp', 'gdp'] as const) {
            expect(epsilon(of, { delta, accountant }).upper).toBeGreaterThanOrEqual(lower)
          }
        },
      ),
      { numRuns: 15 },
    )
  })
})

describe('the pieces', () => {
  test('g_a by its closed form and by its series agree where both are good', () => {
    fc.assert(
      fc.property(z, fc.double({ min: 0.02, max: 1, noNaN: true }), fc.boolean(), (x, scale, negative) => {
        const a = 1 + x
        const l = (negative ? -scale : scale) / a
        // The integral of e^s (e^(zs) - 1) / z, all of one sign, by Simpson's rule.
        let total = 0
        for (let i = 0; i <= 200; i++) {
          const s = (l * i) / 200
          total += ((i === 0 || i === 200 ? 1 : i % 2 === 1 ? 4 : 2) * Math.exp(s) * Math.expm1(x * s)) / x
        }
        const integral = (total * l) / 600
        expect(Math.abs(excess(x, l) / integral - 1)).toBeLessThan(1e-9)
        if (l > 0) expect(Math.abs(tiltedExcess(x, l) / (integral * Math.exp(-a * l)) - 1)).toBeLessThan(1e-9)
      }),
    )
    expect(excess(0, 2)).toBeCloseTo(2 * Math.exp(2) - Math.expm1(2), 12)
    expect(tiltedExcess(1e3, 1e3)).toBeCloseTo(1 / (1001 * 1000), 15)
  })

  test('the ratio of two sampled likelihoods', () => {
    fc.assert(
      fc.property(
        rate,
        fc.double({ min: -30, max: 30, noNaN: true }),
        fc.double({ min: -30, max: 30, noNaN: true }),
        (q, y, x) => {
          const plain = Math.log(1 - q + q * Math.exp(y)) - Math.log(1 - q + q * Math.exp(x))
          expect(Math.abs(exchangedLoss(q, y, x) - plain)).toBeLessThan(1e-14 * (1 + Math.abs(plain)) * 50)
          expect(exchangedLoss(q, y, x)).toBe(-exchangedLoss(q, x, y) || 0)
          expect(sampledShare(q, y)).toBeCloseTo((q * Math.exp(y)) / (1 - q + q * Math.exp(y)), 12)
        },
      ),
    )
    expect(exchangedLoss(0.5, 1000, -1000)).toBeCloseTo(1000 + Math.log(0.5) - Math.log(0.5), 9)
    expect(exchangedLoss(1e-9, 1e-6, 0) / 1.0000005000001662e-15).toBeCloseTo(1, 12)
  })

  test('chords between whole orders', () => {
    const curve = betweenWholeOrders((x) => (1 + x) ** 2)
    expect(curve(3)).toBe(16)
    expect(curve(0)).toBe(4)
    expect(curve(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY)
    expect(2.5 * curve(2.5)).toBeCloseTo((2 * 9 + 3 * 16) / 2, 12)
    expect(0.25 * curve(0.25)).toBeCloseTo(0.25 * 4, 12)
    expect(curve(2 ** 60)).toBe((1 + 2 ** 60) ** 2)
  })

  test('the search over orders finds the bottom of either of two valleys, and an end', () => {
    const valley =
      (at: number, depth: number) =>
      (x: number): number =>
        depth + Math.log(x / at) ** 2
    const objective = (f: (x: number) => number) => ({ bound: f, rough: f })
    for (const at of [1e-6, 0.03, 1, 7.7, 300, 1e9]) {
      const { value, order } = bestOfAll(objective(valley(at, 2)))
      expect(value - 2).toBeLessThan(1e-9)
      expect((order - 1) / at).toBeCloseTo(1, 3)
    }
    const two = (a: number, b: number) => objective((x) => Math.min(valley(0.5, a)(x), valley(20, b)(x)))
    expect(bestOfAll(two(2, 2.1)).order).toBeCloseTo(1.5, 3)
    expect(bestOfAll(two(2.1, 2)).order).toBeCloseTo(21, 2)
    expect(bestOfAll(objective((x) => 1 + 1 / x)).order).toBe(Number.POSITIVE_INFINITY)
    expect(bestOfAll(objective(() => Number.POSITIVE_INFINITY)).value).toBe(Number.POSITIVE_INFINITY)
    expect(bestOfAll(objective(() => 0)).value).toBe(0)
    // A rough bound that points elsewhere.
    const misled = { bound: valley(3, 5), rough: (x: number) => valley(3, 5)(x) + Math.abs(Math.log(x / 6)) }
    expect(bestOfAll(misled).order).toBeCloseTo(4, 3)
    expect(bestOfList(misled, [2, 4, 7, 12])).toEqual({ value: 5, order: 4 })
    expect(
      bestOfList(
        objective(() => Infinity),
        [3, 9],
      ),
    ).toEqual({ value: Infinity, order: 3 })
  })
})
