/**
 * A reproducible stream of bits for tests and simulations: the Mersenne Twister MT19937, seeded by array.
 *
 * Matsumoto and Nishimura 1998, with their `init_by_array` of 2002; the generator is that of the stdlib project.
 *
 * *Promise*: the same seed gives the same stream, in this version and every later one, on every engine.
 * *Limits*: whoever knows the seed, or sees 624 words, knows all the noise: nothing released with it is private. It is a
 * different type from a secure source, goes under a different option name, and what was made with it says so.
 *
 * @module
 */

import mt19937 from '@stdlib/random-base-mt19937'
import { InvalidParameterError } from '../errors.ts'
import { BitSource } from '../random/bit-source.ts'
import { type InsecureRandom, issueInsecure } from '../random/handles.ts'

/** A non-negative integer, or its base 2^32 digits with the lowest first. */
export type Seed = number | bigint | readonly number[] | Uint32Array

const wordsPerBlock = 624
const mostWords = 624

/** A stream that the seed determines. 5, 5n and [5] are the same seed. */
export function insecureSeeded(seed: Seed): InsecureRandom {
  const words = digits(seed)
  // The generator takes a single digit for another kind of seed than an array, and refuses 0: one more digit avoids both.
  while (words.length < 2) words.push(0)
  const generate = mt19937.factory({ seed: Uint32Array.from(words) })
  const block = new Uint32Array(wordsPerBlock)
  const refill = (): Uint32Array => {
    for (let i = 0; i < block.length; i++) block[i] = generate()
    return block
  }
  return issueInsecure(new BitSource(refill))
}

const requirement = `a non-negative integer or an array of at most ${mostWords} integers in [0, 2^32)`

function digits(seed: unknown): number[] {
  if (Array.isArray(seed) || seed instanceof Uint32Array) {
    const words = Array.from(seed as ArrayLike<unknown>, (word) => {
      if (typeof word === 'number' && Number.isInteger(word) && word >= 0 && word < 4294967296) return word
      throw new InvalidParameterError('seed', requirement, word)
    })
    while (words.length > 1 && words[words.length - 1] === 0) words.pop()
    if (words.length > 0 && words.length <= mostWords) return words
  } else if (typeof seed === 'bigint' || Number.isSafeInteger(seed)) {
    const words: number[] = []
    let rest = BigInt(seed as number | bigint)
    if (rest >= 0n && rest < 1n << 19968n) {
      do {
        words.push(Number(rest & 0xffffffffn))
        rest >>= 32n
      } while (rest > 0n)
      return words
    }
  }
  throw new InvalidParameterError('seed', requirement, seed)
}
