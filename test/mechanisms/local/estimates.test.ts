import { describe, expect, it } from 'vitest'
import { InvalidParameterError } from '../../../src/errors.ts'
import {
  compareLocal,
  hadamardResponse,
  type LocalMechanism,
  type LocalOptions,
  localHashing,
  optimizedUnaryEncoding,
  randomizedResponse,
  subsetSelection,
  symmetricUnaryEncoding,
} from '../../../src/mechanisms/index.ts'
import { addBits, writeBits } from '../../../src/mechanisms/local/bit-string.ts'
import { columnOf, hadamardRates, hadamardVariance } from '../../../src/mechanisms/local/hadamard-response.ts'
import { firstOf, hashOf, prime } from '../../../src/mechanisms/local/local-hashing.ts'
import { readEpsilon } from '../../../src/mechanisms/local/truth-rate.ts'
import { insecureSeeded } from '../../../src/testing/index.ts'

type Make = (options: LocalOptions) => LocalMechanism<unknown, unknown>
const makes: [string, Make][] = [
  ['symmetricUnaryEncoding', symmetricUnaryEncoding as Make],
  ['optimizedUnaryEncoding', optimizedUnaryEncoding as Make],
  ['localHashing', localHashing as Make],
  ['hadamardResponse', hadamardResponse as Make],
  ['subsetSelection', subsetSelection as Make],
]

/** One person in two says 0, few say 1, nobody says 2, and the rest is spread. */
const crowd = (people: number, categories: number): number[] =>
  Array.from({ length: people }, (_, i) => (i < people / 2 ? 0 : i < people / 2 + 3 ? 1 : 3 + (i % (categories - 3))))

describe.each(makes)('%s', (name, make) => {
  it.each([
    [1, 12],
    [3, 30],
  ])('at epsilon %d, %d categories: intervals hold, and errors are as foretold', (epsilon, categories) => {
    const people = 600
    const answers = crowd(people, categories)
    const truth = Array.from({ length: categories }, (_, v) => answers.filter((answer) => answer === v).length / people)
    const mechanism = make({ epsilon, categories, insecureRandom: insecureSeeded(71) })
    const rounds = 120
    const watched = [0, 1, 2, 3]
    const [held, sums, squares, told] = [[], [], [], []] as [number[], number[], number[], number[]]
    let within = 0
    const known = mechanism.error({ responses: people, confidence: 0.9 })
    for (let i = 0; i < rounds; i++) {
      const estimates = mechanism.estimate(
        answers.map((answer) => mechanism.release(answer)),
        { confidence: 0.9 },
      )
      for (const v of watched) {
        const { share, stddev, low, high } = estimates[v] as (typeof estimates)[number]
        const error = share - (truth[v] as number)
        held[v] = (held[v] ?? 0) + (low <= (truth[v] as number) && (truth[v] as number) <= high ? 1 / rounds : 0)
        sums[v] = (sums[v] ?? 0) + error / rounds
        squares[v] = (squares[v] ?? 0) + error ** 2 / rounds
        told[v] = (told[v] ?? 0) + stddev ** 2 / rounds
        within += Math.abs(error) <= known.halfWidth ? 1 / (rounds * watched.length) : 0
      }
    }
    for (const v of watched) {
      const spread = Math.sqrt(squares[v] as number)
      // The mean of the rounds is within 4 of its own standard errors of the truth.
      expect(Math.abs(sums[v] as number)).toBeLessThan((4 * spread) / Math.sqrt(rounds))
      expect(held[v]).toBeGreaterThan(0.84)
      expect(spread / Math.sqrt(told[v] as number)).toBeGreaterThan(0.8)
      expect(spread / Math.sqrt(told[v] as number)).toBeLessThan(1.2)
      const { stddev } = mechanism.error({ responses: people, share: truth[v] as number })
      // What Hadamard response foretells takes the others as spread evenly; half of these say the same.
      expect(spread / stddev).toBeGreaterThan(name === 'hadamardResponse' ? 0.7 : 0.8)
      expect(spread / stddev).toBeLessThan(name === 'hadamardResponse' ? 1.4 : 1.2)
      expect(known.stddev).toBeGreaterThanOrEqual(stddev)
    }
    expect(within).toBeGreaterThan(0.9)
  })
  it('counts what is no category as 0, never throwing', () => {
    const at = (answer: unknown): unknown =>
      make({ epsilon: 30, categories: 5, insecureRandom: insecureSeeded(72) }).release(answer as number)
    for (const answer of [5, -1, 0.5, Number.NaN, null, undefined, 'secret', {}, Number.POSITIVE_INFINITY, -0]) {
      expect(at(answer)).toEqual(at(0))
    }
    expect(at(3)).not.toEqual(at(0))
  })
  it('reports survive JSON, and what is no report is left out', () => {
    const mechanism = make({ epsilon: 30, categories: 5, insecureRandom: insecureSeeded(73) })
    const reports = [0, 1, 1, 4].map((answer) => mechanism.release(answer))
    const revived = JSON.parse(JSON.stringify(reports)) as unknown[]
    expect(revived).toEqual(reports)
    const strays = [null, undefined, 'A~', '', 'AAAA', -1, 0.5, 1e9, [], [9], [1, 2, 1e9], [4, 3], ['a', 'b', 'c'], {}, true]
    const estimates = mechanism.estimate([...revived, ...strays])
    expect(estimates).toEqual(mechanism.estimate(reports))
    // These two are as good as certain at this epsilon, the others have noise of their own.
    if (name === 'symmetricUnaryEncoding' || name === 'subsetSelection') {
      ;[0.25, 0.5, 0, 0, 0.25].forEach((share, v) => {
        expect(estimates[v]?.share).toBeCloseTo(share, 5)
      })
    }
    expect(() => mechanism.estimate(strays)).toThrow('reports')
    expect(() => mechanism.estimate([])).toThrow(InvalidParameterError)
    expect(() => mechanism.estimate('A' as never)).toThrow('reports')
    expect(() => mechanism.estimate(reports, { confidence: 1 })).toThrow('confidence')
  })
  it('refuses what makes no sense, and tells where noise comes from', () => {
    for (const [options, field] of [
      [{ epsilon: 0, categories: 3 }, 'epsilon'],
      [{ epsilon: 1e-10, categories: 3 }, 'epsilon'],
      [{ epsilon: 10n ** 400n, categories: 3 }, 'epsilon'],
      [{ epsilon: 1, categories: 1 }, 'categories'],
      [{ epsilon: 1, categories: 2 ** 22 + 1 }, 'categories'],
      [{ epsilon: 1 }, 'categories'],
    ] as const) {
      expect(() => make(options as never)).toThrow(`"${field}"`)
    }
    const mechanism = make({ epsilon: 1e-6, categories: 3 })
    expect(mechanism.provenance).toBe('secure')
    expect(Object.isFrozen(mechanism)).toBe(true)
    expect(() => mechanism.error({ responses: 0 })).toThrow('responses')
    expect(() => mechanism.error({ share: 2 })).toThrow('share')
    expect(mechanism.error()).toEqual(mechanism.error({ responses: 1, confidence: 0.95 }))
  })
  it('takes any epsilon, up to where noise is next to none', () => {
    const mechanism = make({ epsilon: 1e6, categories: 40, insecureRandom: insecureSeeded(74) })
    const reports = [7, 7, 9].map((answer) => mechanism.release(answer))
    expect(mechanism.estimate(reports)[7]?.share).toBeCloseTo(2 / 3, 3)
  })
})

describe('variances are those of the papers', () => {
  it.each([0.5, 1, 2, 4])('epsilon %d', (epsilon) => {
    const e = Math.exp(epsilon)
    const n = 1000
    const at = (make: Make, categories = 50): number =>
      make({ epsilon, categories }).error({ responses: n, share: 0 }).stddev ** 2
    // Wang, Blocki, Li and Jha 2017, table 1.
    expect(at(optimizedUnaryEncoding as Make) / ((4 * e) / (n * (e - 1) ** 2))).toBeCloseTo(1, 10)
    const half = Math.exp(epsilon / 2)
    expect(at(symmetricUnaryEncoding as Make) / (half / (n * (half - 1) ** 2))).toBeCloseTo(1, 10)
    // Their equation for local hashing with any g.
    const g = Math.round(e) + 1
    expect(at(localHashing as Make) / ((e - 1 + g) ** 2 / (n * (e - 1) ** 2 * (g - 1)))).toBeCloseTo(1, 10)
    // Ye and Barg 2018 at the better of two sizes; the variance of a rare share from p and q of theirs.
    const subset = (w: number): number => {
      const k = 50
      const p = (w * e) / (w * e + k - w)
      const q = (p * (w - 1) + (1 - p) * w) / (k - 1)
      return (q * (1 - q)) / (n * (p - q) ** 2)
    }
    const ideal = 50 / (e + 1)
    const best = Math.min(subset(Math.max(1, Math.floor(ideal))), subset(Math.ceil(ideal)))
    expect(at(subsetSelection as Make) / best).toBeCloseTo(1, 10)
  })
  it('Hadamard response with one block: ((e + 1) / (e - 1))^2 / n', () => {
    const mechanism = hadamardResponse({ epsilon: 0.5, categories: 50 })
    const e = Math.exp(0.5)
    expect(mechanism.error({ responses: 10, share: 0 }).stddev ** 2).toBeCloseTo(((e + 1) / (e - 1)) ** 2 / 10, 10)
    const { blocks } = hadamardRates(readEpsilon(4), 200)
    expect(blocks).toBeGreaterThan(4)
    expect(hadamardVariance(hadamardRates(readEpsilon(4), 200), 200, 0)).toBeLessThan(0.2)
  })
})

describe('which one to take', () => {
  it.each([0.3, 1, 2, 3])(
    'randomised response beats optimised unary encoding for fewer than 3 e^%d + 2 categories',
    (epsilon) => {
      const limit = 3 * Math.exp(epsilon) + 2
      for (const categories of [Math.max(2, Math.floor(limit)), Math.ceil(limit)]) {
        const order = compareLocal({ epsilon, categories }).map(({ mechanism }) => mechanism)
        const first = order.indexOf('randomizedResponse') < order.indexOf('optimizedUnaryEncoding')
        expect(first).toBe(categories < limit)
      }
    },
  )
  it('nothing beats subset selection, and the variances are those that mechanisms tell', () => {
    for (const epsilon of [0.2, 1, 3, 6]) {
      for (const categories of [2, 5, 50, 1000]) {
        const all = compareLocal({ epsilon, categories })
        const subset = all.find(({ mechanism }) => mechanism === 'subsetSelection')?.variance as number
        expect(all[0]?.variance).toBeGreaterThan(0.99 * subset)
        for (const [name, make] of makes) {
          const told = make({ epsilon, categories }).error({ share: 0 }).stddev ** 2
          expect(told).toBeCloseTo(all.find(({ mechanism }) => mechanism === name)?.variance as number, 10)
        }
      }
    }
  })
  it('randomised response has a standard error beside its share', () => {
    const [yes] = randomizedResponse({ epsilon: Math.log(3) })
      .estimate([40, 60])
      .slice(1)
    // p = 3/4, q = 1/4: whoever says what, the variance of an answer is 3/16, and the slope 1/2.
    expect(yes?.stddev).toBeCloseTo(Math.sqrt(3 / 16 / 100) / 0.5, 12)
  })
})

describe('what reports are made of', () => {
  it('bits as text, and nothing else as bits', () => {
    for (const count of [1, 5, 6, 7, 12, 100]) {
      const bits = Array.from({ length: count }, (_, i) => (i * i) % 3 === 1)
      const text = writeBits(count, (i) => bits[i] as boolean)
      const totals = new Uint32Array(count)
      expect(addBits(text, totals)).toBe(true)
      expect(Array.from(totals)).toEqual(bits.map(Number))
    }
    const totals = new Uint32Array(7)
    for (const wrong of ['A', 'AAA', 'A*', 'AC', '*A', 5, null]) expect(addBits(wrong, totals)).toBe(false)
    expect(addBits('_B', totals)).toBe(true)
    expect(totals.every((total) => total === 1)).toBe(true)
  })
  it('columns of a row of the Hadamard matrix', () => {
    const ones = (x: number): number => x.toString(2).replaceAll('0', '').length
    for (let row = 1; row < 16; row++) {
      for (const parity of [0, 1] as const) {
        const columns = Array.from({ length: 8 }, (_, i) => columnOf(row, i, parity))
        expect(new Set(columns).size).toBe(8)
        for (const column of columns) expect(ones(column & row) % 2).toBe(parity)
      }
    }
  })
  it('hash values are intervals of points, as even as integers allow', () => {
    for (const values of [2, 3, 7, 1000, 65536]) {
      for (const value of [0, 1, Math.floor(values / 2), values - 1].filter((y) => y < values)) {
        const [first, next] = [firstOf(value, values), firstOf(value + 1, values)]
        expect(Math.abs(next - first - prime / values)).toBeLessThan(1)
        expect(hashOf(0, first, 5, values)).toBe(value)
        expect(hashOf(0, next - 1, 5, values)).toBe(value)
      }
      expect(firstOf(values, values)).toBe(prime)
    }
  })
  it('known answers, the same on every engine', () => {
    expect(hashOf(123456789, 987654321, 4194303, 1000)).toBe(
      Number((((123456789n * 4194303n + 987654321n) % BigInt(prime)) * 1000n) / BigInt(prime)),
    )
  })
  it('the scan over categories agrees with the hash', () => {
    const mechanism = localHashing({ epsilon: 1, categories: 300, insecureRandom: insecureSeeded(75) })
    const report = mechanism.release(5)
    const [a, b, value] = report
    const shares = mechanism.estimate([report]).map(({ share }) => share > 0)
    expect(shares).toEqual(Array.from({ length: 300 }, (_, v) => hashOf(a, b, v, 4) === value))
  })
})
