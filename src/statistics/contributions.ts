/**
 * Bounds on what one unit contributes, by a uniformly random choice of what it has.
 *
 *     chooseRecords    of each unit at most k of its numbers, every set of k being equally likely
 *     chooseCells      of each unit at most l0 of its categories, and of each of these at most linf records
 *
 * Records are grouped by unit (a counting sort), and of units that have more than they may the first steps of a shuffle are done. The choice depends on
 * that unit's own records only, so adding or removing a unit leaves the choices of the others alone: coupled in this way, two neighbouring
 * tables differ in one unit's at most k numbers, or l0 categories.
 *
 * *Promise*: uniform choices, exactly, by the operating system's entropy unless a source was given.
 * *Limits*: arrays of the size of the table, and 1e6 records in some 10 ms. The time depends on the data.
 *
 * @module
 */

import type { BitSource } from '../random/bit-source.ts'
import type { Codes } from './keys.ts'

/** Where each unit's records begin in a grouped order; one more entry for the end. Records of no unit, code -1, are at no place. */
function starts(codes: Int32Array, count: number): Int32Array {
  const start = new Int32Array(count + 1)
  for (let i = 0; i < codes.length; i++) {
    const unit = codes[i] as number
    if (unit >= 0) start[unit + 1] = (start[unit + 1] as number) + 1
  }
  for (let unit = 0; unit < count; unit++) start[unit + 1] = (start[unit + 1] as number) + (start[unit] as number)
  return start
}

/** The numbers that count, at most `most` of a unit; NaN is left out. */
export function chooseRecords(values: Float64Array, units: Codes | undefined, most: number, bits: BitSource): Float64Array {
  if (units === undefined) return values
  let { codes } = units
  for (let i = 0; i < codes.length; i++) {
    if (!Number.isNaN(values[i])) continue
    if (codes === units.codes) codes = codes.slice()
    codes[i] = -1
  }
  const start = starts(codes, units.count)
  const grouped = new Float64Array(start[units.count] as number)
  const next = start.slice()
  for (let i = 0; i < codes.length; i++) {
    const unit = codes[i] as number
    if (unit < 0) continue
    const at = next[unit] as number
    grouped[at] = values[i] as number
    next[unit] = at + 1
  }
  let kept = 0
  for (let unit = 0; unit < units.count; unit++) {
    const [from, to] = [start[unit] as number, start[unit + 1] as number]
    const size = to - from
    const keep = Math.min(size, most)
    for (let i = 0; i < keep; i++) {
      const j = size > most ? from + i + bits.below(size - i) : from + i
      const value = grouped[j] as number
      grouped[j] = grouped[from + i] as number
      // What has been chosen moves to the front, into places that were read before.
      grouped[kept++] = value
    }
  }
  return grouped.subarray(0, kept)
}

/** How many records count, at most `most` of a unit. */
export function countRecords(length: number, units: Codes | undefined, most: number): number {
  if (units === undefined) return length
  const start = starts(units.codes, units.count)
  let count = 0
  for (let unit = 0; unit < units.count; unit++) {
    count += Math.min((start[unit + 1] as number) - (start[unit] as number), most)
  }
  return count
}

/** Numbers up to which a unit may touch categories, and have records in each. */
export type CellBounds = { readonly l0: number; readonly linf: number }

/** How many records of each category count. */
export function countCells(categories: Codes, units: Codes | undefined, { l0, linf }: CellBounds, bits: BitSource): Float64Array {
  const counts = new Float64Array(categories.count)
  const cells = categories.codes
  if (units === undefined) {
    for (let i = 0; i < cells.length; i++) {
      const cell = cells[i] as number
      if (cell >= 0) counts[cell] = (counts[cell] as number) + 1
    }
    return counts
  }
  if (linf === 1 && categories.count <= 31) return countOnce(cells, units, categories.count, { l0, bits })
  let { codes } = units
  for (let i = 0; i < codes.length; i++) {
    if ((cells[i] as number) >= 0) continue
    if (codes === units.codes) codes = codes.slice()
    codes[i] = -1
  }
  const start = starts(codes, units.count)
  const total = start[units.count] as number
  // Half the memory to go through where it will do.
  const grouped = categories.count <= 65536 ? new Uint16Array(total) : new Int32Array(total)
  const next = start.slice()
  for (let i = 0; i < codes.length; i++) {
    const unit = codes[i] as number
    if (unit < 0) continue
    const at = next[unit] as number
    grouped[at] = cells[i] as number
    next[unit] = at + 1
  }
  // Of the unit at hand: its categories, without repetition, and how often each occurs.
  const own = new Int32Array(categories.count)
  const times = new Int32Array(categories.count)
  for (let unit = 0; unit < units.count; unit++) {
    const to = start[unit + 1] as number
    let found = 0
    for (let at = start[unit] as number; at < to; at++) {
      const cell = grouped[at] as number
      const before = times[cell] as number
      if (before === 0) own[found++] = cell
      times[cell] = before + 1
    }
    const keep = chooseSome(own, found, l0, bits)
    for (let i = 0; i < found; i++) {
      const cell = own[i] as number
      if (i < keep) counts[cell] = (counts[cell] as number) + Math.min(times[cell] as number, linf)
      times[cell] = 0
    }
  }
  return counts
}

/** Brings a random choice of at most `most` of the first `found` to the front, by the first steps of a shuffle; gives how many. */
function chooseSome(own: Int32Array, found: number, most: number, bits: BitSource): number {
  if (found <= most) return found
  for (let i = 0; i < most; i++) {
    const j = i + bits.below(found - i)
    const chosen = own[j] as number
    own[j] = own[i] as number
    own[i] = chosen
  }
  return most
}

/** The same where a record of a category counts once and there are few categories: what a unit touches is a word of bits, and nothing has to be grouped. */
function countOnce(cells: Int32Array, units: Codes, count: number, { l0, bits }: { l0: number; bits: BitSource }): Float64Array {
  const touched = new Int32Array(units.count)
  for (let i = 0; i < cells.length; i++) {
    const [cell, unit] = [cells[i] as number, units.codes[i] as number]
    if (cell >= 0 && unit >= 0) touched[unit] = (touched[unit] as number) | (1 << cell)
  }
  const counts = new Float64Array(count)
  const own = new Int32Array(count)
  for (let unit = 0; unit < units.count; unit++) {
    let found = 0
    for (let left = touched[unit] as number; left !== 0; left &= left - 1) own[found++] = 31 - Math.clz32(left & -left)
    const keep = chooseSome(own, found, l0, bits)
    for (let i = 0; i < keep; i++) counts[own[i] as number] = (counts[own[i] as number] as number) + 1
  }
  return counts
}
