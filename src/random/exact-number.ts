/**
 * Parameters that are taken at their exact value.
 *
 * A double stands for the dyadic rational that it is: 0.1 means 3602879701896397 / 2^55. Who means one tenth writes
 * `{ numerator: 1, denominator: 10 }`.
 *
 * *Promise*: nothing is rounded; NaN, infinities and nonsense are refused by name.
 *
 * @module
 */

import { InvalidParameterError } from '../errors.ts'
import { bigint, field, isPlainObject, number, options } from '../guard.ts'
import type { Rational } from '../numeric/rational.ts'
import * as rational from '../numeric/rational.ts'

/** A double, a bigint, or a fraction of them; always its exact value. */
export type ExactNumber = number | bigint | { readonly numerator: number | bigint; readonly denominator: number | bigint }

/** What an exact number may be; a word for the message and the test itself. */
export type Requirement = { readonly words: string; readonly holds: (value: Rational) => boolean }

export const positive: Requirement = { words: '> 0', holds: (value) => value.numerator > 0n }
export const notNegative: Requirement = { words: '>= 0', holds: (value) => value.numerator >= 0n }
export const probability: Requirement = {
  words: 'in [0, 1]',
  holds: ({ numerator, denominator }) => numerator >= 0n && numerator <= denominator,
}

// Far more than any double or product of doubles has. Beyond it lies only a way to keep the process busy.
const mostBits = 1 << 15

/** Validates an exact number and returns its value. */
export function exactNumber(name: string, value: unknown, { words, holds }: Requirement): Rational {
  const exact = isPlainObject(value) ? fraction(name, value) : part(name, value)
  if (!holds(exact)) throw new InvalidParameterError(name, words, shown(value, exact))
  return exact
}

function fraction(name: string, value: Record<string, unknown>): Rational {
  options(name, value, ['numerator', 'denominator'])
  const denominator = part(field(name, 'denominator'), value['denominator'])
  if (denominator.numerator === 0n) throw new InvalidParameterError(field(name, 'denominator'), 'other than 0', 0)
  return rational.divide(part(field(name, 'numerator'), value['numerator']), denominator)
}

function part(name: string, value: unknown): Rational {
  if (typeof value !== 'bigint') return rational.fromNumber(number(name, value))
  if (rational.bitLength(value) > mostBits) throw new InvalidParameterError(name, `a bigint of at most ${mostBits} bits`, value)
  return rational.of(bigint(name, value))
}

/** How an offending value is shown: a fraction as it reads, where that is short. */
function shown(value: unknown, { numerator, denominator }: Rational): unknown {
  return isPlainObject(value) && rational.bitLength(numerator * denominator) < 100 ? `${numerator}/${denominator}` : value
}
