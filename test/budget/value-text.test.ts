import fc from 'fast-check'
import { expect, it } from 'vitest'
import { fromText, toText } from '../../src/budget/value-text.ts'
import { InvalidParameterError } from '../../src/errors.ts'

it.each([
  0,
  -0,
  0.1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  5e-324,
  12n,
  -(2n ** 200n),
  'text',
  true,
  null,
  undefined,
  [1, [undefined, -0]],
  Float64Array.of(0.1, -0, Number.NaN),
  Float32Array.of(0.1, 1 / 0),
  BigInt64Array.of(-(2n ** 63n)),
  Uint8Array.of(255),
  { a: 1n, b: { c: Float64Array.of(1) } },
  { $: 'bigint', value: '1' },
  JSON.parse('{"__proto__":1}') as unknown,
])('%o survives', (value) => expect(fromText(toText(value))).toStrictEqual(value))

it('any plain data survives', () => {
  fc.assert(
    fc.property(fc.anything({ withBigInt: true, withTypedArray: true, withUnboxedObjects: false } as never), (value) => {
      expect(fromText(toText(value))).toStrictEqual(value)
    }),
  )
})

it('and nothing else is written', () => {
  const round: unknown[] = []
  round.push(round)
  for (const value of [() => 1, Symbol('s'), new Map(), new Date(), new DataView(new ArrayBuffer(1)), round]) {
    expect(() => toText(value)).toThrow(InvalidParameterError)
  }
  expect(() => fromText('{"$":"Zebra"}')).toThrow(TypeError)
})
