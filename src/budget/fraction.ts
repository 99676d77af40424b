/**
 * Exact fractions as text: `1/10`, `3`. What a ledger holds of a sum is the sum itself.
 *
 * @module
 */

import { of, type Rational } from '../numeric/rational.ts'

/** The text of a fraction in lowest terms. */
export function fractionText({ numerator, denominator }: Rational): string {
  return denominator === 1n ? `${numerator}` : `${numerator}/${denominator}`
}

/** The fraction that a text stands for; undefined where it stands for none, or for a negative one. */
export function readFraction(text: unknown): Rational | undefined {
  if (typeof text !== 'string') return undefined
  const [, numerator, denominator] = /^(\d+)(?:\/(\d*[1-9]\d*))?$/.exec(text) ?? []
  if (numerator === undefined) return undefined
  return of(BigInt(numerator), BigInt(denominator ?? '1'))
}
