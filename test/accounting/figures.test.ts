import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exact, grouped, percentUp, roundedDown, roundedUp } from '../../src/accounting/figures.ts'

const back = (text: string): number => (text === 'infinite' ? Number.POSITIVE_INFINITY : Number(text.replaceAll(',', '')))
const positive = fc.oneof(
  fc.double({ min: 5e-324, max: Number.MAX_VALUE, noNaN: true }),
  fc.tuple(fc.integer({ min: 1, max: 99_999_999 }), fc.integer({ min: -12, max: 12 })).map(([m, e]) => Number(`${m}e${e}`)),
)

describe('roundedUp and roundedDown', () => {
  it.each([
    [2.381689, '2.382', '2.381'],
    [2.382, '2.382', '2.382'],
    [9.9996, '10', '9.999'],
    [1.0001, '1.001', '1'],
    [99996, '100,000', '99,990'],
    [12_345.678, '12,350', '12,340'],
    [123_456_789, '1.235e8', '1.234e8'],
    [1e-5, '1e-5', '1e-5'],
    [1.23456e-5, '1.235e-5', '1.234e-5'],
    [0.00123456, '0.001235', '0.001234'],
    [0, '0', '0'],
    [5e-324, '5e-324', '5e-324'],
    [Number.POSITIVE_INFINITY, 'infinite', 'infinite'],
    [Number.MAX_VALUE, 'infinite', '1.797e308'],
  ])('%s lies between %s and %s', (value, up, down) => {
    expect(roundedUp(value)).toBe(up)
    expect(roundedDown(value)).toBe(down)
  })
  it('never to the wrong side, and by less than a unit of the last digit', () => {
    fc.assert(
      fc.property(positive, fc.integer({ min: 1, max: 12 }), (value, digits) => {
        const up = back(roundedUp(value, digits))
        const down = back(roundedDown(value, digits))
        expect(up).toBeGreaterThanOrEqual(value)
        expect(down).toBeLessThanOrEqual(value)
        if (value > 1e-300 && up < 1e300) {
          const unit = 10 ** (Math.floor(Math.log10(value)) - digits + 1) * (1 + 1e-9)
          expect(up - value).toBeLessThanOrEqual(unit)
          expect(value - down).toBeLessThanOrEqual(unit)
        }
      }),
    )
  })
})

describe('percentUp', () => {
  it.each([
    [0, '0%'],
    [1e-9, '0.000001%'],
    [1e-5, '0.001%'],
    [0.00142, '0.15%'],
    [0.01, '1%'],
    [0.0101, '1.1%'],
    [0.1, '10%'],
    [0.5, '50%'],
    [0.70123, '71%'],
    [0.71, '71%'],
    [0.9987, '99.87%'],
    [0.99871, '99.88%'],
    [1 - 1e-12, '100%'],
    [1, '100%'],
  ])('%s is at most %s', (probability, text) => expect(percentUp(probability)).toBe(text))
  it('never below', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (probability) => {
        const shown = Number(percentUp(probability).slice(0, -1)) / 100
        expect(shown).toBeGreaterThanOrEqual(probability * (1 - 1e-15))
        expect(shown).toBeLessThanOrEqual(1)
      }),
    )
  })
})

it('exact keeps every digit', () => {
  fc.assert(fc.property(fc.double({ noNaN: true }), (value) => Number(exact(value)) === value))
  expect(exact(1e-5)).toBe('1e-5')
  expect(exact(0.001)).toBe('0.001')
  expect(exact(60_000)).toBe('60000')
  expect(exact(1e21)).toBe('1e21')
})

it('grouped puts commas into the whole part only', () => {
  expect([14_063, 999, 1000, 1_234_567.891, 0.0001234, 1e21, 5].map(grouped)).toEqual([
    '14,063',
    '999',
    '1,000',
    '1,234,567.891',
    '1.234e-4',
    '1e21',
    '5',
  ])
})
