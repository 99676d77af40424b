/**
 * What every mechanism is: its event, its guarantee and its error, known before it has seen any data, and then `release`.
 *
 * *Promise*: mechanisms are frozen. Building one validates and may throw; `release` throws on no value of the data, only on a type that
 * it does not take, because an exception that depends on the data would reveal it.
 * *Limits*: a guarantee is relative to the sensitivity that was stated, and that is the caller's to state truly.
 *
 * @module
 */

import { InvalidParameterError } from '../errors.ts'
import { number, options, orElse } from '../guard.ts'
import type { Provenance } from '../random/handles.ts'

/** What is promised of one release, for two data sets that differ as the sensitivity says. What is not stated was not asked for. */
export type Guarantee = {
  readonly epsilon?: number
  readonly delta?: number
  /** Zero-concentrated privacy. */
  readonly rho?: number
}

/** How far a release may be from the truth, of each coordinate. */
export type NoiseError = {
  readonly confidence: number
  readonly stddev: number
  /** The release is within this of the truth with probability `confidence` or more. */
  readonly halfWidth: number
}

export type ErrorOptions = { readonly confidence?: number | undefined }

/** Noise of a stated law on what was measured. */
export type Mechanism<Event, Release> = {
  /** `'insecure-seeded'` releases protect nobody. */
  readonly provenance: Provenance
  /** For accountants and budgets: what one release is. */
  readonly event: Event
  readonly guarantee: Guarantee
  /** Known in advance, and public. `confidence` is 0.95 where it is left out. */
  readonly error: (options?: ErrorOptions) => NoiseError
  readonly release: Release
}

/** The risk 1 - confidence of an error that is asked for. */
export function readConfidence(given: unknown): { confidence: number; risk: number } {
  const known = options('options', orElse(given, {}), ['confidence'])
  const confidence = number('confidence', orElse(known['confidence'], 0.95), { above: 0, below: 1 })
  return { confidence, risk: 1 - confidence }
}

/** The one of several options that was given, where exactly one must be. */
export function oneOfOptions<const Name extends string>(known: Record<string, unknown>, names: readonly Name[]): Name {
  const given = names.filter((name) => known[name] !== undefined)
  const [first, second] = given
  if (first === undefined) {
    const rest = names.slice(1).map((name) => `"${name}"`)
    throw new InvalidParameterError(names[0] as string, `given, or else ${rest.join(' or ')}`, undefined)
  }
  if (second !== undefined) throw new InvalidParameterError(second, `left out where "${first}" is given`, known[second])
  return first
}

/** A noise and a claim that doubles can hold, or `parameter` is refused. */
export function demandDoubles(parameter: string, given: unknown, noise: number, claim: number): void {
  if (noise > 0 && noise <= Number.MAX_VALUE && claim <= Number.MAX_VALUE) return
  throw new InvalidParameterError(parameter, 'such that noise and privacy are positive doubles', given)
}
