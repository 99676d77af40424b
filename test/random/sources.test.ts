import { describe, expect, it } from 'vitest'
import { InvalidParameterError } from '../../src/errors.ts'
import { open } from '../../src/random/handles.ts'
import * as random from '../../src/random/index.ts'
import { secureRandom } from '../../src/random/index.ts'
import { insecureSeeded } from '../../src/testing/index.ts'
import vectors from '../vectors/random-reference.json' with { type: 'json' }
import { seededBits } from './support.ts'

const refused = (call: () => unknown, message: string): void => {
  expect(call).toThrow(InvalidParameterError)
  expect(call).toThrow(message)
}

describe('a seeded stream', () => {
  it.each(vectors.words)('of seed $seed is that of numpy', ({ seed, words }) => {
    const stream = seededBits(BigInt(seed))
    expect(words.map(() => stream.uint32())).toEqual(words)
  })
  it('stays so past its own blocks', () => {
    const { seed, skip, words } = vectors.later
    const stream = seededBits(BigInt(seed))
    for (let i = 0; i < skip; i++) stream.uint32()
    expect(words.map(() => stream.uint32())).toEqual(words)
  })
  it('is the same for the same seed, however it is written', () => {
    const first = (seed: Parameters<typeof insecureSeeded>[0]): number => seededBits(seed).uint32()
    expect([5n, [5], Uint32Array.of(5), [5, 0, 0]].map(first)).toEqual(Array(4).fill(first(5)))
    expect(first(2 ** 32 + 7)).toBe(first([7, 1]))
    expect(first(0)).toBe(first([0]))
    expect(new Set([0, 1, 2, 2 ** 32, 2 ** 53 - 1].map(first)).size).toBe(5)
    expect(first(Array(624).fill(1))).toBe(first((2n ** 19968n - 1n) / (2n ** 32n - 1n)))
  })
  it.each([
    -1,
    1.5,
    Number.NaN,
    2 ** 53,
    -1n,
    2n ** 19968n,
    [],
    [-1],
    [2 ** 32],
    ['1'],
    Array(625).fill(1),
    '1',
    null,
    undefined,
    {},
  ])('refuses the seed %s', (seed) => {
    refused(() => insecureSeeded(seed as number), '"seed" must be a non-negative integer')
  })
})

describe('a source option', () => {
  const draw = (options: object): string => random.discreteLaplaceSampler({ scale: 1, ...options }).provenance

  it('says where the bits come from', () => {
    expect(draw({})).toBe('secure')
    expect(draw({ random: undefined, insecureRandom: undefined })).toBe('secure')
    expect(draw({ random: secureRandom() })).toBe('secure')
    expect(draw({ insecureRandom: insecureSeeded(1) })).toBe('insecure-seeded')
  })
  it('takes each kind under its own name only', () => {
    refused(() => draw({ random: insecureSeeded(1) }), '"random" must be a source from secureRandom(); a seeded one goes under')
    refused(() => draw({ insecureRandom: secureRandom() }), '"insecureRandom" must be a source from insecureSeeded()')
    refused(() => draw({ random: secureRandom(), insecureRandom: insecureSeeded(1) }), '"insecureRandom" must be left out')
    refused(() => draw({ seed: 1 }), '"seed" must be left out')
  })
  it('takes no lookalike, copy or proxy', () => {
    const genuine = secureRandom()
    for (const forged of [
      { provenance: 'secure' },
      { ...genuine },
      Object.create(genuine),
      new Proxy(genuine, {}),
      null,
      1,
      Math.random,
    ]) {
      refused(() => draw({ random: forged }), '"random" must be a source from secureRandom()')
      refused(() => draw({ insecureRandom: forged }), '"insecureRandom" must be a source from insecureSeeded()')
    }
    expect(open(genuine, 'insecure-seeded')).toBeUndefined()
  })
  it('is told apart by the compiler too', () => {
    // @ts-expect-error a seeded source is not a secure one
    expect(() => random.bernoulli({ probability: 0.5, random: insecureSeeded(1) })).toThrow()
    // @ts-expect-error nor the other way round
    expect(() => random.bernoulli({ probability: 0.5, insecureRandom: secureRandom() })).toThrow()
  })
})
