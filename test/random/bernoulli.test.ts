import { describe, expect, it } from 'vitest'
import { InvalidParameterError } from '../../src/errors.ts'
import { of } from '../../src/numeric/rational.ts'
import { drawExp, drawRational } from '../../src/random/bernoulli.ts'
import { encloseExpNeg } from '../../src/random/exp-enclosure.ts'
import { bernoulli, bernoulliExp, bernoulliSampler } from '../../src/random/index.ts'
import { insecureSeeded } from '../../src/testing/index.ts'
import { words } from './support.ts'

const refused = (call: () => unknown, message: string): void => {
  expect(call).toThrow(InvalidParameterError)
  expect(call).toThrow(message)
}

describe('a coin of rational probability', () => {
  it('compares a uniform number with it digit by digit', () => {
    const third = of(1n, 3n)
    // 1/3 = 0.55555555 55555555 ... in hexadecimal.
    for (const prefix of [[], [0x55555555], [0x55555555, 0x55555555]]) {
      expect(drawRational(words(...prefix, 0x55555554).bits, third)).toBe(true)
      expect(drawRational(words(...prefix, 0x55555556).bits, third)).toBe(false)
      expect(() => drawRational(words(...prefix, 0x55555555).bits, third)).toThrow('the script is over')
    }
    // 5/8 is 0.a: equal so far is not below.
    expect(drawRational(words(0xa0000000, 1).bits, of(5n, 8n))).toBe(false)
    expect(drawRational(words(0x9fffffff).bits, of(5n, 8n))).toBe(true)
  })
  it('is certain of 0 and 1', () => {
    for (const word of [1, 0x80000000, 0xffffffff]) {
      expect(bernoulli({ probability: 0, insecureRandom: words(word).random })).toBe(false)
      expect(bernoulli({ probability: 1, insecureRandom: words(word).random })).toBe(true)
      expect(bernoulliSampler({ probability: 1n, insecureRandom: words(word).random }).sample()).toBe(true)
    }
    expect(bernoulli({ probability: 0, insecureRandom: words(0, 0, 7).random })).toBe(false)
    expect(bernoulli({ probability: 1, insecureRandom: words(0).random })).toBe(true)
  })
  it('takes a double at its exact value', () => {
    // 0.1 is 0x0.1999999999999a: above one tenth, by less than one in 2^55.
    const prefix = [0x19999999, 0x99999a00]
    const below = [0x19999999, 0x999999ff]
    expect(bernoulli({ probability: 0.1, insecureRandom: words(...below).random })).toBe(true)
    expect(bernoulli({ probability: 0.1, insecureRandom: words(...prefix, 3).random })).toBe(false)
    expect(bernoulli({ numerator: 1, denominator: 10, insecureRandom: words(0x19999999, 0x9999999a).random })).toBe(false)
    expect(
      bernoulli({ probability: { numerator: 1n, denominator: 10n }, insecureRandom: words(0x19999999, 0x99999998).random }),
    ).toBe(true)
    expect(bernoulli({ probability: 5e-324, insecureRandom: words(...Array(33).fill(0), 0x8000, 0).random })).toBe(false)
  })
  it('is the same coin when it is thrown often', () => {
    for (const probability of [0.3, 1 / 3, 2 ** -32, 1 - 2 ** -40]) {
      const often = bernoulliSampler({ probability, insecureRandom: insecureSeeded(4) })
      const insecureRandom = insecureSeeded(4)
      let heads = 0
      for (let i = 0; i < 3000; i++) {
        const head = often.sample()
        expect(head).toBe(bernoulli({ probability, insecureRandom }))
        heads += head ? 1 : 0
      }
      expect(Math.abs(heads / 3000 - probability)).toBeLessThan(0.04)
    }
    expect(
      bernoulliSampler({
        probability: { numerator: 1, denominator: 3 },
        insecureRandom: words(0x55555555, 0x55555554).random,
      }).sample(),
    ).toBe(true)
    expect(bernoulliSampler({ probability: 0.5 }).provenance).toBe('secure')
  })
  it('refuses what is no probability', () => {
    refused(() => bernoulli({ probability: 1.5 }), '"probability" must be in [0, 1], got 1.5')
    refused(() => bernoulli({ probability: -1n }), '"probability" must be in [0, 1], got -1n')
    refused(() => bernoulli({ probability: Number.NaN }), '"probability" must be a finite number, got NaN')
    refused(() => bernoulli({ numerator: 3, denominator: 2 }), '"probability" must be in [0, 1], got "3/2"')
    refused(() => bernoulli({ numerator: 3, denominator: 0 }), '"probability.denominator" must be other than 0')
    refused(() => bernoulli({ probability: { numerator: 1 } } as never), '"probability.denominator"')
    refused(() => bernoulli({ numerator: 1 } as never), '"probability.denominator"')
    refused(() => bernoulli({ probability: 0.5, numerator: 1, denominator: 2 } as never), '"probability" must be left out')
    refused(() => bernoulli({ probability: '0.5' } as never), '"probability"')
    refused(() => bernoulli({ probability: { numerator: 1n << 40000n, denominator: 1n << 40001n } }), 'at most 32768 bits')
    refused(() => bernoulli(undefined as never), '"options" must be an options object')
  })
})

describe('a coin of probability exp(-x)', () => {
  it('agrees with the enclosure on the words next to the bound, and the words after them', () => {
    for (const [n, d] of [
      [1n, 1n],
      [1n, 3n],
      [22n, 7n],
      [1n, 1n << 40n],
      [20n, 1n],
      [30n, 1n],
    ] as const) {
      const x = Number(n) / Number(d)
      const [lower, upper] = encloseExpNeg(n, d, 128)
      expect(lower >> 32n).toBe(upper >> 32n)
      const digits = [96n, 64n, 32n].map((shift) => Number((lower >> shift) & 0xffffffffn)) as [number, number, number]
      const draw = (...script: number[]): boolean => drawExp(words(...script).bits, x, () => of(n, d))
      for (let step = -6; step <= 6; step++) {
        const first = digits[0] + step
        if (step === 0 || first < 0 || first > 0xffffffff) continue
        expect(draw(first)).toBe(step < 0)
      }
      // Equal in the first word: 64 bits more, and so on.
      for (const step of [-2, -1, 1, 2]) expect(draw(digits[0], digits[1] + step, 0)).toBe(step < 0)
      for (const step of [-2, 2]) expect(draw(digits[0], digits[1], digits[2] + step)).toBe(step < 0)
      expect(() => draw(...digits)).toThrow('the script is over')
    }
  })
  it('is certain of exp(0) and all but certain of exp(-huge)', () => {
    expect(bernoulliExp({ exponent: 0, insecureRandom: words(0xffffffff).random })).toBe(true)
    expect(bernoulliExp({ exponent: 1e300, insecureRandom: words(1).random })).toBe(false)
    expect(bernoulliExp({ exponent: 1e300, insecureRandom: words(0, 0, 1).random })).toBe(false)
    expect(bernoulliExp({ exponent: 10n ** 400n, insecureRandom: words(0, 0, 1).random })).toBe(false)
    expect(bernoulliExp({ exponent: 5e-324, insecureRandom: words(0xffffffff, 0, 0).random })).toBe(true)
    expect(typeof bernoulliExp({ numerator: 1, denominator: 3 })).toBe('boolean')
  })
  it('has its frequency', () => {
    for (const exponent of [0.01, 0.5, 1, 3, 8]) {
      const insecureRandom = insecureSeeded(11)
      let heads = 0
      for (let i = 0; i < 40_000; i++) heads += bernoulliExp({ exponent, insecureRandom }) ? 1 : 0
      const p = Math.exp(-exponent)
      expect(Math.abs(heads - 40_000 * p) / Math.sqrt(40_000 * p * (1 - p))).toBeLessThan(4.5)
    }
  })
  it('refuses a negative exponent', () => {
    refused(() => bernoulliExp({ exponent: -1e-9 }), '"exponent" must be >= 0')
    refused(() => bernoulliExp({ exponent: Number.POSITIVE_INFINITY }), '"exponent" must be a finite number')
  })
})
