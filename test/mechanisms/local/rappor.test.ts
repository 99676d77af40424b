import { describe, expect, it } from 'vitest'
import { delta, epsilon as epsilonOf } from '../../../src/accounting/index.ts'
import { rappor } from '../../../src/mechanisms/index.ts'
import { placesOf } from '../../../src/mechanisms/local/bloom.ts'
import { readEpsilon, truthRate } from '../../../src/mechanisms/local/truth-rate.ts'
import type { Rational } from '../../../src/numeric/rational.ts'
import * as rational from '../../../src/numeric/rational.ts'
import { insecureSeeded } from '../../../src/testing/index.ts'
import { type Asked, hockeyStick, judge, lawOf, meanOf, worstRatio } from './support.ts'

const shape = { bits: 6, hashes: 2, cohorts: 1 }
/** Texts whose filters have no bit in common, so that nothing is more different. */
const [here, there] = ((): [string, string] => {
  for (let i = 1; ; i++) {
    const [a, b] = [placesOf('0', 0, shape), placesOf(String(i), 0, shape)]
    if (a.size === 2 && b.size === 2 && new Set([...a, ...b]).size === 4) return ['0', String(i)]
  }
})()
const options = { epsilon: 2, ...shape }
const kept = truthRate(readEpsilon(2), rational.of(1n), 4)
const keeps: Asked[] = Array.from({ length: 6 }, () => ({ coin: kept }))
const memoryLaws = [here, there].map((text) =>
  lawOf(keeps, (insecureRandom) => rappor({ ...options, insecureRandom }).memoize(text, { cohort: 0 })),
)

/** The law of a report: that of a memory, and then of a report of it. */
const reportLaws = memoryLaws.map((memories) => {
  const law = new Map<string, Rational>()
  for (const [memory, mass] of memories) {
    const filled = JSON.parse(memory) as { cohort: number; memory: string }
    const shown = Array.from({ length: 6 }, (_, i) => {
      const six = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.indexOf(filled.memory)
      return { coin: rational.of(((six >> i) & 1) === 1 ? 3n : 1n, 4n) }
    })
    for (const [report, share] of lawOf(shown, (insecureRandom) => rappor({ ...options, insecureRandom }).report(filled))) {
      law.set(report, rational.add(law.get(report) ?? rational.of(0n), rational.multiply(mass, share)))
    }
  }
  return law
})

describe('RAPPOR', () => {
  it('a memory is as private as it says, exactly, and no more', () => {
    const { holds, slack } = judge(worstRatio(memoryLaws), 2)
    expect(holds).toBe(true)
    expect(slack).toBeLessThan(1e-15)
    const { event, guarantee } = rappor(options)
    expect(guarantee).toEqual({ epsilon: 2, delta: 0 })
    expect(epsilonOf(event, { delta: 0, relation: 'replace-one' }).upper).toBeCloseTo(2, 12)
    for (const epsilon of [0, 0.5, 1.2]) {
      const covered = delta(event, { epsilon, relation: 'replace-one' }).upper
      expect(hockeyStick(memoryLaws, epsilon)).toBeLessThanOrEqual(covered * (1 + 1e-9))
      expect(hockeyStick(memoryLaws, epsilon)).toBeGreaterThan(covered * 0.999)
    }
  })
  it('a single report is private as its own figure says', () => {
    const { reportEpsilon } = rappor(options)
    const { holds, slack } = judge(worstRatio(reportLaws), reportEpsilon)
    expect(holds).toBe(true)
    expect(slack).toBeLessThan(1e-14)
    expect(reportEpsilon).toBeLessThan(1.1)
    // Figure of the paper: h ln(q* (1 - p*) / (p* (1 - q*))).
    const f = 2 * (1 - rational.toNumber(kept))
    const [q, p] = [0.75 * (1 - f) + (f / 2) * 1, 0.25 * (1 - f) + (f / 2) * 1]
    expect(reportEpsilon).toBeCloseTo(2 * Math.log((q * (1 - p)) / (p * (1 - q))), 12)
    expect(f).toBeCloseTo(2 / (1 + Math.exp(0.5)), 12)
  })
  it('with p = 0 and q = 1 the report is the memory', () => {
    const once = rappor({ epsilon: 3, p: 0, q: 1, insecureRandom: insecureSeeded(81) })
    expect(once.reportEpsilon).toBe(3)
    const memory = once.memoize('a')
    expect(once.report(memory)).toEqual({ cohort: memory.cohort, bits: memory.memory })
  })
  it('estimates have no bias, exactly', () => {
    const mechanism = rappor(options)
    const shares = (report: { cohort: number; bits: string }): number[] =>
      mechanism.estimate([report], { candidates: [here, there] }).map(({ share }) => share)
    reportLaws.forEach((law, truth) => {
      const means = meanOf(law, shares)
      means.forEach((mean, v) => {
        expect(mean).toBeCloseTo(v === truth ? 1 : 0, 10)
      })
      meanOf(law, (report: { cohort: number; bits: string }) => shares(report).map((share) => share ** 2)).forEach(
        (square, v) => {
          const told = mechanism.error({ candidates: [here, there] }).stddev ** 2
          expect((square - (means[v] as number) ** 2) / told).toBeLessThan(1 + 1e-9)
          expect((square - (means[v] as number) ** 2) / told).toBeGreaterThan(0.8)
        },
      )
    })
  })
  it('finds the shares of a crowd, within intervals that hold', () => {
    const candidates = ['chrome', 'firefox', 'safari', 'edge', 'opera', 'lynx']
    const truth = [0.5, 0.25, 0.15, 0.1, 0, 0]
    const answers = truth.flatMap((share, v) => Array.from({ length: share * 1000 }, () => candidates[v] as string))
    const mechanism = rappor({ epsilon: 6, bits: 32, cohorts: 4, insecureRandom: insecureSeeded(82) })
    const known = mechanism.error({ candidates, responses: 1000, confidence: 0.9 })
    let [held, worst] = [0, 0]
    const sums = candidates.map(() => 0)
    const rounds = 40
    for (let i = 0; i < rounds; i++) {
      const reports = answers.map((text) => mechanism.release(text))
      mechanism.estimate(reports, { candidates, confidence: 0.9 }).forEach(({ share, stddev, low, high }, v) => {
        const error = share - (truth[v] as number)
        held += low <= (truth[v] as number) && (truth[v] as number) <= high ? 1 / (rounds * 6) : 0
        sums[v] = (sums[v] as number) + error / rounds
        worst = Math.max(worst, Math.abs(error))
        expect(stddev).toBeLessThanOrEqual(known.stddev)
      })
    }
    expect(held).toBeGreaterThan(0.9)
    expect(worst).toBeLessThan(6 * known.stddev)
    for (const sum of sums) expect(Math.abs(sum)).toBeLessThan((4 * known.stddev) / Math.sqrt(rounds))
  })
  it('takes anything for a text, and leaves out what is no report', () => {
    const mechanism = rappor({ epsilon: 4, insecureRandom: insecureSeeded(83) })
    for (const text of [null, undefined, 5, {}, '\ud800', 'x'.repeat(1000)]) mechanism.release(text as string)
    const at = (text: unknown) => rappor({ epsilon: 4, insecureRandom: insecureSeeded(84) }).memoize(text as string)
    expect(at(5)).toEqual(at(''))
    const report = mechanism.release('a')
    const strays = [null, 5, {}, { cohort: 8, bits: report.bits }, { cohort: 0.5, bits: report.bits }, { cohort: 1, bits: 'A' }]
    const candidates = ['a', 'b']
    expect(mechanism.estimate([report, ...(strays as (typeof report)[])], { candidates })).toEqual(
      mechanism.estimate([JSON.parse(JSON.stringify(report))], { candidates }),
    )
    expect(() => mechanism.estimate(strays as (typeof report)[], { candidates })).toThrow('reports')
  })
  it('refuses what makes no sense', () => {
    for (const [given, name] of [
      [{ epsilon: 0 }, 'epsilon'],
      [{ epsilon: 1, bits: 1 }, 'bits'],
      [{ epsilon: 1, hashes: 0 }, 'hashes'],
      [{ epsilon: 1, cohorts: 0.5 }, 'cohorts'],
      [{ epsilon: 1, p: 0.5, q: 0.5 }, 'q'],
      [{ epsilon: 1, q: 2 }, 'q'],
    ] as const) {
      expect(() => rappor(given as never)).toThrow(`"${name}"`)
    }
    const mechanism = rappor({ epsilon: 1, bits: 2, cohorts: 1, insecureRandom: insecureSeeded(85) })
    expect(() => mechanism.memoize('a', { cohort: 1 })).toThrow('cohort')
    expect(() => mechanism.report({ cohort: 0, memory: 'AAA' })).toThrow('memory')
    expect(() => mechanism.report(null as never)).toThrow('memory')
    // Three texts in two bits can't be told apart.
    expect(() => mechanism.error({ candidates: ['a', 'b', 'c'] })).toThrow('told apart')
    expect(() => mechanism.error({ candidates: [] })).toThrow('candidates')
    expect(() => mechanism.error({ candidates: [1] as never })).toThrow('candidates[0]')
    expect(() => mechanism.error({ candidates: Array.from({ length: 1001 }, String) })).toThrow('at most 1000')
  })
  it('hashes alike on every engine', () => {
    const wide = { bits: 128, hashes: 4, cohorts: 64 }
    const places = (text: string, cohort: number): number[] => [...placesOf(text, cohort, wide)]
    expect(places('fox', 3)).toEqual([106, 105, 78, 127])
    // The same in big integers.
    const prime = 2147483647n
    const mixed = (number: bigint): bigint => {
      const low = (x: bigint): bigint => BigInt.asUintN(32, x)
      let h = low(number * 0x9e3779b1n)
      h = low((h ^ (h >> 16n)) * 0x85ebca6bn)
      h = low((h ^ (h >> 13n)) * 0xc2b2ae35n)
      return (h ^ (h >> 16n)) % prime
    }
    const x = [...'fox'].reduce((sum, letter) => (sum * 1000003n + BigInt(letter.charCodeAt(0)) + 1n) % prime, 0n)
    const expected = [12n, 13n, 14n, 15n].map((i) => {
      const point = (mixed(2n * i + 1n) * x + mixed(2n * i + 2n)) % prime
      return Number((point * 128n) / prime)
    })
    expect(places('fox', 3)).toEqual(expected)
    // Spread: of 64 cohorts and 50 texts, every bit about as often.
    const counts = new Uint32Array(128)
    for (let i = 0; i < 50; i++)
      for (let j = 0; j < 64; j++) for (const place of places(`text ${i}`, j)) counts[place] = (counts[place] as number) + 1
    expect(Math.min(...counts)).toBeGreaterThan(60)
    expect(Math.max(...counts)).toBeLessThan(145)
  })
})
