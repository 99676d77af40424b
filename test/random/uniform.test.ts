import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvalidParameterError } from '../../src/errors.ts'
import type { BitSource } from '../../src/random/bit-source.ts'
import { issueInsecure } from '../../src/random/handles.ts'
import { sampleWithoutReplacement, shuffle, uniformInteger } from '../../src/random/index.ts'
import { insecureSeeded } from '../../src/testing/index.ts'
import { chiSquared, enumerate, scripted, seededBits } from './support.ts'

/** A source that a test answers for, as a handle. */
const handle = (choices: object) => issueInsecure(choices as BitSource)

const refused = (call: () => unknown, message: string): void => {
  expect(call).toThrow(InvalidParameterError)
  expect(call).toThrow(message)
}

describe('uniformInteger', () => {
  it('stays in its range and reaches both ends', () => {
    const ends = scripted(() => 0)
    const top = scripted(() => 0xffffffff)
    expect(uniformInteger({ below: 6, insecureRandom: ends.random })).toBe(0)
    expect(uniformInteger({ below: 8, insecureRandom: top.random })).toBe(7)
    expect(uniformInteger({ low: -3, high: 4, insecureRandom: ends.random })).toBe(-3)
    expect(uniformInteger({ low: -3, high: 4, insecureRandom: top.random })).toBe(4)
    expect(uniformInteger({ low: -3n, high: 4n, insecureRandom: top.random })).toBe(4n)
    expect(uniformInteger({ below: 8n, insecureRandom: top.random })).toBe(7n)
    expect(uniformInteger({ below: 2 ** 53, insecureRandom: top.random })).toBe(2 ** 53 - 1)
    expect(uniformInteger({ low: 7, high: 7, insecureRandom: ends.random })).toBe(7)
    expect(uniformInteger({ below: 1n })).toBe(0n)
    expect(uniformInteger({ below: 1000 })).toBeLessThan(1000)
  })
  it('covers ranges of more than 2^53 numbers', () => {
    const wide = { low: -Number.MAX_SAFE_INTEGER, high: Number.MAX_SAFE_INTEGER }
    const source = scripted(() => 0).random
    expect(uniformInteger({ ...wide, insecureRandom: source })).toBe(-Number.MAX_SAFE_INTEGER)
    const seeded = insecureSeeded(1)
    const draws = Array.from({ length: 2000 }, () => uniformInteger({ ...wide, insecureRandom: seeded }))
    expect(draws.every(Number.isSafeInteger)).toBe(true)
    // With doubles for offsets, odd results would be rarer.
    expect(Math.abs(draws.filter((x) => x % 2 !== 0).length - 1000)).toBeLessThan(150)
  })
  it('has no bias towards the low end', () => {
    // A remainder of 32 bits would give the lower half of this range twice the probability of the upper one.
    const below = 3 * 2 ** 30
    const source = insecureSeeded(2)
    const counts = new Map<number, number>()
    for (let i = 0; i < 60_000; i++) {
      const bin = Math.floor(uniformInteger({ below, insecureRandom: source }) / 2 ** 28)
      counts.set(bin, (counts.get(bin) ?? 0) + 1)
    }
    expect(counts.size).toBe(12)
    expect(Math.abs(chiSquared(counts, () => 1 / 12, 60_000))).toBeLessThan(4.5)
  })
  it('refuses what is no range', () => {
    refused(() => uniformInteger({ below: 0 }), '"below" must be an integer >= 1, got 0')
    refused(() => uniformInteger({ below: 0n }), '"below" must be a bigint >= 1, got 0n')
    refused(() => uniformInteger({ below: 2 ** 53 + 2 }), '"below" must be an integer of at most')
    refused(() => uniformInteger({ below: 1.5 }), '"below"')
    refused(() => uniformInteger({ low: 2, high: 1 }), '"high" must be an integer >= 2, got 1')
    refused(() => uniformInteger({ low: 2n, high: 1n }), '"high" must be a bigint >= 2')
    refused(() => uniformInteger({ low: 2n, high: 3 } as never), '"high"')
    refused(() => uniformInteger({ below: 3, low: 1 } as never), '"low" must be left out')
    refused(() => uniformInteger({ below: 3, high: 1 } as never), '"high" must be left out')
    refused(() => uniformInteger({} as never), '"low"')
    refused(() => uniformInteger({ bellow: 3 } as never), 'did you mean "below"')
  })
})

describe('shuffle', () => {
  it('gives each of the 24 orders of 4 items exactly 1/24', () => {
    const { masses, unknown } = enumerate(
      (choices) => shuffle(['a', 'b', 'c', 'd'], { insecureRandom: handle(choices) }).join(''),
      0,
    )
    expect(masses.size).toBe(24)
    for (const mass of masses.values()) expect(mass).toBe(1 / 24)
    expect(unknown).toBe(0)
  })
  it('leaves its argument alone', () => {
    const items = Object.freeze([1, 2, 3])
    expect(shuffle(items).sort()).toEqual([1, 2, 3])
    expect(shuffle([])).toEqual([])
    refused(() => shuffle('abc' as never), '"items" must be an array')
    refused(() => shuffle([1], { seed: 1 } as never), '"seed"')
  })
})

describe('sampleWithoutReplacement', () => {
  it('gives each ordered pair out of 5 exactly 1/20', () => {
    const { masses } = enumerate(
      (choices) => sampleWithoutReplacement({ size: 2, population: 5, insecureRandom: handle(choices) }).join(),
      0,
    )
    expect(masses.size).toBe(20)
    for (const mass of masses.values()) expect(mass).toBe(1 / 20)
  })
  it('draws different integers of the range', () => {
    fc.assert(
      fc.property(fc.nat(60), fc.nat(60), fc.nat(), (a, b, seed) => {
        const [size, population] = [Math.min(a, b), Math.max(a, b)]
        const drawn = sampleWithoutReplacement({ size, population, insecureRandom: insecureSeeded(seed) })
        expect(drawn.length).toBe(size)
        expect(new Set(drawn).size).toBe(size)
        expect(drawn.every((x) => Number.isInteger(x) && x >= 0 && x < population)).toBe(true)
      }),
    )
    expect(sampleWithoutReplacement({ size: 3, population: 2 ** 52 }).length).toBe(3)
    refused(() => sampleWithoutReplacement({ size: 3, population: 2 }), '"size" must be an integer in [0, 2]')
  })
  it('agrees with a shuffle that holds the whole population', () => {
    const bits = seededBits(9)
    const all = Array.from({ length: 40 }, (_, i) => i)
    const expected = Array.from({ length: 25 }, (_, i) => {
      const j = i + bits.below(40 - i)
      ;[all[i], all[j]] = [all[j] as number, all[i] as number]
      return all[i]
    })
    expect(sampleWithoutReplacement({ size: 25, population: 40, insecureRandom: insecureSeeded(9) })).toEqual(expected)
  })
})
