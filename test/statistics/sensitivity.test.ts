import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chooseRecords, countCells, countRecords } from '../../src/statistics/contributions.ts'
import { encode } from '../../src/statistics/keys.ts'
import { readBounds, type Steps, stepsOfRange, stepsOfSize, sumOfSteps } from '../../src/statistics/steps.ts'
import { chiSquared, seededBits } from '../random/support.ts'

const adversarial = [0.1, 1e308, -1e308, -0, 0, Number.NaN, Number.POSITIVE_INFINITY, Number.MIN_VALUE, 1 / 3, 1e16, 1 + 2 ** -52]
const value = fc.oneof(fc.constantFrom(...adversarial), fc.double())
const bounds = fc
  .tuple(
    fc.oneof(fc.constantFrom(-1e308, -1, 0, 0.1, 1e15), fc.double({ noNaN: true, noDefaultInfinity: true })),
    fc.double({ min: 1e-30, max: 1e308, noNaN: true }),
  )
  .map(([lower, range]) => ({ lower, upper: Math.min(lower + range, Number.MAX_VALUE) }))
  .filter(({ lower, upper }) => lower < upper)

const stepKinds = [
  ['range', stepsOfRange],
  ['size', stepsOfSize],
] as const

describe.each(stepKinds)('steps by %s', (kind, stepsOf) => {
  it('one more record changes the exact sum by 0 to width, whatever it is', () => {
    fc.assert(
      fc.property(bounds, fc.array(value, { maxLength: 12 }), value, (given, values, more) => {
        const steps = stepsOf(readBounds(given))
        const here = sumOfSteps(Float64Array.from(values), steps)
        const there = sumOfSteps(Float64Array.from([...values, more]), steps)
        const difference = there.sum - here.sum
        expect(difference >= 0n && difference <= BigInt(steps.width)).toBe(true)
        expect(there.count - here.count).toBe(Number.isNaN(more) ? 0 : 1)
        for (const end of [steps.lowest, steps.lowest + steps.width])
          expect(Number.isInteger(end) && Math.abs(end) <= 2 ** 53).toBe(true)
        // Of bounds that are nearly the same a sum need not tell them apart.
        expect(steps.width).toBeGreaterThanOrEqual(kind === 'range' ? 1 : 0)
        expect(steps.width).toBeLessThan(2 ** 34.01)
      }),
      { numRuns: 300 },
    )
  })
  it('the order does not matter', () => {
    // Casacuberta et al. 2022: in doubles 2^53 swallows what comes after it, and not what came before.
    const values = [...Array(1000).fill(1), 2 ** 53, ...Array(1000).fill(-1), -(2 ** 53), ...Array(999).fill(0.1)]
    const steps = stepsOf({ lower: -(2 ** 53), upper: 2 ** 53 })
    const floats = (list: number[]): number => list.reduce((sum, x) => sum + x, 0)
    expect(floats(values)).not.toBe(floats([...values].sort()))
    const exact = (list: number[]): bigint => sumOfSteps(Float64Array.from(list), steps).sum
    expect(exact(values)).toBe(exact([...values].sort()))
    expect(exact(values)).toBe(exact([...values].reverse()))
  })
  it('is exact past 2^53', () => {
    const steps = stepsOf({ lower: 0, upper: 1 })
    const many = new Float64Array(2_500_000).fill(1)
    expect(sumOfSteps(many, steps).sum).toBe(2_500_000n * BigInt(steps.width))
  })
  it('rounds by half a step at most', () => {
    const steps: Steps = stepsOf({ lower: 10, upper: 13 })
    for (const x of [10, 10.1, 12.999999, 13]) {
      const { sum } = sumOfSteps(Float64Array.of(x), steps)
      expect(Math.abs((Number(sum) + steps.lowest) * steps.step - x)).toBeLessThanOrEqual(steps.step / 2)
    }
    expect(sumOfSteps(Float64Array.of(-5, 99), steps).sum).toBe(BigInt(steps.width))
  })
})

it('bounds must be apart by more than nothing', () => {
  expect(() => readBounds({ lower: 1, upper: 1 })).toThrow('upper')
  expect(() => readBounds({ lower: 0, upper: 1e-300 })).toThrow('2^-900')
})

describe('bounded contributions', () => {
  const units = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 4 })), { maxLength: 14 })
  it('records: at most k of a unit, all of them where it has no more', () => {
    fc.assert(
      fc.property(units, fc.integer({ min: 1, max: 3 }), (rows, most) => {
        const values = Float64Array.from(rows, ([unit], i) => unit * 100 + i)
        const codes = encode(rows.map(([unit]) => (unit === 3 ? null : unit)))
        const kept = Array.from(chooseRecords(values, codes, most, seededBits(1)))
        expect(new Set(kept).size).toBe(kept.length)
        for (const unit of [0, 1, 2, 3]) {
          const has = rows.filter(([u]) => u === unit).length
          const expected = unit === 3 ? 0 : Math.min(has, most)
          expect(kept.filter((x) => Math.floor(x / 100) === unit).length).toBe(expected)
        }
        expect(kept.every((x) => values.includes(x))).toBe(true)
        expect(countRecords(rows.length, codes, most)).toBe(kept.length)
      }),
    )
  })
  it('cells: a unit more changes at most l0 of them, each by at most linf', () => {
    fc.assert(
      fc.property(
        units,
        fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 9 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 2 }),
        (rows, own, l0, linf) => {
          // The others have so little that nothing is drawn for them: their choices are the same in both.
          const others = rows.filter(([unit], i) => rows.findIndex(([u]) => u === unit) === i)
          const all = [...others, ...own.map((category) => [9, category] as const)]
          const counted = (list: readonly (readonly [number, number])[]): number[] => {
            const categories = encode(list.map(([, category]) => category))
            const counts = countCells(categories, encode(list.map(([unit]) => unit)), { l0, linf }, seededBits(2))
            const byKey = [0, 0, 0, 0, 0]
            counts.forEach((n, code) => {
              byKey[categories.keyOf(code) as number] = n
            })
            return byKey
          }
          const [here, there] = [counted(others), counted(all)]
          const moved = there.map((n, i) => n - (here[i] as number))
          expect(moved.filter((d) => d !== 0).length).toBe(Math.min(l0, new Set(own).size))
          moved.forEach((d, i) => {
            expect([0, Math.min(linf, own.filter((c) => c === i).length)]).toContain(d)
          })
        },
      ),
    )
  })
  it('many categories and few are counted in two ways, to the same numbers', () => {
    const few = seededBits(8)
    for (const many of [0, 40]) {
      for (let round = 0; round < 200; round++) {
        const n = few.below(30)
        const rows = Array.from({ length: n }, () => [few.below(6) - 1, few.below(8) - 1] as const)
        // Categories that nobody has put the first way out of reach.
        const categories = { codes: Int32Array.from(rows, ([, cell]) => cell), count: 8 + many, keyOf: (code: number) => code }
        const who = { codes: Int32Array.from(rows, ([unit]) => unit), count: 5, keyOf: (code: number) => code }
        const counts = countCells(categories, who, { l0: 8, linf: 1 }, few)
        const expected = Array.from(
          { length: 8 },
          (_, cell) => new Set(rows.filter(([u, c]) => u >= 0 && c === cell).map(([u]) => u)).size,
        )
        expect([...counts.subarray(0, 8)]).toEqual(expected)
      }
    }
  })
  it.each([0, 40])('every choice is equally likely, of %d categories more', (more) => {
    const draws = 30_000
    const bits = seededBits(3)
    const [pairs, sets] = [new Map<number, number>(), new Map<number, number>()]
    const values = Float64Array.of(1, 2, 50, 4, 8, 16)
    const unitCodes = encode([7, 7, 5, 7, 7, 7])
    const present = encode([1, 1, 1, 2, 4, 4, 8])
    const categories = { ...present, count: present.count + more }
    const one = encode([0, 0, 0, 0, 0, 0, 0])
    for (let i = 0; i < draws; i++) {
      const set = chooseRecords(values, unitCodes, 2, bits).reduce((sum, x) => sum + x, 0) - 50
      pairs.set(set, (pairs.get(set) ?? 0) + 1)
      const counts = countCells(categories, one, { l0: 2, linf: 1 }, bits)
      const cells = counts.reduce((sum, n, code) => (n === 0 ? sum : sum + n * (categories.keyOf(code) as number)), 0)
      sets.set(cells, (sets.get(cells) ?? 0) + 1)
    }
    const sumsOfTwo = (list: number[]): number[] => list.flatMap((a, i) => list.slice(i + 1).map((b) => a + b))
    expect([...pairs.keys()].sort((a, b) => a - b)).toEqual(sumsOfTwo([1, 2, 4, 8, 16]).sort((a, b) => a - b))
    expect(Math.abs(chiSquared(pairs, (x) => (sumsOfTwo([1, 2, 4, 8, 16]).includes(x) ? 1 / 10 : 0), draws))).toBeLessThan(4.5)
    // A category counts once, however many records it has.
    expect(Math.abs(chiSquared(sets, (x) => (sumsOfTwo([1, 2, 4, 8]).includes(x) ? 1 / 6 : 0), draws))).toBeLessThan(4.5)
  })
})

describe('codes', () => {
  it('are the same exactly where keys are, for every way of looking up', () => {
    const key = fc.oneof(
      fc.integer({ min: -5, max: 5 }),
      fc.double(),
      fc.constantFrom(0, -0, 'a', '1', 1n, true, null, undefined, {}, Number.NaN),
    )
    const columns = fc.oneof(
      fc.array(key),
      fc.array(fc.double()).map((list) => Float64Array.from(list)),
      fc.array(fc.integer({ min: 0, max: 9 })).map((list) => Uint8Array.from(list)),
      fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })).map((list) => Int32Array.from(list)),
      fc.array(fc.bigInt({ min: 0n, max: 3n })).map((list) => BigInt64Array.from(list)),
    )
    fc.assert(
      fc.property(columns, (column) => {
        const { codes, count, keyOf } = encode(column)
        const expected = new Map<unknown, number>()
        Array.from<unknown>(column).forEach((item, i) => {
          const none = item === null || item === undefined || typeof item === 'object' || Number.isNaN(item)
          if (!none && !expected.has(item)) expected.set(item, expected.size)
          expect(codes[i]).toBe(none ? -1 : expected.get(item))
          if (!none) expect(keyOf(codes[i] as number) === item).toBe(true)
        })
        expect(count).toBe(expected.size)
      }),
    )
  })
  it('and for more keys than a small table holds', () => {
    const keys = Float64Array.from({ length: 6000 }, (_, i) => Math.floor(i / 2) * 1e6 + 0.5)
    const { codes, count } = encode(keys)
    expect(count).toBe(3000)
    expect(Array.from(codes)).toEqual(Array.from(keys, (_, i) => Math.floor(i / 2)))
  })
  it('holes and elements that throw are no keys', () => {
    const hostile: unknown[] = [1, 0, 2]
    delete hostile[1]
    Object.defineProperty(hostile, 2, {
      get: () => {
        throw new Error('secret')
      },
    })
    expect(Array.from(encode(hostile).codes)).toEqual([0, -1, -1])
  })
})
