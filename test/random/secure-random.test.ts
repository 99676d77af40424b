import { afterEach, describe, expect, it, vi } from 'vitest'
import { EntropyError } from '../../src/errors.ts'
import type { BitSource } from '../../src/random/bit-source.ts'

type Fill = (words: Uint32Array) => unknown

/** A fresh copy of the entropy module, loaded while `crypto` is this. */
async function load(crypto: unknown) {
  vi.resetModules()
  vi.stubGlobal('crypto', crypto)
  const secure = await import('../../src/random/secure-random.ts')
  const { open } = await import('../../src/random/handles.ts')
  return { ...secure, bits: () => open(secure.secureRandom(), 'secure') as BitSource }
}
const { crypto } = globalThis
const honest: Fill = (words) => crypto.getRandomValues(words)
const withFill = (fill: Fill) => load({ getRandomValues: fill })

afterEach(() => {
  vi.unstubAllGlobals()
  vi.resetModules()
})

describe('the entropy of the operating system', () => {
  it('is there, is not asked for at import, and is asked for by the block', async () => {
    const fill = vi.fn(honest)
    const { bits, secureRandom } = await withFill(fill)
    const source = bits()
    expect(secureRandom()).toEqual({ provenance: 'secure' })
    expect(Object.isFrozen(secureRandom())).toBe(true)
    expect(fill).not.toHaveBeenCalled()
    const drawn = new Set(Array.from({ length: 4092 }, () => source.uint32()))
    expect(fill).toHaveBeenCalledTimes(1)
    expect(fill.mock.calls[0]?.[0].byteLength).toBe(16384)
    source.uint32()
    expect(fill).toHaveBeenCalledTimes(2)
    expect(drawn.size).toBeGreaterThan(4080)
  })
  it('is captured at load: later patches of the global and the prototype change nothing', async () => {
    const { bits } = await load(crypto)
    vi.stubGlobal('crypto', { getRandomValues: () => expect.unreachable() })
    const spy = vi.spyOn(Object.getPrototypeOf(crypto), 'getRandomValues').mockImplementation(() => expect.unreachable())
    expect(new Set(Array.from({ length: 10 }, () => bits().uint32())).size).toBe(10)
    spy.mockRestore()
  })
  it.each([
    ['no crypto', undefined],
    ['an empty one', {}],
    ['a null', null],
  ])('fails closed with %s', async (_, stub) => {
    const { secureRandom } = await load(stub)
    expect(() => secureRandom()).toThrow(EntropyError)
    const { discreteLaplaceSampler } = await import('../../src/random/index.ts')
    expect(() => discreteLaplaceSampler({ scale: 1 })).toThrow(EntropyError)
  })
  it('fails closed where the global itself throws', async () => {
    vi.resetModules()
    const descriptor = Object.getOwnPropertyDescriptor(globalThis, 'crypto') as PropertyDescriptor
    Object.defineProperty(globalThis, 'crypto', {
      configurable: true,
      get: () => {
        throw new Error('hidden')
      },
    })
    try {
      const { secureRandom } = await import('../../src/random/secure-random.ts')
      expect(() => secureRandom()).toThrow(EntropyError)
    } finally {
      Object.defineProperty(globalThis, 'crypto', descriptor)
    }
  })
  it('passes on why it failed, and tries again', async () => {
    let broken = true
    const { bits } = await withFill((words) => {
      honest(words)
      if (broken) throw new Error('quota')
    })
    const source = bits()
    const caught = (() => {
      try {
        return source.uint32()
      } catch (error) {
        return error
      }
    })()
    expect(caught).toBeInstanceOf(EntropyError)
    expect((caught as EntropyError).cause).toEqual(new Error('quota'))
    broken = false
    expect(source.uint32()).not.toBe(source.uint32())
  })
  const stubs: Record<string, Fill> = {
    'fills nothing': () => {},
    'returns another array instead': (words) => crypto.getRandomValues(new Uint32Array(words.length)),
    'fills the first kilobyte': (words) => honest(words.subarray(0, 256)),
    'fills all but the last 128 bytes': (words) => honest(words.subarray(0, 4064)),
    'repeats a constant': (words) => words.fill(4),
    'writes bytes where words are asked for': (words) => words.set(crypto.getRandomValues(new Uint8Array(words.length))),
    'sets the top bit always': (words) => {
      honest(words)
      for (let i = 0; i < words.length; i++) words[i] = (words[i] as number) | 0x80000000
    },
  }
  it.each(Object.keys(stubs))('refuses a stub that %s', async (name) => {
    const { bits } = await withFill(stubs[name] as Fill)
    const source = bits()
    expect(() => source.uint32()).toThrow(EntropyError)
    expect(() => source.uint32()).toThrow(EntropyError)
  })
  it('refuses a stub that repeats its block', async () => {
    const frozen = crypto.getRandomValues(new Uint32Array(4096))
    const { bits, discardEntropy } = await withFill((words) => words.set(frozen))
    const source = bits()
    source.uint32()
    discardEntropy()
    expect(() => source.uint32()).toThrow(EntropyError)
  })
  it('wipes a block that it refuses', async () => {
    let block: Uint32Array | undefined
    const { bits } = await withFill((words) => {
      block = words
      words.fill(77)
    })
    expect(() => bits().uint32()).toThrow(EntropyError)
    expect(block?.every((word) => word === 0)).toBe(true)
  })
  it('drops and wipes what is buffered on request', async () => {
    let block: Uint32Array = new Uint32Array()
    const fill = vi.fn((words: Uint32Array) => {
      block = words
      honest(words)
    })
    const { bits, discardEntropy } = await withFill(fill)
    discardEntropy()
    bits().uint32()
    discardEntropy()
    // All but the tag, which is never handed out.
    expect(block.subarray(4).every((word) => word === 0)).toBe(true)
    bits().uint32()
    expect(fill).toHaveBeenCalledTimes(2)
  })
})
