import { describe, expect, it } from 'vitest'
import * as rational from '../../src/numeric/rational.ts'
import { encloseExpNeg } from '../../src/random/exp-enclosure.ts'
import { buildIntegerTable } from '../../src/random/integer-strips.ts'
import { exponentAt, gaussianLaw, inUnitsOf, type Law, laplaceLaw, scaleExponent } from '../../src/random/law.ts'
import { buildRealTable } from '../../src/random/real-strips.ts'
import { buildStripTable, type StripTable, slack } from '../../src/random/strip-table.ts'
import { judge, judgeExactly, type Trial } from '../../src/random/strip-trial.ts'
import { stripTable } from '../../src/random/table-cache.ts'
import { fullSize, seededBits } from './support.ts'

const { of, fromNumber } = rational

type Case = { readonly name: string; readonly strips: StripTable; readonly bits: number; readonly real: boolean }

const integers: Record<string, Law> = {
  'Laplace 0.01': laplaceLaw(fromNumber(0.01)),
  'Laplace 1/3': laplaceLaw(of(1n, 3n)),
  'Laplace 1': laplaceLaw(of(1n)),
  'Laplace 10': laplaceLaw(of(10n)),
  'Laplace 15.999': laplaceLaw(fromNumber(15.999)),
  'Laplace 1000/7': laplaceLaw(of(1000n, 7n)),
  'Laplace 2^20 + 7': laplaceLaw(of((1n << 20n) + 7n)),
  'Laplace 2^24.9': laplaceLaw(of(31306000n)),
  'Laplace 2^46 - 1': laplaceLaw(of((1n << 46n) - 1n)),
  'Laplace 2^100 / 3': laplaceLaw(of(1n << 100n, 3n)),
  'Laplace 2^-1074': laplaceLaw(of(1n, 1n << 1074n)),
  'Laplace 2^1100': laplaceLaw(of(1n << 1100n)),
  'Gaussian 1e-4': gaussianLaw(fromNumber(1e-4)),
  'Gaussian 1/3': gaussianLaw(of(1n, 3n)),
  'Gaussian 1': gaussianLaw(of(1n)),
  'Gaussian 100': gaussianLaw(of(100n)),
  'Gaussian 1023.99': gaussianLaw(fromNumber(1023.99)),
  'Gaussian 12345.678^2': gaussianLaw(rational.multiply(fromNumber(12345.678), fromNumber(12345.678))),
  'Gaussian (2^21)^2': gaussianLaw(of(1n << 42n)),
  'Gaussian (2^40 + 1)^2': gaussianLaw(of(((1n << 40n) + 1n) ** 2n)),
  'Gaussian 2^180 / 5': gaussianLaw(of(1n << 180n, 5n)),
  'Gaussian 2^-2000': gaussianLaw(of(1n, 1n << 2000n)),
}
const reals: Record<string, Law> = {
  'real Laplace 2^40': laplaceLaw(of(1n << 40n)),
  'real Laplace 2^41 - 1': laplaceLaw(of((1n << 41n) - 1n)),
  'real Gaussian 2^40': gaussianLaw(of(1n << 80n)),
  'real Gaussian 1.7 2^40': gaussianLaw(of(289n << 80n, 100n)),
}
const cases: Case[] = [
  ...Object.entries(integers).map(([name, law]) => ({ name, ...buildIntegerTable(law), real: false })),
  ...Object.entries(reals).map(([name, law]) => ({ name, ...buildRealTable(law), real: true })),
]

/** M f(y) / weight enclosed: [lower, upper] 2^precision; y = position / 2^bits. */
const height = (strips: StripTable, position: bigint, bits: number, precision: number): [bigint, bigint] => {
  const { numerator, denominator } = exponentAt(strips.law, position, bits)
  const [lower, upper] = encloseExpNeg(numerator, denominator, precision)
  return [lower * BigInt(strips.multiplier), upper * BigInt(strips.multiplier)]
}

describe('a law', () => {
  it('has the scale that it was made with', () => {
    expect([...Object.values(integers)].map(scaleExponent)).toEqual([
      -7, -2, 0, 3, 3, 7, 20, 24, 45, 98, -1074, 1100, -7, -1, 0, 3, 4, 13, 21, 40, 88, -1000,
    ])
    expect(laplaceLaw(of(2n, 3n))).toEqual({ degree: 1, rate: of(3n, 2n) })
    expect(gaussianLaw(of(2n, 3n))).toEqual({ degree: 2, rate: of(3n, 4n) })
    expect(inUnitsOf(gaussianLaw(of(9n)), 3).rate).toEqual(of(64n, 18n))
    expect(inUnitsOf(laplaceLaw(of(9n)), -3).rate).toEqual(of(1n, 72n))
  })
})

describe.each(cases)('the table of $name', ({ strips, bits, real }) => {
  it('sums to one word, and its columns carry the weights exactly', () => {
    const found = new Map<number, number>()
    const give = (item: number, weight: number): void => {
      found.set(item, (found.get(item) ?? 0) + weight)
    }
    const { thresholds, aliases, columnShift, lowMask, hats, blocks, tailBits } = strips
    expect(thresholds.length).toBe(2 ** (32 - columnShift))
    expect(thresholds.length * (lowMask + 1)).toBe(2 ** 32)
    thresholds.forEach((threshold, column) => {
      expect(threshold >= 0 && threshold <= lowMask + 1).toBe(true)
      give(column, threshold)
      give(aliases[column] as number, lowMask + 1 - threshold)
    })
    // A zero alone in its block comes without a sign, for which the other integers have two.
    const alone = !real && bits === 0
    for (let b = 0; b < blocks; b++) expect(found.get(b)).toBe(b === 0 && alone ? (hats[b] as number) / 2 : hats[b])
    expect(found.get(blocks)).toBe(2 ** (tailBits + 1))
    expect([...found.values()].reduce((a, b) => a + b)).toBe(2 ** 32)
    for (const [item, weight] of found) if (item > blocks + 1) expect(weight).toBe(0)
    // What is left over is thrown away: it must be little.
    expect(found.get(blocks + 1) as number).toBeLessThan(2 ** 32 * 1e-4)
    expect(blocks).toBeLessThan(1000)
  })
  it('has a hat over all of f, and a tail below its own', () => {
    const { hats, blocks, tailBits } = strips
    for (let b = 0; b < blocks; b++) {
      const [, upper] = height(strips, BigInt(b), 0, 128)
      expect(upper <= BigInt(hats[b] as number) << 128n).toBe(true)
      // Nor is it much too high: the acceptance pays for that.
      const [lower] = height(strips, BigInt(b), 0, 128)
      expect(lower > (BigInt((hats[b] as number) - 2) << 128n) - (BigInt(hats[b] as number) << 92n)).toBe(true)
    }
    for (let t = 0; t < 60; t++) {
      const [, upper] = height(strips, BigInt(blocks) + (BigInt(t) << BigInt(tailBits)), 0, 400)
      expect(upper << BigInt(t) <= 1n << 400n).toBe(true)
    }
  })
  it('accepts without a look only what every point of the block is kept by', () => {
    const placeBits = Math.min(bits, 1000)
    let sum = 0
    for (let b = 0; b < strips.blocks; b++) {
      // The last point of the block: its right end for reals, else its last integer.
      const last = real ? BigInt(b + 1) : (BigInt(b + 1) << BigInt(placeBits)) - 1n
      const [lower] = height(strips, last, real ? 0 : placeBits, 128)
      const sure = BigInt(strips.sure[b] as number)
      const unit = 128n - BigInt(strips.uniformBits)
      expect((sure * BigInt(strips.hats[b] as number)) << unit <= lower).toBe(true)
      // And it is as large as its bits and the slack allow, or else the long way is taken too often.
      expect(((sure + 2n) * BigInt(strips.hats[b] as number)) << unit > lower - (BigInt(strips.hats[b] as number) << 89n)).toBe(
        true,
      )
      const weight = (strips.hats[b] as number) * (b === 0 && bits === 0 && !real ? 0.5 : 1)
      sum += (weight / 2 ** 32) * ((strips.sure[b] as number) / 2 ** strips.uniformBits)
    }
    expect(sum).toBeGreaterThan(0.9)
  })
})

describe('doubles against integers, decision by decision', () => {
  const decisions = fullSize ? 1_000_000 : 20_000
  // One case of each kind of layout, and the extreme scales.
  const chosen = cases.filter(
    ({ name }) =>
      [
        'Laplace 10',
        'Laplace 1000/7',
        'Laplace 2^46 - 1',
        'Laplace 2^100 / 3',
        'Gaussian 100',
        'Gaussian (2^21)^2',
        'Gaussian 2^180 / 5',
      ].includes(name) || name.startsWith('real'),
  )
  it.each(chosen)('$name', ({ strips, bits, real }) => {
    const source = seededBits(5)
    const positionBits = real ? 52 : Math.min(bits, 52)
    const limit = real ? Number.POSITIVE_INFINITY : bits
    const count = { keep: 0, drop: 0, close: 0 }
    const near = { keep: 0, drop: 0, close: 0 }
    for (let i = 0; i < decisions; i++) {
      const block = source.below(strips.blocks)
      const place = source.bits(positionBits)
      const y = block + place / 2 ** positionBits
      // 43 bits of the uniform, as few as a decision in doubles ever has; every other one next to where it turns.
      const probability = ((strips.multiplier / (strips.hats[block] as number)) *
        Math.exp(-y * (strips.linear + y * strips.quadratic))) as number
      const offset = (source.bits(20) / 2 ** 19 - 1) * 3 * slack
      const wanted = i % 2 === 0 ? source.bits(43) : Math.floor((probability + offset) * 2 ** 43)
      const uniform = Math.min(Math.max(wanted, 0), 2 ** 43 - 1)
      const verdict = judge(strips, block, y, uniform / 2 ** 43)
      const trial: Trial = {
        law: strips.law,
        weight: BigInt(strips.multiplier),
        hat: BigInt(strips.hats[block] as number),
        block: BigInt(block),
        positionLimit: limit,
        position: BigInt(place),
        positionBits,
        uniform: BigInt(uniform),
        uniformBits: 43,
      }
      const tally = i % 2 === 0 ? count : near
      tally[verdict] += 1
      if (verdict !== 'close' && judgeExactly(trial) !== verdict)
        expect.unreachable(`block ${block}, place ${place}, uniform ${uniform}`)
    }
    // By chance it is never close; next to the turn it is, but not further from it than the slack.
    expect(count.close).toBe(0)
    expect(Math.min(count.keep, near.keep, near.drop, near.close)).toBeGreaterThan(0)
    expect(near.close / (decisions / 2)).toBeLessThan(0.4)
  })
})

describe('the cache', () => {
  it('gives back the table it was asked for, and no other', () => {
    const law = inUnitsOf(gaussianLaw(of(12345n, 7n)), 1)
    const table = stripTable(law, 0.5, 20)
    expect(stripTable(law, 0.5, 20)).toBe(table)
    expect(table).toEqual(buildStripTable(law, 0.5, 20))
    for (const other of [stripTable(law, 1, 20), stripTable(law, 0.5, 21), stripTable({ ...law, degree: 1 }, 0.5, 20)]) {
      expect(other).not.toEqual(table)
    }
    for (let i = 1n; i <= 40n; i++) stripTable(laplaceLaw(of(i)), 0, 31)
    expect(stripTable(law, 0.5, 20)).not.toBe(table)
    expect(stripTable(law, 0.5, 20)).toEqual(table)
  })
})
