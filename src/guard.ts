/**
 * Asserting validators: each returns its argument, typed, or throws an `InvalidParameterError` in the one message shape.
 *
 * They guard *calls* and never coerce: `"1"`, `1n`, `new Number(1)` and `true` are not numbers here.
 *
 * @module
 */

import { InvalidParameterError } from './errors.ts'

/** A range of doubles, written the way it reads: `{ above: 0, atMost: 1 }` is (0, 1]. */
export type Range = {
  readonly above?: number
  readonly atLeast?: number
  readonly below?: number
  readonly atMost?: number
}

const withArticle: Record<'number' | 'integer', string> = { number: 'a finite number', integer: 'an integer' }

const inWords = (noun: 'number' | 'integer', { above, atLeast, below, atMost }: Range): string => {
  const low = above ?? atLeast
  const high = below ?? atMost
  if (low === undefined && high === undefined) return withArticle[noun]
  if (low !== undefined && high !== undefined) {
    const interval = `${above !== undefined ? '(' : '['}${low}, ${high}${below !== undefined ? ')' : ']'}`
    return noun === 'integer' ? `an integer in ${interval}` : `in ${interval}`
  }
  if (low !== undefined) return `${withArticle[noun]} ${above !== undefined ? '>' : '>='} ${low}`
  return `${withArticle[noun]} ${below !== undefined ? '<' : '<='} ${high}`
}

const inside = (value: number, { above, atLeast, below, atMost }: Range): boolean =>
  (above === undefined || value > above) &&
  (atLeast === undefined || value >= atLeast) &&
  (below === undefined || value < below) &&
  (atMost === undefined || value <= atMost)

/** A finite double in the range. */
export function number(name: string, value: unknown, range: Range = {}): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || !inside(value, range)) {
    throw new InvalidParameterError(name, inWords('number', range), value)
  }
  return value
}

/** An integer that a double holds without loss (|value| <= 2^53 - 1), in the range. */
export function integer(name: string, value: unknown, range: Range = {}): number {
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw new InvalidParameterError(name, 'an integer of at most 2^53 - 1, past which a double skips integers', value)
  }
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || !inside(value, range)) {
    throw new InvalidParameterError(name, inWords('integer', range), value)
  }
  return value
}

/** A bigint, at least `atLeast` where that is given. */
export function bigint(name: string, value: unknown, atLeast?: bigint): bigint {
  if (typeof value !== 'bigint' || (atLeast !== undefined && value < atLeast)) {
    throw new InvalidParameterError(name, `a bigint${atLeast === undefined ? '' : ` >= ${atLeast}`}`, value)
  }
  return value
}

/** One of a closed set of strings. */
export function oneOf<const T extends string>(name: string, value: unknown, allowed: readonly T[]): T {
  if (typeof value !== 'string' || !(allowed as readonly string[]).includes(value)) {
    throw new InvalidParameterError(name, `one of ${allowed.map((word) => `'${word}'`).join(', ')}`, value)
  }
  return value as T
}

/** True or false; false where it is left out. */
export function flag(name: string, value: unknown): boolean {
  if (value === undefined || typeof value === 'boolean') return value ?? false
  throw new InvalidParameterError(name, 'true or false', value)
}

/** The default of an option that is left out, and of no other: `null` is a mistake that the next check names. */
export function orElse<T>(value: T | undefined, otherwise: T): T {
  return value === undefined ? otherwise : value
}

/** An array (not a typed array, not an iterable), at least `atLeast` long. */
export function array(name: string, value: unknown, atLeast = 0): readonly unknown[] {
  if (!Array.isArray(value) || value.length < atLeast) {
    throw new InvalidParameterError(name, atLeast > 0 ? `an array of at least ${atLeast}` : 'an array', value)
  }
  return value
}

/** A plain object: `{}` or `Object.create(null)`, not an array, a class instance or a function. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  // An object from another realm (an iframe, a vm) has that realm's Object.prototype, whose own prototype is null.
  return prototype === null || (Object.getPrototypeOf(prototype) === null && !Array.isArray(value))
}

/** A plain options object with no field outside `known`; a stray name is refused with the nearest known one. */
export function options(name: string, value: unknown, known: readonly string[]): Record<string, unknown> {
  if (!isPlainObject(value)) throw new InvalidParameterError(name, 'an options object', value)
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) {
      const guess = nearest(key, known)
      const hint = guess === undefined ? '' : ` (did you mean "${guess}"?)`
      throw new InvalidParameterError(field(name, key), `left out, it is not an option here${hint}`, value[key])
    }
  }
  return value
}

/** The path of a field below a named parameter; the top-level options object itself has no name of its own. */
export function field(parent: string, key: string): string {
  return parent === '' || parent === 'options' ? key : `${parent}.${key}`
}

/** The known word that is closest to what was typed, where one is close enough to be meant. */
export function nearest(typed: string, known: readonly string[]): string | undefined {
  let best: string | undefined
  let fewest = Math.max(1, Math.floor(typed.length / 3)) + 1
  for (const word of known) {
    const edits = typed.length > 64 ? fewest : editDistance(typed.toLowerCase(), word.toLowerCase())
    if (edits < fewest) {
      fewest = edits
      best = word
    }
  }
  return best
}

/** Levenshtein's distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substituted = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(substituted, (row[j] as number) + 1, (next[j - 1] as number) + 1))
    }
    row = next
  }
  return row[b.length] as number
}
