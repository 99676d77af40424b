/**
 * The shapes that a table may have, and what counts of it.
 *
 *     [34, 71, 8]  or a typed array                        each element is one record
 *     [{ age: 34, id: 'a' }, ...]                          rows, read by the functions `value`, `unit` and `category` of the options
 *     { values, units, categories }                        columns of one length, arrays or typed arrays: the fast way
 *
 * *The rule* for what is missing, the same everywhere: a record whose value is no number, or whose unit or category is no string, number, bigint or boolean
 * (null, undefined, NaN, an object), is **left out**, as if it were not there; so is a row on which a function throws. A number beyond the bounds
 * counts as the bound, an infinite one too. This is decided record by record, so it does not change what one unit can do.
 *
 * *Promise*: only the shape throws (no array, columns of different lengths, no units where a statistic was told of them), never a value in it.
 * *Limits*: a bigint counts as the nearest double; strings are not parsed.
 *
 * @module
 */

import { InvalidParameterError } from '../errors.ts'
import { isPlainObject, options } from '../guard.ts'
import { type Codes, elementOf, encode, encodeUnits, type Key } from './keys.ts'

export type NumberColumn =
  | readonly number[]
  | Float64Array
  | Float32Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray

export type KeyColumn = NumberColumn | BigInt64Array | BigUint64Array | readonly Key[]

/** A table by its columns: record i has the values[i], units[i] and categories[i]. */
export type Columns = {
  readonly values?: NumberColumn | KeyColumn | undefined
  readonly units?: KeyColumn | undefined
  readonly categories?: KeyColumn | undefined
}

/** What a statistic is released of. */
export type Table<Row = unknown> = NumberColumn | KeyColumn | readonly Row[] | Columns

/** How rows are read. */
export type UnitAccessor<Row> = {
  /** The one whose privacy is kept, such as a user's id. Without it (and without a column of units) each record is a unit of its own. */
  readonly unit?: ((row: Row) => Key | null | undefined) | undefined
}
export type ValueAccessor<Row> = {
  /** The number that a row has; the element itself where it is left out. */
  readonly value?: ((row: Row) => number | null | undefined) | undefined
}
export type CategoryAccessor<Row> = {
  /** The category that a row is in; the element itself where it is left out. */
  readonly category?: ((row: Row) => Key | null | undefined) | undefined
}

type Accessor = (row: unknown) => unknown
type Column = 'value' | 'unit' | 'category'
const columnOf = { value: 'values', unit: 'units', category: 'categories' } as const

/** Reads the accessors of an options object whose names were checked. */
export function readAccessors(known: Record<string, unknown>, names: readonly Column[]): Partial<Record<Column, Accessor>> {
  const accessors: Partial<Record<Column, Accessor>> = {}
  for (const name of names) {
    const given = known[name]
    if (given === undefined) continue
    if (typeof given !== 'function') throw new InvalidParameterError(name, 'a function of a row', given)
    accessors[name] = given as Accessor
  }
  return accessors
}

/** A table whose columns can be asked for, all of one length. */
export type Reader = {
  readonly length: number
  /** NaN where there is no number. */
  readonly numbers: () => Float64Array
  /** Nothing where each record is its own unit. */
  readonly units: () => Codes | undefined
  readonly keys: (of: 'value' | 'category') => Codes
}

type ArrayLikeData = readonly unknown[] | Exclude<KeyColumn, readonly unknown[]>

/** Opens a table; `unitsNeeded` where a unit may have several records and must therefore be known. */
export function openTable(data: unknown, accessors: Partial<Record<Column, Accessor>>, unitsNeeded: boolean): Reader {
  const columns = isColumns(data) ? data : undefined
  if (columns !== undefined) options('data', columns, ['values', 'units', 'categories'])
  const rows = columns === undefined ? arrayOf('data', data) : undefined
  const present = columns === undefined ? [] : Object.entries(columns).filter(([, column]) => column !== undefined)
  const arrays = present.map(([name, column]) => [name, arrayOf(`data.${name}`, column)] as const)
  const length = rows?.length ?? arrays[0]?.[1].length ?? 0
  if (columns !== undefined && arrays.length === 0) {
    throw new InvalidParameterError('data', 'an array, or columns such as { values, units }', 'no columns')
  }
  if (arrays.some(([, column]) => column.length !== length)) {
    throw new InvalidParameterError('data', 'columns of one length', 'different lengths')
  }
  const column = (name: Column): ArrayLikeData | undefined => {
    if (rows === undefined) return arrays.find(([key]) => key === columnOf[name])?.[1]
    const accessor = accessors[name]
    if (accessor !== undefined) return mapRows(rows, accessor)
    return name === 'unit' ? undefined : rows
  }
  const demanded = (name: 'value' | 'category'): ArrayLikeData => {
    const found = column(name)
    if (found === undefined) throw new InvalidParameterError('data', `with a column "${columnOf[name]}"`, 'none')
    return found
  }
  return {
    length,
    numbers: () => numbersOf(demanded('value')),
    units: () => {
      const found = column('unit')
      if (found !== undefined) return encodeUnits(found)
      if (!unitsNeeded) return undefined
      const how = 'with units, by the option "unit" or a column "units", where a unit may have several records'
      throw new InvalidParameterError('data', how, 'none')
    },
    keys: (of) => encode(demanded(of)),
  }
}

const isColumns = (data: unknown): data is Record<string, unknown> => !Array.isArray(data) && isPlainObject(data)

function arrayOf(name: string, value: unknown): ArrayLikeData {
  if (Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))) return value as ArrayLikeData
  // Not the value itself: it is data.
  throw new InvalidParameterError(name, 'an array or a typed array', typeof value)
}

/** What a function says of each row; nothing where it throws. */
function mapRows(rows: ArrayLikeData, accessor: Accessor): unknown[] {
  const read = (i: number): unknown => {
    try {
      return accessor(rows[i])
    } catch {
      return undefined
    }
  }
  return Array.from({ length: rows.length }, (_, i) => read(i))
}

function numbersOf(column: ArrayLikeData): Float64Array {
  if (column instanceof Float64Array) return column
  if (column instanceof BigInt64Array || column instanceof BigUint64Array) return Float64Array.from(column, Number)
  if (!Array.isArray(column)) return new Float64Array(column as Float32Array)
  const numbers = new Float64Array(column.length)
  for (let i = 0; i < numbers.length; i++) {
    const value: unknown = elementOf(column, i)
    numbers[i] = typeof value === 'number' ? value : typeof value === 'bigint' ? Number(value) : Number.NaN
  }
  return numbers
}
