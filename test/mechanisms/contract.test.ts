import fc from 'fast-check'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { delta, epsilon } from '../../src/accounting/index.ts'
import { InvalidParameterError } from '../../src/errors.ts'
import { discreteGaussian, discreteLaplace, gaussian, laplace, type Mechanism, type Release } from '../../src/mechanisms/index.ts'
import { nearestInteger } from '../../src/mechanisms/integer-noise.ts'
import { compare, divide, fromNumber, multiply, of } from '../../src/numeric/rational.ts'
import { secureRandom } from '../../src/random/index.ts'
import { insecureSeeded } from '../../src/testing/index.ts'

const seeded = (): { insecureRandom: ReturnType<typeof insecureSeeded> } => ({ insecureRandom: insecureSeeded(5) })
const all: [string, () => Mechanism<unknown, Release>][] = [
  ['laplace', () => laplace({ sensitivity: 1, epsilon: 0.5, ...seeded() })],
  ['gaussian', () => gaussian({ l2Sensitivity: 1, epsilon: 1, delta: 1e-5, ...seeded() })],
  ['discreteLaplace', () => discreteLaplace({ sensitivity: 1, epsilon: 0.5, ...seeded() })],
  ['discreteGaussian', () => discreteGaussian({ sensitivity: 1, rho: 0.5, ...seeded() })],
]

describe.each(all)('%s', (_, make) => {
  it('is frozen, through and through', () => {
    const mechanism = make()
    expect(Object.isFrozen(mechanism)).toBe(true)
    expect(Object.isFrozen(mechanism.event)).toBe(true)
    expect(Object.isFrozen(mechanism.guarantee)).toBe(true)
    expect(Object.isFrozen(mechanism.error())).toBe(true)
    expect(mechanism.provenance).toBe('insecure-seeded')
  })
  it('gives back the type it was given, and writes to nothing', () => {
    const { release } = make()
    expect(typeof release(1)).toBe('number')
    expect(typeof release(1n)).toBe('bigint')
    for (const Kind of [Float64Array, Float32Array]) {
      const source = Kind.of(1, 2, 3)
      const released = release(source)
      expect(released).toBeInstanceOf(Kind)
      expect(released).toHaveLength(3)
      expect([...source]).toEqual([1, 2, 3])
    }
    const bigints = release(BigInt64Array.of(1n, 2n))
    expect(bigints).toBeInstanceOf(BigInt64Array)
    expect(bigints).toHaveLength(2)
    const frozen = Object.freeze([1, 2])
    expect(Array.isArray(release(frozen))).toBe(true)
    expect(release([])).toEqual([])
    expect(release(new Float64Array(0))).toHaveLength(0)
    expectTypeOf(release(1)).toEqualTypeOf<number>()
    expectTypeOf(release(1n)).toEqualTypeOf<bigint>()
    expectTypeOf(release([1])).toEqualTypeOf<number[]>()
    expectTypeOf(release(new Float32Array(1))).toEqualTypeOf<Float32Array>()
  })
  it('throws on no number', () => {
    const { release } = make()
    fc.assert(
      fc.property(fc.array(fc.double()), fc.bigInt(), (values, big) => {
        for (const value of [...release(values), ...release(Float64Array.from(values)), ...release(Float32Array.from(values))]) {
          expect(Number.isFinite(value)).toBe(true)
          expect(Object.is(value, -0)).toBe(false)
        }
        expect(typeof release(big)).toBe('bigint')
      }),
    )
    const strange = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.MAX_VALUE, -Number.MAX_VALUE, 5e-324]
    for (const value of strange) expect(Number.isFinite(release(value))).toBe(true)
    const holes: unknown[] = [null, 'x', {}, undefined]
    for (const value of release(holes as number[])) expect(Math.abs(value)).toBeLessThan(1000)
    const ends = release(BigInt64Array.of(2n ** 63n - 1n, -(2n ** 63n)))
    expect(ends[0] as bigint).toBeGreaterThan(2n ** 63n - 1000n)
    expect(ends[1] as bigint).toBeLessThan(-(2n ** 63n) + 1000n)
  })
  it('takes NaN for 0, with the same noise', () => {
    expect(make().release(Number.NaN)).toBe(make().release(0))
    expect(make().release([Number.NaN, 7])).toEqual(make().release([0, 7]))
  })
  it('refuses what is no number at all, without showing it', () => {
    const { release } = make()
    for (const value of ['secret', null, undefined, {}, new Map(), new Uint8Array(1), new DataView(new ArrayBuffer(8))]) {
      expect(() => release(value as never)).toThrow(InvalidParameterError)
      expect(() => release(value as never)).not.toThrow('secret')
    }
  })
  it('refuses a confidence that is none', () => {
    const { error } = make()
    for (const confidence of [0, 1, Number.NaN, '0.9', null]) {
      expect(() => error({ confidence: confidence as number })).toThrow('confidence')
    }
    expect(() => error({ certainty: 1 } as never)).toThrow('certainty')
    expect(error({ confidence: 0.999 }).halfWidth).toBeGreaterThan(error({ confidence: 0.5 }).halfWidth)
  })
})

describe('what is claimed is what was asked for', () => {
  const positive = fc.double({ min: 1e-6, max: 1e3, noNaN: true })
  const whole = fc.integer({ min: 1, max: 1e6 })
  it('pure: the event is within the epsilon, and tight to a rounding', () => {
    fc.assert(
      fc.property(positive, positive, whole, (sensitivity, asked, count) => {
        const double = laplace({ sensitivity, epsilon: asked })
        expect(double.guarantee).toEqual({ epsilon: asked, delta: 0 })
        const m = fromNumber(double.event.noiseMultiplier)
        expect(compare(divide(of(1n), m), fromNumber(asked))).not.toBe(1)
        expect(1 / double.event.noiseMultiplier / asked).toBeCloseTo(1, 14)
        const counts = discreteLaplace({ sensitivity: count, epsilon: asked })
        expect(counts.guarantee).toEqual({ epsilon: asked, delta: 0 })
        expect(counts.event.sensitivity).toBe(count)
        expect(compare(divide(of(BigInt(count)), fromNumber(counts.event.scale)), fromNumber(asked))).not.toBe(1)
        expect(count / counts.event.scale / asked).toBeCloseTo(1, 14)
      }),
      { numRuns: 30 },
    )
  })
  it('by scale: the event does not say more than is drawn', () => {
    fc.assert(
      fc.property(positive, positive, whole, (sensitivity, scale, count) => {
        const double = laplace({ sensitivity, scale })
        const product = multiply(fromNumber(double.event.noiseMultiplier), fromNumber(sensitivity))
        expect(compare(product, fromNumber(scale))).not.toBe(1)
        const claimed = fromNumber(double.guarantee.epsilon as number)
        expect(compare(divide(fromNumber(sensitivity), fromNumber(scale)), claimed)).not.toBe(1)
        expect(double.error().stddev / scale).toBeCloseTo(Math.SQRT2, 2)
        const counts = discreteLaplace({ sensitivity: count, scale })
        expect(counts.event.scale).toBe(scale)
        const epsilonOfCounts = fromNumber(counts.guarantee.epsilon as number)
        expect(compare(divide(of(BigInt(count)), fromNumber(scale)), epsilonOfCounts)).not.toBe(1)
      }),
      { numRuns: 30 },
    )
    const third = { numerator: 1, denominator: 3 }
    expect(compare(fromNumber(discreteLaplace({ sensitivity: 1, scale: third }).event.scale), of(1n, 3n))).toBe(-1)
    expect(compare(fromNumber(discreteGaussian({ sensitivity: 1, stddev: third }).event.stddev), of(1n, 3n))).toBe(-1)
    expect(compare(fromNumber(gaussian({ l2Sensitivity: 3, stddev: 1 }).event.noiseMultiplier), of(1n, 3n))).toBe(-1)
    expect(laplace({ sensitivity: 1, epsilon: third }).guarantee.epsilon).toBe(0.33333333333333337)
  })
  it('concentrated: rho', () => {
    const concentrated = (m: number, rho: number): number =>
      compare(divide(of(1n), multiply(of(2n), multiply(fromNumber(m), fromNumber(m)))), fromNumber(rho))
    fc.assert(
      fc.property(positive, positive, whole, (rho, sensitivity, count) => {
        const normal = gaussian({ l2Sensitivity: sensitivity, rho })
        expect(normal.guarantee).toEqual({ rho })
        expect(concentrated(normal.event.noiseMultiplier, rho)).not.toBe(1)
        expect(2 * normal.event.noiseMultiplier ** 2 * rho).toBeCloseTo(1, 13)
        const counts = discreteGaussian({ sensitivity: count, rho })
        expect(counts.guarantee).toEqual({ rho })
        expect(2 * (counts.event.stddev / count) ** 2 * rho).toBeCloseTo(1, 13)
        const square = multiply(fromNumber(counts.event.stddev), fromNumber(counts.event.stddev))
        const exact = divide(multiply(of(BigInt(count)), of(BigInt(count))), multiply(of(2n), square))
        expect(compare(exact, fromNumber(rho))).not.toBe(1)
        const byStddev = gaussian({ l2Sensitivity: 1, stddev: sensitivity })
        expect(concentrated(sensitivity, byStddev.guarantee.rho as number)).not.toBe(1)
      }),
      { numRuns: 30 },
    )
    expect(gaussian({ l2Sensitivity: 2, stddev: 4 }).guarantee).toEqual({ rho: 0.125 })
    expect(discreteGaussian({ sensitivity: 2, stddev: 4 }).guarantee).toEqual({ rho: 0.125 })
  })
  it('epsilon and delta, by the accountant', () => {
    for (const [asked, failure] of [
      [1, 1e-5],
      [0.1, 1e-9],
      [5, 0.01],
      [0, 0.1],
    ] as const) {
      const { event, guarantee } = gaussian({ l2Sensitivity: 7, epsilon: asked, delta: failure })
      expect(guarantee).toEqual({ epsilon: asked, delta: failure })
      expect(delta(event, { epsilon: asked }).upper / failure).toBeCloseTo(1, 10)
      expect(delta(event, { epsilon: asked }).lower).toBeLessThanOrEqual(failure)
    }
    expect(epsilon(laplace({ sensitivity: 3, epsilon: 0.3 }).event, { delta: 0 }).upper).toBeCloseTo(0.3, 13)
  })
  it('more coordinates, slightly more noise, unless few of them can change', () => {
    const apart = (l0Sensitivity?: number): number => {
      const { release } = laplace({ sensitivity: 1, epsilon: 2 ** -20, l0Sensitivity, ...seeded() })
      return release(new Float64Array(4096)).reduce((sum, x) => sum + Math.abs(x), 0)
    }
    // 2^20 steps of sensitivity for one coordinate, 2^12 more for all of them.
    expect(apart() / apart(1)).toBeGreaterThan(1 + 2 ** -9)
    expect(apart() / apart(1)).toBeLessThan(1.1)
    expect(apart(4096)).toBe(apart())
    expect(apart(5000)).toBe(apart())
  })
})

describe('what makes no sense is refused before any data', () => {
  const wrong: [string, () => unknown, string][] = [
    ['neither', () => laplace({ sensitivity: 1 } as never), 'epsilon'],
    ['both', () => laplace({ sensitivity: 1, epsilon: 1, scale: 1 } as never), 'scale'],
    ['no sensitivity', () => laplace({ sensitivity: 0, epsilon: 1 }), 'sensitivity'],
    ['no epsilon', () => laplace({ sensitivity: 1, epsilon: 0 }), 'epsilon'],
    ['a tiny epsilon', () => laplace({ sensitivity: 1, epsilon: 1e-20 }), 'epsilon'],
    ['an enormous ratio', () => laplace({ sensitivity: 1e-300, scale: 1e300 }), 'scale'],
    ['no ratio', () => laplace({ sensitivity: 1e300, scale: 1e-300 }), 'scale'],
    ['a scale past doubles', () => laplace({ sensitivity: 1e308, epsilon: 1e-5 }), 'sensitivity'],
    ['a scale below the grid', () => laplace({ sensitivity: 1e-300, epsilon: 10 }), 'sensitivity'],
    ['half a coordinate', () => laplace({ sensitivity: 1, epsilon: 1, l0Sensitivity: 0.5 }), 'l0Sensitivity'],
    ['delta 0', () => gaussian({ l2Sensitivity: 1, epsilon: 1, delta: 0 }), 'delta'],
    ['delta 1', () => gaussian({ l2Sensitivity: 1, epsilon: 1, delta: 1 }), 'delta'],
    ['delta and rho', () => gaussian({ l2Sensitivity: 1, rho: 1, delta: 0.1 } as never), 'delta'],
    ['epsilon and rho', () => gaussian({ l2Sensitivity: 1, rho: 1, epsilon: 1, delta: 0.1 } as never), 'rho'],
    ['no noise to speak of', () => gaussian({ l2Sensitivity: 1e300, stddev: 1e-300 }), 'stddev'],
    ['half a count', () => discreteLaplace({ sensitivity: 0.5, epsilon: 1 }), 'sensitivity'],
    ['a scale of zero', () => discreteLaplace({ sensitivity: 1, epsilon: 10n ** 400n }), 'epsilon'],
    ['a scale past doubles, of counts', () => discreteLaplace({ sensitivity: 1, scale: 10n ** 400n }), 'scale'],
    ['a stddev past doubles, of counts', () => discreteGaussian({ sensitivity: 1, stddev: 10n ** 400n }), 'stddev'],
    ['a scale without privacy', () => discreteLaplace({ sensitivity: 1, scale: 5e-324 }), 'scale'],
    ['a stddev without privacy', () => gaussian({ l2Sensitivity: 1, stddev: 1e-160 }), 'stddev'],
    ['a scale below the grid, given', () => laplace({ sensitivity: 1, scale: 1e-310 }), 'scale'],
    ['a ratio without privacy', () => laplace({ sensitivity: 1e19, scale: 1e-290 }), 'scale'],
    ['rho 0', () => discreteGaussian({ sensitivity: 1, rho: 0 }), 'rho'],
    ['a seeded stream as real', () => laplace({ sensitivity: 1, epsilon: 1, random: insecureSeeded(1) as never }), 'random'],
  ]
  it.each(wrong)('%s', (_, make, name) => {
    expect(make).toThrow(InvalidParameterError)
    expect(make).toThrow(`"${name}"`)
  })
  it('bigints under noise that is too wide for the way they are added', () => {
    const { release } = gaussian({ l2Sensitivity: 1, stddev: 1e30 })
    expect(typeof release(1)).toBe('number')
    expect(() => release(1n)).toThrow('stddev')
  })
})

describe('integers', () => {
  it('are what numbers count as', () => {
    expect([0.5, -0.5, 1.49, -2.5, 2 ** 60, -(2 ** 60), Number.NaN, Number.NEGATIVE_INFINITY].map(nearestInteger)).toEqual([
      1,
      0,
      1,
      -2,
      2 ** 53 - 1,
      1 - 2 ** 53,
      0,
      1 - 2 ** 53,
    ])
  })
  it('stay integers however wide the noise', () => {
    for (const scale of [0.01, 1, 2 ** 44, 2 ** 46, 2 ** 60]) {
      const { release } = discreteLaplace({ sensitivity: 1, scale, ...seeded() })
      for (const x of [0, 5, 2 ** 53, -(2 ** 53)])
        for (let i = 0; i < 50; i++) expect(Number.isSafeInteger(release(x))).toBe(true)
    }
  })
  it('come with real entropy unless a seed is asked for', () => {
    const { provenance, release } = discreteLaplace({ sensitivity: 1, epsilon: 1e-9, random: secureRandom() })
    expect(provenance).toBe('secure')
    expect(release(0)).not.toBe(release(0))
  })
})
