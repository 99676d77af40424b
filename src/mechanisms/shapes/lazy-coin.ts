/**
 * A coin whose probability is known by enclosures only, as narrow as one likes: thrown exactly all the same.
 *
 * A uniform number is drawn digit by digit until it is outside of the enclosure at hand; the first word decides but once in 2^31 throws.
 *
 * *Promise*: heads with exactly the enclosed probability. It must not be a dyadic rational that no enclosure ever excludes; 0 and 1 are none such here, as they are
 * decided by the first word.
 *
 * @module
 */

import type { BitSource } from '../../random/bit-source.ts'
import type { Enclosure } from '../../random/exp-enclosure.ts'

/** A coin with probability in [lower, upper] / 2^precision for every precision. */
export function lazyCoin(bits: BitSource, enclose: (precision: number) => Enclosure): () => boolean {
  const [low, high] = enclose(64)
  const heads = Number(low >> 32n)
  const tails = Number((high + 0xffffffffn) >> 32n)
  return () => {
    const word = bits.uint32()
    if (word < heads) return true
    if (word >= tails) return false
    let uniform = BigInt(word)
    for (let drawn = 32; ; drawn += 64) {
      const [lower, upper] = enclose(drawn + 16)
      if ((uniform + 1n) << 16n <= lower) return true
      if (uniform << 16n >= upper) return false
      uniform = (uniform << 64n) | bits.bigBits(64)
    }
  }
}
