/**
 * Strip tables that were built before, by what they were built from.
 *
 * Parameters are public, so a table that is there already tells nobody anything. Mechanisms are built and thrown away far
 * more often than their parameters change.
 *
 * *Promise*: a table out of the cache is the table that would be built. The least recently used goes when there are too many.
 * *Limits*: at most 32 tables, some 10 KB each.
 *
 * @module
 */

import type { Law } from './law.ts'
import { buildStripTable, type StripTable } from './strip-table.ts'

const most = 32
const tables = new Map<string, StripTable>()

/** `buildStripTable`, remembered. */
export function stripTable(law: Law, lastPoint: number, uniformBits: number): StripTable {
  const { numerator, denominator } = law.rate
  const key = `${law.degree} ${numerator.toString(36)}/${denominator.toString(36)} ${lastPoint} ${uniformBits}`
  const table = tables.get(key) ?? buildStripTable(law, lastPoint, uniformBits)
  // Deleted and set again: a Map remembers the order of insertion, which makes it the order of use.
  tables.delete(key)
  tables.set(key, table)
  if (tables.size > most) tables.delete(tables.keys().next().value as string)
  return table
}
