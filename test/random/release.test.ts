import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvalidParameterError } from '../../src/errors.ts'
import * as rational from '../../src/numeric/rational.ts'
import { gridFor, inSteps } from '../../src/random/float-grid.ts'
import { roundHalfUp, sensitivityInSteps } from '../../src/random/grid-laplace.ts'
import { type FloatAdder, gaussianAdder, gridLaplace, laplaceAdder } from '../../src/random/index.ts'
import { insecureSeeded, type Seed } from '../../src/testing/index.ts'
import { seededBits } from './support.ts'

const { fromNumber, of } = rational
const refused = (call: () => unknown, message: string): void => {
  expect(call).toThrow(InvalidParameterError)
  expect(call).toThrow(message)
}

const builders: Record<string, (scale: number, seed: Seed) => FloatAdder> = {
  gaussianAdder: (stddev, seed) => gaussianAdder({ stddev, insecureRandom: insecureSeeded(seed) }),
  laplaceAdder: (scale, seed) => laplaceAdder({ scale, insecureRandom: insecureSeeded(seed) }),
  gridLaplace: (scale, seed) => gridLaplace({ l1Sensitivity: scale, epsilon: 1, insecureRandom: insecureSeeded(seed) }),
}
const anything = fc.oneof(
  fc.double(),
  fc.double({ min: -1e6, max: 1e6 }),
  fc.constantFrom(0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.MAX_VALUE, -Number.MIN_VALUE),
)

describe.each(Object.entries(builders))('%s', (_, build) => {
  it('releases only multiples of its step: doubles, finite, never -0', () => {
    fc.assert(
      fc.property(
        anything,
        fc.constantFrom(2 ** -982, 1e-200, 1e-9, 0.3, 1, 1e6, 1e200, Number.MAX_VALUE),
        fc.nat(),
        (x, scale, seed) => {
          const { release, step } = build(scale, seed)
          const y = release(x)
          expect(Number.isFinite(y) && !Object.is(y, -0)).toBe(true)
          // Past the largest double sums stay there, on the grid or not.
          const steps = rational.scaleByPowerOfTwo(fromNumber(y), -Math.log2(step))
          expect(steps.denominator === 1n || Math.abs(y) === Number.MAX_VALUE).toBe(true)
        },
      ),
      { numRuns: 400 },
    )
  })
  it('has a public rule for data that is no finite number', () => {
    const at = (x: number): number => build(1, 5).release(x)
    expect(at(Number.NaN)).toBe(at(0))
    expect(at(-0)).toBe(at(0))
    expect(at(Number.POSITIVE_INFINITY)).toBe(Number.MAX_VALUE)
    expect(at(Number.NEGATIVE_INFINITY)).toBe(-Number.MAX_VALUE)
    expect(at(1e300)).toBe(1e300)
  })
  it('is monotone in x for the same noise', () => {
    fc.assert(
      fc.property(anything, anything, fc.constantFrom(1e-9, 1, 1e9), fc.nat(), (a, b, scale, seed) => {
        const [low, high] = a < b ? [a, b] : [b, a]
        fc.pre(!Number.isNaN(low) && !Number.isNaN(high))
        expect(build(scale, seed).release(low)).toBeLessThanOrEqual(build(scale, seed).release(high))
      }),
      { numRuns: 300 },
    )
  })
  it('adds noise to arrays as it does to numbers', () => {
    const source = Float64Array.from([0, 1.5, -2, Number.NaN, 1e300, Number.POSITIVE_INFINITY, -1e-300, 12345.678])
    const one = build(0.7, 6)
    const expected = Array.from(source, (x) => one.release(x))
    const target = new Float64Array(source.length)
    expect(build(0.7, 6).releaseInto(source, target)).toBe(target)
    expect([...target]).toEqual(expected)
    const inPlace = Float64Array.from(source)
    expect([...build(0.7, 6).releaseInto(inPlace, inPlace)]).toEqual(expected)
    const floats = build(0.7, 6).releaseInto(source, new Float32Array(source.length))
    const largest = 3.4028234663852886e38
    expect([...floats]).toEqual(expected.map((y) => Math.fround(Math.min(Math.max(y, -largest), largest))))
    expect([...build(0.7, 6).releaseInto(Float32Array.from([1.5, -2]), new Float64Array(2))].every(Number.isFinite)).toBe(true)
    expect(build(0.7, 6).releaseInto(new Float64Array(0), new Float32Array(0)).length).toBe(0)
  })
  it('gives each element noise of its own', () => {
    const noisy = build(1, 7).releaseInto(new Float64Array(1000), new Float64Array(1000))
    expect(new Set(noisy).size).toBe(1000)
  })
  it('refuses wrong shapes and types, and names no data', () => {
    const adder = build(1, 8)
    const array = new Float64Array(4)
    refused(() => adder.releaseInto([1] as never, array), '"source" must be a Float64Array or a Float32Array, got an array of 1')
    refused(() => adder.releaseInto(array, new Int32Array(4) as never), '"target" must be')
    refused(() => adder.releaseInto(new Proxy(array, {}), array), '"source" must be')
    refused(() => adder.releaseInto(array, new Float64Array(3)), '"target" must be as long as "source"')
    refused(() => adder.releaseInto(array.subarray(1), array.subarray(0, 3)), '"target" must be "source" itself or apart')
    refused(() => adder.releaseInto(new Float32Array(array.buffer, 0, 4), array), '"target" must be "source" itself or apart')
    expect(adder.releaseInto(array.subarray(0, 2), array.subarray(2)).length).toBe(2)
    refused(() => adder.release('42' as never), '"x" must be a number, got "string"')
    refused(() => adder.release(42n as never), '"x" must be a number, got "bigint"')
    expect(adder.provenance).toBe('insecure-seeded')
    expect(Object.isFrozen(adder)).toBe(true)
  })
  it('has the step that its scale says', () => {
    expect(build(1, 1).step).toBe(2 ** -40)
    expect(build(1.99, 1).step).toBe(2 ** -40)
    expect(build(Number.MAX_VALUE, 1).step).toBe(2 ** 983)
    expect(build(2 ** -982, 1).step).toBe(2 ** -1022)
    refused(() => build(2 ** -983, 1), 'must be such that the scale is in [2^-982, 2^1024), got "a scale of about 2^-983"')
  })
})

describe('rounding to the grid', () => {
  it('is floor(q + 1/2), exactly', () => {
    const hard = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc
        .tuple(fc.integer(), fc.constantFrom(0, 2 ** -54, 2 ** -53, 2 ** -40, -(2 ** -54), -(2 ** -40)))
        .map(([n, e]) => n / 2 + e),
      fc.integer({ min: -100, max: 100 }).map((n) => 2 ** 52 + n),
      fc.integer({ min: -100, max: 100 }).map((n) => -(2 ** 52) + n / 2),
      fc.constantFrom(
        0.5 - 2 ** -54,
        -0.5,
        -0.5 + 2 ** -54,
        -0.5 - 2 ** -53,
        -Number.MIN_VALUE,
        -(2 ** -60),
        2 ** 53 - 1,
        0.5,
        1.5,
      ),
    )
    fc.assert(
      fc.property(hard, (q) => {
        expect(BigInt(roundHalfUp(q))).toBe(rational.floor(rational.add(fromNumber(q), of(1n, 2n))))
        expect(roundHalfUp(q)).toBe(Math.round(q) + 0)
        expect(inSteps(gridFor(40), q)).toBe(BigInt(roundHalfUp(q)))
      }),
      { numRuns: 5000 },
    )
  })
  it('moves vectors apart by no more than the integer sensitivity, and by that much at worst', () => {
    // Neighbours: l0 coordinates changed by distances that sum to l1, in quarters of a step, from every starting point.
    let attained = 0
    const random = seededBits(3)
    for (let quarters = 1; quarters <= 12; quarters++) {
      for (let l0 = 1; l0 <= 4; l0++) {
        const most = Number(sensitivityInSteps(of(BigInt(quarters), 4n), BigInt(l0), { exponent: 0 }))
        let worst = 0
        for (let trial = 0; trial < 600; trial++) {
          let left = quarters
          let apart = 0
          for (let i = 0; i < l0; i++) {
            const distance = i === l0 - 1 ? left : random.below(left + 1)
            left -= distance
            const x = random.below(8) / 4
            apart += Math.abs(roundHalfUp(x + distance / 4) - roundHalfUp(x))
          }
          if (apart > worst) worst = apart
        }
        expect(worst).toBeLessThanOrEqual(most)
        if (worst === most) attained += 1
      }
    }
    expect(attained).toBeGreaterThan(24)
  })
})

describe('the integer mechanism behind gridLaplace', () => {
  it('has exactly the claimed epsilon', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
        fc.double({ min: 1e-4, max: 50, noNaN: true }),
        fc.integer({ min: 1, max: 1000 }),
        (l1Sensitivity, epsilon, l0Sensitivity) => {
          const { integerScale, integerSensitivity, step } = gridLaplace({ l1Sensitivity, epsilon, l0Sensitivity })
          // D / scale is epsilon, with nothing lost in between.
          expect(rational.divide(of(integerSensitivity), integerScale)).toEqual(fromNumber(epsilon))
          // D steps cover l1 and a step less for each coordinate but one; and not a whole step more.
          const spare = rational.subtract(
            rational.multiply(of(integerSensitivity - BigInt(l0Sensitivity) + 1n), fromNumber(step)),
            fromNumber(l1Sensitivity),
          )
          expect(spare.numerator >= 0n && rational.compare(spare, fromNumber(step)) < 0).toBe(true)
        },
      ),
    )
    const third = gridLaplace({ l1Sensitivity: { numerator: 1, denominator: 3 }, epsilon: { numerator: 1n, denominator: 10n } })
    expect(third.integerSensitivity).toBe(((1n << 39n) + 2n) / 3n)
    expect(third.integerScale).toEqual(of(third.integerSensitivity * 10n))
  })
  it('refuses nonsense', () => {
    const good = { l1Sensitivity: 1, epsilon: 1 }
    refused(() => gridLaplace({ ...good, l1Sensitivity: 0 }), '"l1Sensitivity" must be > 0, got 0')
    refused(() => gridLaplace({ ...good, epsilon: -1 }), '"epsilon" must be > 0, got -1')
    refused(() => gridLaplace({ ...good, l0Sensitivity: 0 }), '"l0Sensitivity" must be an integer >= 1')
    refused(() => gridLaplace({ ...good, l0Sensitivity: 1.5 }), '"l0Sensitivity" must be an integer')
    refused(() => gridLaplace({ ...good, l0Sensitivity: 2 ** 52, epsilon: 0.01 }), '"l0Sensitivity" must be at most')
    refused(() => gridLaplace({ ...good, scale: 1 } as never), '"scale" must be left out')
    refused(() => gaussianAdder({ stddev: 0 }), '"stddev" must be > 0')
    refused(() => laplaceAdder({ scale: 1n << 1024n }), '"scale" must be such that the scale is in')
    expect(gridLaplace({ ...good, l0Sensitivity: undefined }).provenance).toBe('secure')
  })
})
