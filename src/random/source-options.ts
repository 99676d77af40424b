/**
 * The two options by which every sampler is told its source: `random` for real noise, `insecureRandom` for tests.
 *
 * *Promise*: without either the operating system's entropy is used; a seeded stream is taken under `insecureRandom` only.
 *
 * @module
 */

import { InvalidParameterError } from '../errors.ts'
import type { BitSource } from './bit-source.ts'
import { type InsecureRandom, open, type Provenance, type SecureRandom } from './handles.ts'
import { secureRandom } from './secure-random.ts'

/** Where the bits come from; at most one of the two. */
export type SourceOptions = {
  /** The default: `secureRandom()`. */
  readonly random?: SecureRandom | undefined
  /** A seeded stream from `indistinct/testing`: what is released with it is not private. */
  readonly insecureRandom?: InsecureRandom | undefined
}

/** The names of these options, for `guard.options`. */
export const sourceOptionNames: readonly ['random', 'insecureRandom'] = ['random', 'insecureRandom']

/** The bits to draw from, and what to say about them. */
export type Source = { readonly bits: BitSource; readonly provenance: Provenance }

/** Resolves the two options of an options object whose field names were already checked. */
export function sourceOf(options: { readonly random?: unknown; readonly insecureRandom?: unknown }): Source {
  const { random, insecureRandom } = options
  if (insecureRandom === undefined) {
    const bits = open(random === undefined ? secureRandom() : random, 'secure')
    if (bits !== undefined) return { bits, provenance: 'secure' }
    const seeded = open(random, 'insecure-seeded') !== undefined
    throw new InvalidParameterError(
      'random',
      seeded ? 'a source from secureRandom(); a seeded one goes under "insecureRandom"' : 'a source from secureRandom()',
      random,
    )
  }
  if (random !== undefined) throw new InvalidParameterError('insecureRandom', 'left out where "random" is given', insecureRandom)
  const bits = open(insecureRandom, 'insecure-seeded')
  if (bits !== undefined) return { bits, provenance: 'insecure-seeded' }
  throw new InvalidParameterError('insecureRandom', "a source from insecureSeeded() of 'indistinct/testing'", insecureRandom)
}
