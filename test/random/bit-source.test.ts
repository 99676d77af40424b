import { describe, expect, it } from 'vitest'
import { BitSource } from '../../src/random/bit-source.ts'
import { seededBits, words } from './support.ts'

/** Every outcome of a draw that takes its bits from the top of one word, with the words that were rejected. */
const outcomes = (topBits: number, draw: (source: BitSource) => number): Map<number, number> => {
  const found = new Map<number, number>()
  for (let top = 0; top < 1 << topBits; top++) {
    try {
      const value = draw(words(((top << (32 - topBits)) | 0x12345) >>> 0).bits)
      found.set(value, (found.get(value) ?? 0) + 1)
    } catch {
      found.set(-1, (found.get(-1) ?? 0) + 1)
    }
  }
  return found
}

describe('a bit source', () => {
  it('cuts words into bits from the top', () => {
    expect(words(0xdeadbeef).bits.bits(4)).toBe(0xd)
    expect(words(0xdeadbeef).bits.bits(32)).toBe(0xdeadbeef)
    expect(words(0xdeadbeef, 0x12345678).bits.bits(53)).toBe((0xdeadbeef >>> 11) * 2 ** 32 + 0x12345678)
    expect(words(0xdeadbeef, 0x12345678).bits.bits(33)).toBe(2 ** 32 + 0x12345678)
    expect(words().bits.bits(0)).toBe(0)
    expect(words(0xdeadbeef, 0x12345678).bits.bigBits(36)).toBe(0xdeadbeef1n)
    expect(words(0xdeadbeef, 0x12345678).bits.bigBits(64)).toBe(0xdeadbeef12345678n)
    expect(words().bits.bigBits(0)).toBe(0n)
  })
  it('tosses 32 coins a word, from the bottom', () => {
    const { bits, consumed } = words(0b1011, 1)
    expect(Array.from({ length: 32 }, () => bits.coin())).toEqual([1, 1, 0, 1, ...Array(28).fill(0)])
    expect(consumed()).toBe(1)
    expect([bits.coin(), bits.coin()]).toEqual([1, 0])
  })
  it.each([1, 2, 3, 5, 6, 7, 8, 100, 129, 255, 256])('is uniform below %i: each value by as many words', (bound) => {
    const topBits = bound === 1 ? 0 : Math.ceil(Math.log2(bound))
    const draws: ((source: BitSource) => number)[] = [(s) => s.below(bound), (s) => Number(s.bigBelow(BigInt(bound)))]
    for (const draw of draws) {
      const found = outcomes(topBits, draw)
      for (let value = 0; value < bound; value++) expect(found.get(value)).toBe(1)
      expect(found.get(-1) ?? 0).toBe((1 << topBits) - bound)
    }
  })
  it('is uniform below bounds of many bits', () => {
    expect(words(0x80000000, 7).bits.below(2 ** 32)).toBe(0x80000000)
    // 2^32 + 1 takes 33 bits: a leading 1 with anything but 0 behind it is drawn again.
    expect(words(0x80000000, 1, 0x7fffffff, 9).bits.below(2 ** 32 + 1)).toBe(9)
    expect(words(0x80000000, 0).bits.below(2 ** 32 + 1)).toBe(2 ** 32)
    expect(words(0xffffffff, 0xffffffff).bits.below(2 ** 53)).toBe(2 ** 53 - 1)
    expect(words(0xffffffff, 0xffffffff, 0, 5).bits.below(2 ** 53 - 1)).toBe(5)
    const bound = (1n << 100n) + 1n
    expect(words(0x80000000, 0, 0, 0).bits.bigBelow(bound)).toBe(bound - 1n)
  })
  it('wipes every word as it hands it out', () => {
    const block = Uint32Array.of(1, 2, 3, 4)
    const source = new BitSource(() => block)
    source.uint32()
    source.bits(40)
    expect([...block]).toEqual([0, 0, 0, 4])
    source.discard()
    expect([...block]).toEqual([0, 0, 0, 0])
  })
  it('begins a fresh block after a discard, coins too', () => {
    let blocks = 0
    const source = new BitSource(() => Uint32Array.of(++blocks, 0xffff))
    expect(source.coin()).toBe(1)
    source.discard()
    expect(source.uint32()).toBe(2)
    source.discard()
    expect([source.coin(), source.coin()]).toEqual([1, 1])
    expect(blocks).toBe(3)
  })
  it('draws again after a refill that threw, and never from the block before', () => {
    let healthy = true
    const source = new BitSource(() => {
      if (!healthy) throw new Error('dry')
      return Uint32Array.of(42)
    })
    expect(source.uint32()).toBe(42)
    healthy = false
    expect(() => source.uint32()).toThrow('dry')
    expect(() => source.bits(53)).toThrow('dry')
    healthy = true
    expect(source.uint32()).toBe(42)
  })
  it('gives independent pieces: no bit is handed out twice', () => {
    const [a, b] = [seededBits(3), seededBits(3)]
    const stream = Array.from({ length: 8 }, () => a.uint32())
    expect([b.bits(32), b.bits(8), b.coin(), b.coin(), b.uint32()]).toEqual([
      stream[0],
      (stream[1] as number) >>> 24,
      (stream[2] as number) & 1,
      ((stream[2] as number) >>> 1) & 1,
      stream[3],
    ])
  })
})
