import { describe, expect, it } from 'vitest'
import { InvalidParameterError, NumericalError } from '../../src/errors.ts'
import { fromNumber, of } from '../../src/numeric/rational.ts'
import { exactNumber, positive } from '../../src/random/exact-number.ts'
import {
  discreteGaussianSampler,
  discreteLaplaceSampler,
  type IntegerSampler,
  referenceDiscreteGaussianSampler,
  referenceDiscreteLaplaceSampler,
} from '../../src/random/index.ts'
import { integerSampler } from '../../src/random/integer-sampler.ts'
import { insecureSeeded } from '../../src/testing/index.ts'

const refused = (call: () => unknown, message: string): void => {
  expect(call).toThrow(InvalidParameterError)
  expect(call).toThrow(message)
}

const builders = {
  discreteLaplaceSampler: (scale: unknown, source: object) => discreteLaplaceSampler({ scale, ...source } as never),
  discreteGaussianSampler: (stddev: unknown, source: object) => discreteGaussianSampler({ stddev, ...source } as never),
  referenceDiscreteLaplaceSampler: (scale: unknown, source: object) =>
    referenceDiscreteLaplaceSampler({ scale, ...source } as never),
  referenceDiscreteGaussianSampler: (stddev: unknown, source: object) =>
    referenceDiscreteGaussianSampler({ stddev, ...source } as never),
}
const seeded = () => ({ insecureRandom: insecureSeeded(1) })

describe.each(Object.entries(builders))('%s', (name, build) => {
  const parameter = name.includes('Laplace') ? 'scale' : 'stddev'
  const draws = (sampler: IntegerSampler, count = 50): bigint[] => Array.from({ length: count }, () => sampler.sampleBigint())

  it('draws the same numbers in every form', () => {
    for (const scale of [0.4, 10, 2 ** 22, 2 ** 23, 3e10]) {
      const expected = draws(build(scale, seeded()))
      const sampler = build(scale, seeded())
      expect(expected.map(() => BigInt(sampler.sample()))).toEqual(expected)
      expect([...build(scale, seeded()).fill(new Float64Array(50))].map(BigInt)).toEqual(expected)
      expect([...build(scale, seeded()).fill(new BigInt64Array(50))]).toEqual(expected)
      if (scale < 2 ** 24) expect([...build(scale, seeded()).fill(new Int32Array(50))].map(BigInt)).toEqual(expected)
    }
  })
  it('takes a scale as a double, a bigint or a fraction, exactly', () => {
    const expected = draws(build(12, seeded()))
    for (const same of [
      12n,
      { numerator: 24, denominator: 2 },
      { numerator: 36n, denominator: 3 },
      { numerator: -6.0, denominator: -0.5 },
    ]) {
      expect(draws(build(same, seeded()))).toEqual(expected)
    }
  })
  it('draws from a secure source and a frozen object', () => {
    const sampler = build(3, {})
    expect(sampler.provenance).toBe('secure')
    expect(build(3, seeded()).provenance).toBe('insecure-seeded')
    expect(Object.isFrozen(sampler)).toBe(true)
    expect(Number.isSafeInteger(sampler.sample())).toBe(true)
    const target = new Int32Array(100)
    expect(sampler.fill(target)).toBe(target)
    expect(target.some((x) => x !== 0)).toBe(true)
    expect(sampler.fill(new Float64Array(0)).length).toBe(0)
  })
  it('serves every scale, from the tiny to the huge', () => {
    for (const scale of [5e-324, 1e-300, 0.001]) expect(draws(build(scale, seeded()), 20)).toEqual(Array(20).fill(0n))
    for (const scale of [10n ** 30n, 1n << 1100n, Number.MAX_VALUE]) {
      const exact = exactNumber('scale', scale, positive).numerator
      const magnitudes = draws(build(scale, seeded()), 40).map((x) => (x < 0n ? -x : x))
      expect(magnitudes.every((x) => x < 40n * exact)).toBe(true)
      expect(magnitudes.filter((x) => x > exact / 4n).length).toBeGreaterThan(20)
      expect(new Set(magnitudes.map((x) => x & 0xffn)).size).toBeGreaterThan(25)
    }
  })
  it('never folds a large scale into a small container', () => {
    const below46 = build(2 ** 46 - 1, seeded())
    expect(Number.isSafeInteger(below46.sample())).toBe(true)
    refused(
      () => build(2 ** 46, seeded()).sample(),
      `"${parameter}" must be below 2^46 for draws as numbers; use sampleBigint(), got "about 2^46"`,
    )
    refused(() => build(2 ** 46, seeded()).fill(new Float64Array(1)), 'use a BigInt64Array')
    refused(() => build(2 ** 24, seeded()).fill(new Int32Array(1)), 'use a Float64Array')
    refused(() => build(2 ** 56, seeded()).fill(new BigInt64Array(1)), 'use sampleBigint()')
    expect(build(2 ** 24 - 1, seeded()).fill(new Int32Array(1)).length).toBe(1)
    expect(
      build(2 ** 55, seeded())
        .fill(new BigInt64Array(5))
        .some((x) => x > 2n ** 53n || x < -(2n ** 53n)),
    ).toBe(true)
  })
  it('refuses what is no scale, no source and no container', () => {
    refused(() => build(0, {}), `"${parameter}" must be > 0, got 0`)
    refused(() => build(-1.5, {}), `"${parameter}" must be > 0, got -1.5`)
    refused(() => build({ numerator: 1, denominator: -3 }, {}), `"${parameter}" must be > 0, got "-1/3"`)
    refused(() => build(Number.NaN, {}), `"${parameter}" must be a finite number, got NaN`)
    refused(() => build('1', {}), `"${parameter}" must be a finite number, got "1"`)
    refused(() => build(undefined, {}), `"${parameter}" must be`)
    refused(() => build({ numerator: 1 }, {}), `"${parameter}.denominator"`)
    refused(() => build({ numerator: 1, denominator: 2, over: 3 }, {}), `"${parameter}.over" must be left out`)
    refused(() => build(1, { scael: 1 }), '"scael" must be left out')
    for (const bad of [[], new Uint8Array(3), 'abc', null, {}]) {
      refused(() => build(1, {}).fill(bad as never), '"target" must be a Float64Array, an Int32Array or a BigInt64Array')
    }
  })
})

describe('a variance', () => {
  it('is the square of a standard deviation', () => {
    const [a, b] = [discreteGaussianSampler({ stddev: 0.1, ...seeded() }), discreteGaussianSampler({ stddev: 7, ...seeded() })]
    const square = { numerator: 3602879701896397n ** 2n, denominator: 1n << 110n }
    const [c, d] = [
      discreteGaussianSampler({ variance: square, ...seeded() }),
      discreteGaussianSampler({ variance: 49, ...seeded() }),
    ]
    for (let i = 0; i < 100; i++) expect([a.sample(), b.sample()]).toEqual([c.sample(), d.sample()])
    refused(
      () => discreteGaussianSampler({ variance: 1, stddev: 1 } as never),
      '"variance" must be left out where "stddev" is given',
    )
    refused(() => discreteGaussianSampler({ variance: 2n ** 92n, ...seeded() }).sample(), '"variance"')
    refused(() => discreteGaussianSampler({ variance: -1 }), '"variance" must be > 0')
    refused(() => discreteGaussianSampler({} as never), '"stddev"')
  })
})

describe('a draw that does not fit its container', () => {
  const huge = { beyond: 2n ** 80n, next: () => Number.NaN, nextBigint: () => 2n ** 80n }
  const options = { provenance: 'insecure-seeded', parameter: 'scale', scaleExponent: 0 } as const
  it('throws rather than being changed', () => {
    const sampler = integerSampler(huge, options)
    expect(sampler.sampleBigint()).toBe(2n ** 80n)
    expect(() => sampler.sample()).toThrow(NumericalError)
    for (const target of [new Float64Array(1), new Int32Array(1), new BigInt64Array(1)]) {
      expect(() => sampler.fill(target)).toThrow(NumericalError)
    }
  })
  it('throws at the very edge of its container', () => {
    const edge = (x: number) => integerSampler({ beyond: 0n, next: () => x, nextBigint: () => BigInt(x) }, options)
    expect(edge(2 ** 31 - 1).fill(new Int32Array(1))[0]).toBe(2 ** 31 - 1)
    expect(edge(1 - 2 ** 31).fill(new Int32Array(1))[0]).toBe(1 - 2 ** 31)
    expect(() => edge(2 ** 31).fill(new Int32Array(1))).toThrow(NumericalError)
    expect(() => edge(-(2 ** 31)).fill(new Int32Array(1))).toThrow(NumericalError)
    expect(edge(-(2 ** 53 - 1)).fill(new Float64Array(1))[0]).toBe(-(2 ** 53 - 1))
    const wide = (x: bigint) => integerSampler({ beyond: 0n, next: () => 0, nextBigint: () => x }, options)
    expect(wide(2n ** 63n - 1n).fill(new BigInt64Array(1))[0]).toBe(2n ** 63n - 1n)
    expect(() => wide(2n ** 63n).fill(new BigInt64Array(1))).toThrow(NumericalError)
    expect(() => wide(-(2n ** 63n)).fill(new BigInt64Array(1))).toThrow(NumericalError)
  })
  it('is passed on whole by the plain path', () => {
    const { sampleBigint } = referenceDiscreteLaplaceSampler({ scale: 2 ** 50, ...seeded() })
    expect(Array.from({ length: 60 }, sampleBigint).some((x) => x > 2n ** 53n || x < -(2n ** 53n))).toBe(false)
    expect(fromNumber(2 ** 50)).toEqual(of(1n << 50n))
  })
})
