/**
 * From the texts of flags to numbers and words. Whether a number is in its range is for the library to say.
 *
 * @module
 */

import { nearest } from '../guard.ts'
import { type FlagName, flags, type Values } from './flags.ts'
import { UsageError } from './usage-error.ts'

const numeral = /^[-+]?(\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(e[-+]?\d+)?$/i

function toNumber(name: FlagName, text: string): number {
  if (numeral.test(text)) return Number(text.replaceAll('_', ''))
  const hint = /^[-+]?\d{1,3}(,\d{3})+$/.test(text) ? `: write ${text.replaceAll(',', '')}` : ''
  throw new UsageError(`--${name} must be a number such as ${flags[name].such}, got "${text.slice(0, 60)}"${hint}`)
}

function toChoice(name: FlagName, text: string): string {
  const choices = flags[name].choices as readonly string[]
  if (choices.includes(text)) return text
  const guess = nearest(text, choices)
  const hint = guess === undefined ? '' : `: did you mean ${guess}?`
  throw new UsageError(`--${name} must be one of ${choices.join(', ')}, got "${text.slice(0, 60)}"${hint}`)
}

function single(values: Values, name: FlagName): string | undefined {
  const texts = values[name]
  if (texts !== undefined && texts.length > 1) throw new UsageError(`--${name} is given ${texts.length} times: give it once`)
  return texts?.[0]
}

/** The texts of a flag that takes several values, given again or with commas between them. */
export function textsOf(values: Values, name: FlagName): readonly string[] | undefined {
  return values[name]?.flatMap((text) => text.split(',')).map((text) => text.trim())
}

/** The number a flag was given, if it was. */
export function numberOf(values: Values, name: FlagName): number | undefined {
  const text = single(values, name)
  return text === undefined ? undefined : toNumber(name, text)
}

/** The numbers a flag was given, if it was. */
export function numbersOf(values: Values, name: FlagName): readonly number[] | undefined {
  return textsOf(values, name)?.map((text) => toNumber(name, text))
}

/** The text a flag was given, if it was. */
export function textOf(values: Values, name: FlagName): string | undefined {
  return single(values, name)
}

/** The word a flag was given, if it was, out of those there are. The type is the caller's knowledge of the table. */
export function choiceOf<T extends string>(values: Values, name: FlagName): T | undefined {
  const text = single(values, name)
  return text === undefined ? undefined : (toChoice(name, text) as T)
}

/** The words a flag was given, if it was. */
export function choicesOf<T extends string>(values: Values, name: FlagName): readonly T[] | undefined {
  return textsOf(values, name)?.map((text) => toChoice(name, text) as T)
}

/** Any one of several flags. */
type OneOf = readonly FlagName[]

/** Why a flag is asked for, or what to choose, where that needs saying. */
export type Hints = { readonly [F in FlagName]?: string }

/** Refuses a command line that lacks any of the flags; where an inner list is given, one of it must be there. */
export function mustHave(values: Values, names: readonly (FlagName | OneOf)[], hints: Hints = {}): void {
  const missing = names
    .map((name) => (typeof name === 'string' ? [name] : name))
    .filter((oneOf) => oneOf.every((name) => values[name] === undefined))
  if (missing.length === 0) return
  const spelled = missing.map((oneOf) => oneOf.map((name) => `--${name} ${flags[name].such}`).join(' or '))
  const said = missing.flat().flatMap((name) => hints[name] ?? [])
  throw new UsageError(`still missing: ${spelled.join(', ')}`, said)
}

/** Refuses flags that contradict another. */
export function mustLack(values: Values, names: readonly FlagName[], because: string): void {
  const found = names.filter((name) => values[name] !== undefined)
  if (found.length > 0) throw new UsageError(`${found.map((name) => `--${name}`).join(' and ')} cannot go with ${because}`)
}
