/**
 * What a ledger says, one entry a line.
 *
 *     ledger    the limit, the relation and (where one was declared) the schedule: entry 0, and no other
 *     spend     an event that the caller releases
 *     debit     an event whose release follows
 *     release   what was released for a debit that has a key
 *
 * A debit holds its exact cost: what was decided stays decided, in the same bits, whatever engine or version reads it.
 *
 * *Promise*: what is no entry is a SchemaError that names its line (entry n is line n + 1).
 *
 * @module
 */

import type { Cost } from '../accounting/filters/costs.ts'
import { SchemaError } from '../errors.ts'
import { isPlainObject } from '../guard.ts'
import type { Provenance } from '../random/handles.ts'
import { fractionText, readFraction } from './fraction.ts'

/** What the ledger is for. */
export type HeaderEntry = {
  readonly type: 'ledger'
  readonly format: 1
  readonly at: string
  readonly limit: Readonly<Record<string, number>>
  readonly relation: string
  readonly schedule?: readonly unknown[]
}

export type CostText = readonly [string, string]

export type DebitEntry = {
  readonly type: 'spend' | 'debit'
  readonly at: string
  readonly label: string
  readonly key?: string
  readonly event: unknown
  /** Both sums of the filter: what is spent, and the probability that this is not all. */
  readonly cost: CostText
  /** The same of all so far, this included. */
  readonly total: CostText
  /** Of a debit: where its noise comes from. */
  readonly provenance?: Provenance
}

export type ReleaseEntry = {
  readonly type: 'release'
  readonly at: string
  readonly key: string
  /** The number of the debit. */
  readonly of: number
  /** As value-text.ts has it. */
  readonly value: unknown
}

export type Entry = HeaderEntry | DebitEntry | ReleaseEntry

/** The format that this version writes. */
export const format = 1

export function corrupt(entry: number, why: string): SchemaError {
  const line = entry + 1
  return new SchemaError('the ledger', [{ path: `line ${line}`, message: `line ${line}: ${why}` }])
}

/** An entry from its text. */
export function readEntry(text: string, at: number): Entry {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw corrupt(at, 'it is not JSON')
  }
  if (!isPlainObject(value)) throw corrupt(at, 'it is not an entry')
  const fault = faultOf(value, at)
  if (fault !== undefined) throw corrupt(at, fault)
  return value as Entry
}

function faultOf(entry: Record<string, unknown>, at: number): string | undefined {
  const type = entry['type']
  if ((type === 'ledger') !== (at === 0)) {
    return at === 0 ? 'it is not the first line of a ledger' : 'a ledger has one first line only'
  }
  if (typeof entry['at'] !== 'string') return 'it has no time'
  switch (type) {
    case 'ledger':
      if (entry['format'] !== format) return `it is of format ${String(entry['format'])}, and this version reads format ${format}`
      if (!isPlainObject(entry['limit'])) return 'it states no limit'
      if (typeof entry['relation'] !== 'string') return 'it states no relation'
      if (entry['schedule'] !== undefined && !Array.isArray(entry['schedule'])) return 'its schedule is not a list'
      return undefined
    case 'spend':
    case 'debit':
      if (typeof entry['label'] !== 'string') return 'it has no label'
      if (entry['key'] !== undefined && typeof entry['key'] !== 'string') return 'its key is not a text'
      if (!isPlainObject(entry['event'])) return 'it has no event'
      if (costIn(entry['cost']) === undefined || costIn(entry['total']) === undefined) return 'it has no cost'
      return undefined
    case 'release':
      if (typeof entry['key'] !== 'string') return 'it has no key'
      if (!Number.isSafeInteger(entry['of'])) return 'it does not say what it releases'
      if (entry['value'] === undefined) return 'it has no value'
      return undefined
    default:
      return 'it is of no known type'
  }
}

/** The exact cost that a debit holds. */
export function costIn(cost: unknown): Cost | undefined {
  if (!Array.isArray(cost) || cost.length !== 2) return undefined
  const [spent, failure] = [readFraction(cost[0]), readFraction(cost[1])]
  return spent === undefined || failure === undefined ? undefined : { spent, failure }
}

export const costText = ({ spent, failure }: Cost): CostText => [fractionText(spent), fractionText(failure)]
