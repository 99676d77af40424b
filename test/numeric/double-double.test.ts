import fc from 'fast-check'
import { expect, it } from 'vitest'
import { productError, sumError } from '../../src/numeric/double-double.ts'
import { unit, wholeUnits } from './exact.ts'

const size = (x: number): number => Math.abs(x)
const doubles = fc.double({ noNaN: true, noDefaultInfinity: true })

it('a sum and its error are the exact sum', () => {
  fc.assert(
    fc.property(doubles, doubles, (a, b) => {
      const s = a + b
      fc.pre(size(s) < 2 ** 1023)
      expect(wholeUnits(s) + wholeUnits(sumError(a, b, s))).toBe(wholeUnits(a) + wholeUnits(b))
    }),
    { numRuns: 2000 },
  )
})

it('a product and its error are the exact product', () => {
  const factors = fc.tuple(doubles, fc.double({ min: -1e9, max: 1e9, noNaN: true }))
  fc.assert(
    fc.property(factors, ([a, b]) => {
      const p = a * b
      fc.pre(size(a) < 2 ** 996 && size(p) < 2 ** 996 && (size(p) > 2 ** -968 || a === 0 || b === 0))
      expect((wholeUnits(p) + wholeUnits(productError(a, b, p))) * unit).toBe(wholeUnits(a) * wholeUnits(b))
    }),
    { numRuns: 2000 },
  )
})

it('the error of an underflowing product is off by a few units at most', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1e-170, max: 1e-150, noNaN: true }),
      fc.double({ min: 1e-170, max: 1e-150, noNaN: true }),
      (a, b) => {
        const p = a * b
        const off = (wholeUnits(p) + wholeUnits(productError(a, b, p))) * unit - wholeUnits(a) * wholeUnits(b)
        expect(off < 4n * unit && off > -4n * unit).toBe(true)
      },
    ),
  )
})
