/**
 * A stream of uniform bits, handed out in the pieces that samplers want.
 *
 * Each piece is made of bits that were never handed out before, so pieces are independent. A word is wiped in the moment it
 * is handed out: who reads the memory later learns nothing of noise already released.
 *
 * *Promise*: every integer of the stated range is equally likely, by rejection and never by a remainder.
 * *Limits*: internal, arguments are preconditions and not checked. Not for two threads: each thread has a module of its own. Wiped
 * are the words; what a sampler drew last stays in its fields, and where else an engine copies numbers to nobody can say.
 *
 * @module
 */

import { bitLength } from '../numeric/rational.ts'

/** Fills a block anew and returns it, or throws; never called while one of its blocks still holds words. */
export type Refill = () => Uint32Array

const wordSize = 4294967296

/** The stream. A class with plain fields, one shape for every kind of source: samplers stay monomorphic. */
export class BitSource {
  private readonly refill: Refill
  private words: Uint32Array = new Uint32Array(0)
  private next = 0
  private coins = 0
  private coinsLeft = 0

  constructor(refill: Refill) {
    this.refill = refill
  }

  /** Uniform on [0, 2^32). */
  uint32(): number {
    if (this.next === this.words.length) {
      // Until the refill has succeeded the old block stays, used up: after a throw the next call tries again.
      this.words = this.refill()
      this.next = 0
    }
    const at = this.next
    const word = this.words[at] as number
    this.words[at] = 0
    this.next = at + 1
    return word
  }

  /** Fills an array with words. */
  take(into: Uint32Array): void {
    for (let at = 0; at < into.length; ) {
      if (this.next === this.words.length) {
        this.words = this.refill()
        this.next = 0
      }
      const count = Math.min(into.length - at, this.words.length - this.next)
      into.set(this.words.subarray(this.next, this.next + count), at)
      this.words.fill(0, this.next, this.next + count)
      this.next += count
      at += count
    }
  }

  /** One bit. */
  coin(): 0 | 1 {
    if (this.coinsLeft === 0) {
      this.coins = this.uint32()
      this.coinsLeft = 32
    }
    const coin = (this.coins & 1) as 0 | 1
    this.coins >>>= 1
    this.coinsLeft -= 1
    return coin
  }

  /** Uniform on [0, 2^count), 0 <= count <= 53. */
  bits(count: number): number {
    if (count === 0) return 0
    if (count <= 32) return this.uint32() >>> (32 - count)
    const high = this.uint32() >>> (64 - count)
    return high * wordSize + this.uint32()
  }

  /** Uniform on [0, 2^count), count >= 0. */
  bigBits(count: number): bigint {
    let value = 0n
    let left = count
    for (; left >= 32; left -= 32) value = (value << 32n) | BigInt(this.uint32())
    return left === 0 ? value : (value << BigInt(left)) | BigInt(this.uint32() >>> (32 - left))
  }

  /** Uniform on [0, bound), 1 <= bound <= 2^53. */
  below(bound: number): number {
    let count = 0
    if (bound <= wordSize) count = bound === 1 ? 0 : 32 - Math.clz32(bound - 1)
    else for (count = 33; wordSize * (1 << (count - 32)) < bound; ) count += 1
    for (;;) {
      const candidate = this.bits(count)
      if (candidate < bound) return candidate
    }
  }

  /** Uniform on [0, bound), bound >= 1. */
  bigBelow(bound: bigint): bigint {
    const count = bound === 1n ? 0 : bitLength(bound - 1n)
    for (;;) {
      const candidate = this.bigBits(count)
      if (candidate < bound) return candidate
    }
  }

  /** Wipes what is buffered; the next draw begins with a fresh block. */
  discard(): void {
    for (let i = this.next; i < this.words.length; i++) this.words[i] = 0
    this.next = this.words.length
    this.coins = 0
    this.coinsLeft = 0
  }
}
