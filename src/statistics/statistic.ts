/**
 * What statistics have in common: they are mechanisms whose `release` takes a table.
 *
 * *Promise*: as of every mechanism: options are validated when it is built, event, guarantee and error are known then, no value of the data throws.
 * An interval is for the statistic of the data as bounded: clamped, with what each unit contributes limited. It accounts for the noise, not for
 * who was sampled, and not for what the bounds cut off.
 *
 * @module
 */

import { InvalidParameterError } from '../errors.ts'
import { integer, number, options, orElse } from '../guard.ts'
import type { Guarantee, NoiseError } from '../mechanisms/mechanism.ts'
import type { BitSource } from '../random/bit-source.ts'
import type { Provenance } from '../random/handles.ts'
import { sourceOf } from '../random/source-options.ts'
import { type NoiseEvent, noiseOptionNames } from './noise.ts'
import { openTable, type Reader, readAccessors } from './records.ts'

/** A private number, and an interval that holds the true one with probability `confidence` or more. */
export type Estimate = {
  readonly value: number
  readonly lower: number
  readonly upper: number
  readonly confidence: number
}

/** A mechanism on tables. */
export type Statistic<Release, Asked, Error = NoiseError, Event = NoiseEvent> = {
  /** `'insecure-seeded'` releases protect nobody. */
  readonly provenance: Provenance
  /** For accountants and budgets: what one release is. */
  readonly event: Event
  readonly guarantee: Guarantee
  /** Known in advance, and public. */
  readonly error: (options?: Asked) => Error
  readonly release: Release
}

/** What every statistic may be told. */
export type CommonOptions = {
  /** Of the intervals that come with releases; 0.95 where it is left out. */
  readonly confidence?: number | undefined
  /** The most records of one unit that count; which ones is drawn at random. 1 where it is left out. ("linf" in papers.) */
  readonly recordsPerUnit?: number | undefined
}

/** Of a mean or a variance: the less certain, the fewer records there are. */
export type RecordsErrorOptions = {
  readonly confidence?: number | undefined
  /** How many records count. */
  readonly records?: number | undefined
}

type Accessor = 'value' | 'unit' | 'category'

export type Common = {
  readonly confidence: number
  readonly recordsPerUnit: number
  readonly bits: BitSource
  readonly open: (data: unknown) => Reader
}

/** Largest number of contributions for which whole numbers stay below 2^53. */
export const mostContributions: number = 2 ** 18

/** The options that all share, from those that this one takes; `perUnit` names the ones that make units necessary. */
export function readCommon(
  given: unknown,
  {
    accessors,
    own,
    perUnit = ['recordsPerUnit'],
    privacy = noiseOptionNames,
    confidently = 0.95,
  }: {
    accessors: readonly Accessor[]
    own: readonly string[]
    perUnit?: readonly string[]
    privacy?: readonly string[]
    confidently?: number
  },
): { known: Record<string, unknown>; common: Common } {
  const known = options('options', given, [...privacy, 'confidence', ...perUnit, ...accessors, ...own])
  const confidence = number('confidence', orElse(known['confidence'], confidently), { above: 0, below: 1 })
  const readers = readAccessors(known, accessors)
  const several = perUnit.some((name) => readPerUnit(known, name) > 1)
  const { bits } = sourceOf(known)
  const open = (data: unknown): Reader => openTable(data, readers, several)
  return { known, common: { confidence, recordsPerUnit: readPerUnit(known, 'recordsPerUnit'), bits, open } }
}

/** A bound on contributions; 1 where it is left out. */
export function readPerUnit(known: Record<string, unknown>, name: string): number {
  return integer(name, orElse(known[name], 1), { atLeast: 1, atMost: mostContributions })
}

/** The options of an error that depends on how many records there are. */
export function readRecords(asked: unknown): { records: number; rest: { confidence: number | undefined } } {
  const known = options('options', orElse(asked, {}), ['confidence', 'records'])
  if (known['records'] === undefined) throw new InvalidParameterError('records', 'given: how many records there are', undefined)
  const records = integer('records', known['records'], { atLeast: 1 })
  return { records, rest: { confidence: known['confidence'] as number | undefined } }
}
