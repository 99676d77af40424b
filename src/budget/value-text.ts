/**
 * Released values as JSON, and back to the same value: type, sign of zero and NaN included.
 *
 * JSON's own values stand for themselves; every other is an object with a `$` that names its type. An object of the caller's that has
 * a `$` is written as `{ "$": "object" }`.
 *
 *     toText([1n, -0, Float64Array.of(0.1, 1 / 0)])
 *     // => [{"$":"bigint","value":"1"},{"$":"number","value":"-0"},{"$":"Float64Array","value":[0.1,{"$":"number","value":"Infinity"}]}]
 *
 * @module
 */

import { InvalidParameterError } from '../errors.ts'
import { isPlainObject } from '../guard.ts'

const typedArrays = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
} as const

type TypedArrayName = keyof typeof typedArrays

const deepest = 100

/** The text of a value; refuses functions, symbols and instances of classes. */
export function toText(value: unknown): string {
  return JSON.stringify(tagged(value, 0))
}

/** The value of a text that `toText` has made; undefined fields of objects come back as such. */
export function fromText(text: string): unknown {
  return untagged(JSON.parse(text))
}

const tag = ($: string, value: unknown): object => ({ $, value })

/** JSON of a value, tagged where JSON has no such value. */
export function tagged(value: unknown, depth = 0): unknown {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0) ? value : tag('number', Object.is(value, -0) ? '-0' : String(value))
    case 'bigint':
      return tag('bigint', String(value))
    case 'undefined':
      return tag('undefined', null)
    case 'string':
    case 'boolean':
      return value
    default:
  }
  if (value === null) return null
  if (depth < deepest) {
    const name = Object.prototype.toString.call(value).slice(8, -1) as TypedArrayName
    if (ArrayBuffer.isView(value) && Object.hasOwn(typedArrays, name)) {
      return tag(
        name,
        Array.from(value as unknown as ArrayLike<unknown>, (each) => tagged(each)),
      )
    }
    if (Array.isArray(value)) return Array.from(value, (each: unknown) => tagged(each, depth + 1))
    if (isPlainObject(value)) {
      const entries = Object.entries(value).map(([key, each]) => [key, tagged(each, depth + 1)] as const)
      // As pairs also where a key would not survive as a key.
      const odd = entries.some(([key]) => key === '$' || key === '__proto__')
      return odd ? tag('object', entries) : Object.fromEntries(entries)
    }
  }
  throw new InvalidParameterError('mechanism', 'one that releases plain data, for the ledger to keep', typeof value)
}

/** The value back; a RangeError or TypeError for what `tagged` never makes. */
export function untagged(json: unknown): unknown {
  if (typeof json !== 'object' || json === null) return json
  if (Array.isArray(json)) return json.map(untagged)
  if (!Object.hasOwn(json, '$')) {
    return Object.fromEntries(Object.entries(json).map(([key, each]) => [key, untagged(each)]))
  }
  const { $, value } = json as { readonly $: unknown; readonly value: unknown }
  switch ($) {
    case 'number':
      return Number(value)
    case 'bigint':
      return BigInt(value as string)
    case 'undefined':
      return undefined
    case 'object':
      return Object.fromEntries((value as [string, unknown][]).map(([key, each]) => [key, untagged(each)]))
    default:
      if (!Object.hasOwn(typedArrays, $ as string)) throw new TypeError('a type that is not known')
      return (typedArrays[$ as TypedArrayName] as unknown as { from: (values: unknown[]) => unknown }).from(
        (value as unknown[]).map(untagged),
      )
  }
}
