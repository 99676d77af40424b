/**
 * Units and categories as small whole numbers: 0, 1, 2, ... in the order in which they first occur, -1 for what is none.
 *
 * Whole numbers that lie close together are looked up in an array, other numbers in a hash table with open addresses, anything else in a Map.
 *
 * *Promise*: two records get the same code if and only if their keys are the same (SameValueZero: -0 is 0).
 * *Limits*: objects are no keys: two of them with the same content would pass for two units. The time tells how the keys lie, and the order of codes how
 * the records do: neither must be released.
 *
 * @module
 */

/** What names a unit or a category. 1, 1n, '1' and true are four different ones. */
export type Key = string | number | bigint | boolean

/** One code a record, -1 for none. */
export type Codes = {
  readonly codes: Int32Array
  /** How many different keys there are, or could be. */
  readonly count: number
  /** The key of a code. */
  readonly keyOf: (code: number) => Key
}

/** The codes of a column, an array or a typed array. */
export function encode(column: ArrayLike<unknown>): Codes {
  if (column instanceof BigInt64Array || column instanceof BigUint64Array) return ofAnything(column)
  // One type for the loops to come: a compiler knows what to do.
  if (!Array.isArray(column)) return ofNumbers(column instanceof Float64Array ? column : new Float64Array(column as Float32Array))
  const numbers = new Float64Array(column.length)
  for (let i = 0; i < numbers.length; i++) {
    const key = elementOf(column, i)
    if (typeof key !== 'number') return ofAnything(column)
    numbers[i] = key
  }
  return ofNumbers(numbers)
}

/** The codes of units. Whole numbers that lie close together are their own codes, less the least of them: units that do not occur have no records. */
export function encodeUnits(column: ArrayLike<unknown>): Codes {
  const whole =
    column instanceof Int32Array || column instanceof Int16Array || column instanceof Uint16Array || column instanceof Uint8Array
  if (!whole || column.length === 0) return encode(column)
  let [least, most] = [column[0] as number, column[0] as number]
  for (let i = 1; i < column.length; i++) {
    const key = column[i] as number
    if (key < least) least = key
    else if (key > most) most = key
  }
  const count = most - least + 1
  if (count > 4 * column.length + 1024) return encode(column)
  const asTheyAre = column instanceof Int32Array && least === 0
  const codes = asTheyAre ? column : Int32Array.from(column)
  if (least !== 0) for (let i = 0; i < codes.length; i++) codes[i] = (codes[i] as number) - least
  return { codes, count, keyOf: (code) => least + code }
}

/** An element of an array, nothing where even that throws. */
export function elementOf(column: ArrayLike<unknown>, i: number): unknown {
  try {
    return column[i]
  } catch {
    return undefined
  }
}

function ofNumbers(column: Float64Array): Codes {
  let [least, most, whole] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, true]
  for (let i = 0; i < column.length; i++) {
    const key = column[i] as number
    if (key < least) least = key
    if (key > most) most = key
    if (Math.floor(key) !== key) whole = false
  }
  if (whole && most - least < 4 * column.length + 1024) return ofRange(column, least, most)
  return ofHashes(column)
}

function ofRange(column: Float64Array, least: number, most: number): Codes {
  const codeOf = new Int32Array(column.length === 0 ? 0 : most - least + 1).fill(-1)
  const codes = new Int32Array(column.length)
  const keys = new Float64Array(codeOf.length)
  let count = 0
  for (let i = 0; i < codes.length; i++) {
    const at = (column[i] as number) - least
    let code = codeOf[at] as number
    if (code < 0) {
      keys[count] = least + at
      code = count++
      codeOf[at] = code
    }
    codes[i] = code
  }
  return { codes, count, keyOf: (code) => keys[code] as number }
}

const float = new Float64Array(1)
const halves = new Uint32Array(float.buffer)

function ofHashes(column: Float64Array): Codes {
  const codes = new Int32Array(column.length)
  // Never more than half full.
  let bits = 10
  let table = new Int32Array(1 << bits).fill(-1)
  let keys = new Float64Array(1 << (bits - 1))
  let count = 0
  const place = (key: number): number => {
    float[0] = key
    let hash = Math.imul((halves[0] as number) ^ Math.imul(halves[1] as number, 0x85ebca6b), 0x9e3779b1)
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
    let at = hash >>> (32 - bits)
    for (;;) {
      const code = table[at] as number
      if (code < 0 || keys[code] === key) return at
      at = (at + 1) & (table.length - 1)
    }
  }
  for (let i = 0; i < codes.length; i++) {
    const key = (column[i] as number) + 0
    if (Number.isNaN(key)) {
      codes[i] = -1
      continue
    }
    let at = place(key)
    let code = table[at] as number
    if (code < 0) {
      if (count === keys.length) {
        bits += 1
        table = new Int32Array(1 << bits).fill(-1)
        const more = new Float64Array(1 << (bits - 1))
        more.set(keys)
        keys = more
        for (let old = 0; old < count; old++) table[place(keys[old] as number)] = old
        at = place(key)
      }
      keys[count] = key
      code = count++
      table[at] = code
    }
    codes[i] = code
  }
  return { codes, count, keyOf: (code) => keys[code] as number }
}

/** Whether a value can name a unit or a category. */
export function isKey(value: unknown): value is Key {
  const type = typeof value
  return type === 'string' || (type === 'number' && !Number.isNaN(value)) || type === 'bigint' || type === 'boolean'
}

function ofAnything(column: ArrayLike<unknown>): Codes {
  const codes = new Int32Array(column.length)
  const codeOf = new Map<Key, number>()
  const keys: Key[] = []
  for (let i = 0; i < codes.length; i++) {
    const key = elementOf(column, i)
    if (!isKey(key)) {
      codes[i] = -1
      continue
    }
    let code = codeOf.get(key)
    if (code === undefined) {
      code = keys.length
      codeOf.set(key, code)
      keys.push(key)
    }
    codes[i] = code
  }
  return { codes, count: keys.length, keyOf: (code) => keys[code] as Key }
}
