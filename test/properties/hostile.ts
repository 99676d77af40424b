/**
 * Values that no parameter should let through unless it says so, and what an answer to them may be.
 */
import fc from 'fast-check'
import { InvalidParameterError, NumericalError, type PrivacyError, SchemaError, UnsupportedEventError } from '../../src/errors.ts'

/** Wrong as any parameter of this package: of a type that no parameter has, or a number that is none. */
export const neverRight: readonly unknown[] = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  null,
  true,
  '',
  '1',
  'NaN',
  Symbol('s'),
  () => 1,
  new Date(Number.NaN),
  new Map(),
  new (class Custom {
    readonly value = 1
  })(),
  [[]],
  { nested: {} },
]

/** Right for some parameters, wrong for others: the answer must then be an answer, or an error with the parameter's name. */
export const perhapsRight: readonly unknown[] = [
  0,
  -0,
  -1,
  -1e-300,
  0.5,
  1.5,
  1 + Number.EPSILON,
  Number.MIN_VALUE,
  Number.MAX_VALUE,
  2 ** 53,
  2 ** 53 + 2,
  -(2 ** 60),
  1n,
  -1n,
  0n,
  2n ** 200n,
  [],
  {},
  [1, 2],
  [Number.NaN],
  new Float64Array([Number.NaN, 1]),
]

export const anything: fc.Arbitrary<unknown> = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withSparseArray: true,
  withTypedArray: true,
})

/** Every number inside a value, however deep, for a look for NaN. */
export function* numbersIn(value: unknown, seen: Set<object> = new Set()): Generator<number> {
  if (typeof value === 'number') yield value
  if (typeof value !== 'object' || value === null || seen.has(value)) return
  seen.add(value)
  const parts: Iterable<unknown> =
    ArrayBuffer.isView(value) && !(value instanceof DataView) ? (value as Float64Array) : Object.values(value)
  for (const part of parts) yield* numbersIn(part, seen)
}

/**
 * How a call ended: with a value, or with one of the errors that bad input may have, which are one more for who may give up.
 * Anything else is thrown on.
 */
export type Outcome = { readonly value: unknown } | { readonly refusal: PrivacyError }

export function outcome(call: () => unknown, mayGiveUp = false): Outcome {
  try {
    return { value: call() }
  } catch (error) {
    const fitting =
      error instanceof InvalidParameterError ||
      error instanceof SchemaError ||
      error instanceof UnsupportedEventError ||
      (mayGiveUp && error instanceof NumericalError)
    if (!fitting) throw error
    return { refusal: error as PrivacyError }
  }
}
