/**
 * Sources of randomness as their users hold them: frozen handles that say where their bits come from and can't be forged.
 *
 * What makes a handle valid is that this module issued it: it is looked up by identity, not by a field that anyone could
 * write. The two kinds are different types and are asked for under different option names, so that a seeded stream can't
 * end up where privacy depends on it without the word `insecure` standing in the caller's code.
 *
 * *Promise*: a lookalike, a copy, a proxy and a handle of the other kind are all refused.
 * *Limits*: two copies of the package don't know each other's handles; entry points of one build share this module.
 *
 * @module
 */

import type { BitSource } from './bit-source.ts'

/** Where bits come from, as it is told by everything that was made with them. */
export type Provenance = 'secure' | 'insecure-seeded'

declare const brand: unique symbol

/** The operating system's entropy; from `secureRandom()`. */
export type SecureRandom = { readonly provenance: 'secure'; readonly [brand]: 'secure' }

/** A reproducible stream, for tests and simulation only; from `insecureSeeded(seed)` of `indistinct/testing`. */
export type InsecureRandom = { readonly provenance: 'insecure-seeded'; readonly [brand]: 'insecure-seeded' }

const issued: Record<Provenance, WeakMap<object, BitSource>> = { secure: new WeakMap(), 'insecure-seeded': new WeakMap() }

/** Makes a handle for the operating system's entropy. */
export function issueSecure(source: BitSource): SecureRandom {
  const handle = Object.freeze({ provenance: 'secure' }) as SecureRandom
  issued.secure.set(handle, source)
  return handle
}

/** Makes a handle for a stream that anyone who knows the seed can repeat. */
export function issueInsecure(source: BitSource): InsecureRandom {
  const handle = Object.freeze({ provenance: 'insecure-seeded' }) as InsecureRandom
  issued['insecure-seeded'].set(handle, source)
  return handle
}

/** The bits behind a handle, where this module issued it as the kind asked for. */
export function open(handle: unknown, kind: Provenance): BitSource | undefined {
  return typeof handle === 'object' && handle !== null ? issued[kind].get(handle) : undefined
}
