import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NumericalError } from '../../src/errors.ts'
import {
  addDown,
  addUp,
  divDown,
  divUp,
  mulDown,
  mulUp,
  nextDown,
  nextUp,
  sqrtDown,
  sqrtUp,
  subDown,
  subUp,
  ulp,
} from '../../src/numeric/directed.ts'
import { fromBits, position, unit, wholeUnits } from './exact.ts'

const max = Number.MAX_VALUE
const tiny = Number.MIN_VALUE

/** Any finite double, all bit patterns alike: thousands of binades apart, subnormals among them. */
const anyBits = fc
  .bigInt({ min: 0n, max: 2n ** 64n - 1n })
  .map(fromBits)
  .filter(Number.isFinite)
/** Doubles whose operations meet: small integers, powers of two, near neighbours, the ends of the range. */
const edges = fc.constantFrom(
  ...[0, tiny, 3 * tiny, 2 ** -1022, 2 ** -1022 - tiny, 2 ** -969, 2 ** -960, 2 ** -537, 1e-160, 0.1, 1 / 3, 1 - 2 ** -53, 1],
  ...[1 + 2 ** -52, 3, 7, 10, 2 ** 53 + 2, 2 ** 53 - 1, 1e155, 2 ** 511, 2 ** 990, 2 ** 995, 2 ** 1023, max, nextDown(max)],
)
const signed = fc.tuple(edges, fc.boolean()).map(([x, negative]) => (negative ? -x : x))
const double = fc.oneof(anyBits, signed, fc.double({ min: -1e6, max: 1e6, noNaN: true }))
const pair = fc.oneof(
  fc.tuple(double, double),
  // Operands whose exponents cancel or nearly so, where residuals are small.
  fc.tuple(anyBits, fc.double({ min: -2, max: 2, noNaN: true })).map(([a, t]): [number, number] => [a, a * t || t]),
)

/** Says whether `bound` is the least double >= numerator/denominator; `denominator` > 0. */
function isCeiling(bound: number, numerator: bigint, denominator: bigint): boolean {
  const atLeast = (x: number): boolean => x === Infinity || (x !== -Infinity && wholeUnits(x) * denominator >= numerator * unit)
  return atLeast(bound) && !atLeast(fromPosition(position(bound) - 1n))
}

const fromPosition = (p: bigint): number => (p < 0n ? -fromBits(-p) : fromBits(p))

type Exact = (a: bigint, b: bigint) => { numerator: bigint; denominator: bigint }
const negated = (n: bigint, d: bigint): { numerator: bigint; denominator: bigint } =>
  d < 0n ? { numerator: -n, denominator: -d } : { numerator: n, denominator: d }

/** Each operation in exact arithmetic, on whole numbers of 2^-1074. */
const operations: Record<string, readonly [up: (a: number, b: number) => number, down: (a: number, b: number) => number, Exact]> =
  {
    add: [addUp, addDown, (a, b) => ({ numerator: a + b, denominator: unit })],
    sub: [subUp, subDown, (a, b) => ({ numerator: a - b, denominator: unit })],
    mul: [mulUp, mulDown, (a, b) => ({ numerator: a * b, denominator: unit * unit })],
    div: [divUp, divDown, (a, b) => negated(a, b)],
  }

describe.each(Object.entries(operations))('%sUp and %sDown', (name, [up, down, exact]) => {
  it('are the tightest doubles on their side of the exact result', () => {
    fc.assert(
      fc.property(pair, ([a, b]) => {
        fc.pre(name !== 'div' || b !== 0)
        const { numerator, denominator } = exact(wholeUnits(a), wholeUnits(b))
        expect(isCeiling(up(a, b), numerator, denominator)).toBe(true)
        expect(isCeiling(-down(a, b), -numerator, denominator)).toBe(true)
      }),
      { numRuns: 6000, seed: 1 },
    )
  })

  it('agree with the plain operation where that is exact, and differ by one step where it is not', () => {
    fc.assert(
      fc.property(pair, ([a, b]) => {
        fc.pre(name !== 'div' || b !== 0)
        const { numerator, denominator } = exact(wholeUnits(a), wholeUnits(b))
        const [high, low] = [up(a, b), down(a, b)]
        const representable = (numerator * unit) % denominator === 0n && Number.isFinite(high) && Number.isFinite(low)
        if (representable && wholeUnits(high) === (numerator * unit) / denominator) expect(high === low).toBe(true)
        else expect(nextUp(low)).toBe(high)
      }),
      { numRuns: 2000, seed: 2 },
    )
  })
})

describe('sqrtUp and sqrtDown', () => {
  it('are the tightest doubles on their side of the root', () => {
    const atLeast = (r: number, x: number): boolean => wholeUnits(r) ** 2n >= wholeUnits(x) * unit
    const atMost = (r: number, x: number): boolean => wholeUnits(r) ** 2n <= wholeUnits(x) * unit
    fc.assert(
      fc.property(double.map(Math.abs), (x) => {
        const [high, low] = [sqrtUp(x), sqrtDown(x)]
        expect(atLeast(high, x) && atMost(low, x)).toBe(true)
        expect(high === low || nextUp(low) === high).toBe(true)
        expect(high !== low || wholeUnits(high) ** 2n === wholeUnits(x) * unit).toBe(true)
      }),
      { numRuns: 6000, seed: 3 },
    )
  })
  it('keep zeros and infinity', () => {
    for (const x of [0, -0, Infinity]) {
      expect(sqrtUp(x)).toBe(x)
      expect(sqrtDown(x)).toBe(x)
    }
    expect([sqrtUp(9), sqrtDown(9)]).toEqual([3, 3])
  })
})

describe('nextUp, nextDown and ulp', () => {
  it('step by one position in the order of all doubles', () => {
    fc.assert(
      fc.property(double, (x) => {
        expect(position(nextUp(x)) - position(x)).toBe(1n)
        expect(position(x) - position(nextDown(x))).toBe(1n)
        const size = Math.abs(x)
        if (size < max) expect(wholeUnits(ulp(x))).toBe(wholeUnits(nextUp(size)) - wholeUnits(size))
      }),
      { numRuns: 6000, seed: 4 },
    )
  })
  it.each([2 ** -1021, 2 ** -969, 2 ** -1022, 2 ** 1023, 1, tiny])('step by one around a change of rule or binade: %d', (x) => {
    for (const y of [nextDown(nextDown(x)), nextDown(x), x, nextUp(x)]) {
      expect(position(nextUp(y)) - position(y)).toBe(1n)
      expect(position(nextUp(-y)) - position(-y)).toBe(1n)
    }
  })
  it('cross zero and meet infinity as IEEE 754 says', () => {
    expect(nextUp(-tiny)).toBe(-0)
    expect(nextDown(tiny)).toBe(0)
    expect([nextUp(0), nextUp(-0), nextDown(0)]).toEqual([tiny, tiny, -tiny])
    expect([nextUp(max), nextUp(Infinity), nextUp(-Infinity)]).toEqual([Infinity, Infinity, -max])
    expect([nextDown(-max), nextDown(Infinity), nextDown(-Infinity)]).toEqual([-Infinity, max, -Infinity])
    expect([ulp(1), ulp(-1), ulp(0), ulp(max), ulp(-Infinity)]).toEqual([2 ** -52, 2 ** -52, tiny, 2 ** 971, Infinity])
    expect(ulp(1 - 2 ** -53)).toBe(2 ** -53)
  })
})

describe('the ends of the range', () => {
  it('overflow on the outward side only', () => {
    expect([addUp(max, max), addDown(max, max)]).toEqual([Infinity, max])
    expect([addUp(-max, -max), addDown(-max, -max)]).toEqual([-max, -Infinity])
    expect([mulUp(max, 2), mulDown(max, 2)]).toEqual([Infinity, max])
    expect([mulUp(-max, 2), mulDown(-max, 2)]).toEqual([-max, -Infinity])
    expect([divUp(max, 0.5), divDown(max, 0.5)]).toEqual([Infinity, max])
    expect([subUp(-max, max), subDown(-max, max)]).toEqual([-max, -Infinity])
    expect([addUp(max, tiny), addDown(max, tiny)]).toEqual([Infinity, max])
  })
  it('underflow to the smallest double, never to a wrong zero', () => {
    expect([mulUp(tiny, tiny), mulDown(tiny, tiny)]).toEqual([tiny, 0])
    expect([mulUp(-tiny, tiny), mulDown(-tiny, tiny)]).toEqual([-0, -tiny])
    expect([divUp(tiny, max), divDown(tiny, max)]).toEqual([tiny, 0])
    expect([divUp(-tiny, max), divDown(-tiny, max)]).toEqual([-0, -tiny])
    expect([divUp(tiny, -max), divDown(tiny, -max)]).toEqual([-0, -tiny])
  })
  it('take exact infinities as exact', () => {
    for (const add of [addUp, addDown]) {
      expect(add(-Infinity, max)).toBe(-Infinity)
      expect(add(max, Infinity)).toBe(Infinity)
    }
    for (const multiply of [mulUp, mulDown]) {
      expect(multiply(-Infinity, tiny)).toBe(-Infinity)
      expect(multiply(2, -Infinity)).toBe(-Infinity)
    }
    for (const divide of [divUp, divDown]) {
      expect(divide(-Infinity, 3)).toBe(-Infinity)
      expect(divide(-1, 0)).toBe(-Infinity)
      expect(divide(1, -0)).toBe(-Infinity)
      expect(divide(1, 0)).toBe(Infinity)
      expect(divide(1, Infinity)).toBe(0)
      expect(divide(-1, Infinity)).toBe(-0)
    }
  })
  it('give zeros the sign that directed rounding gives them', () => {
    expect([addUp(1, -1), addDown(1, -1)]).toEqual([0, -0])
    expect([subUp(1, 1), subDown(1, 1)]).toEqual([0, -0])
    expect([addUp(0, 0), addDown(0, 0), addUp(-0, -0), addDown(-0, -0)]).toEqual([0, 0, -0, -0])
    expect([addUp(0, -0), addDown(0, -0), addUp(-0, 0), addDown(-0, 0)]).toEqual([0, -0, 0, -0])
    expect([mulUp(0, -3), mulDown(0, -3), mulUp(0, 3), mulDown(0, 3)]).toEqual([-0, -0, 0, 0])
    expect([divUp(0, -3), divDown(0, -3), divUp(-0, -3)]).toEqual([-0, -0, 0])
  })
})

describe('an operation without a value', () => {
  it.each<[string, () => number]>([
    ['addUp(Infinity, -Infinity)', () => addUp(Infinity, -Infinity)],
    ['addUp(1, NaN)', () => addUp(1, Number.NaN)],
    ['mulUp(0, Infinity)', () => mulUp(0, Infinity)],
    ['divUp(0, 0)', () => divUp(0, 0)],
    ['divUp(Infinity, -Infinity)', () => divUp(Infinity, -Infinity)],
    ['sqrtUp(-1)', () => sqrtUp(-1)],
    ['sqrtDown(-1)', () => sqrtDown(-1)],
    ['nextUp(NaN)', () => nextUp(Number.NaN)],
    ['nextUp(NaN)', () => ulp(Number.NaN)],
  ])('%s throws', (message, operation) => {
    expect(operation).toThrow(NumericalError)
    expect(operation).toThrow(`${message} has no value`)
  })
})
