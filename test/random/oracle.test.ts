import { describe, expect, it } from 'vitest'
import * as rational from '../../src/numeric/rational.ts'
import { gaussianAdder, gridLaplace, laplaceAdder } from '../../src/random/index.ts'
import { buildIntegerTable, IntegerStrips } from '../../src/random/integer-strips.ts'
import { gaussianLaw, inUnitsOf, type Law, laplaceLaw } from '../../src/random/law.ts'
import { buildRealTable } from '../../src/random/real-strips.ts'
import type { StripTable } from '../../src/random/strip-table.ts'
import { drawInteger, probabilityDigits, roundedSum } from './oracle.ts'
import { fullSize, scripted, seededBits } from './support.ts'

const { of } = rational

const laws: Record<string, Law> = {
  'Laplace 1/3': laplaceLaw(of(1n, 3n)),
  'Laplace 10': laplaceLaw(of(10n)),
  'Laplace 1000/7': laplaceLaw(of(1000n, 7n)),
  'Laplace 2^24.9': laplaceLaw(of(31306000n)),
  'Laplace 2^36': laplaceLaw(of(1n << 36n)),
  'Laplace 2^46 - 1': laplaceLaw(of((1n << 46n) - 1n)),
  'Laplace 2^100 / 3': laplaceLaw(of(1n << 100n, 3n)),
  'Gaussian 1/3': gaussianLaw(of(1n, 3n)),
  'Gaussian 100': gaussianLaw(of(100n)),
  'Gaussian (2^15)^2': gaussianLaw(of(1n << 30n)),
  'Gaussian (2^25)^2': gaussianLaw(of(1n << 50n)),
  'Gaussian (2^26)^2': gaussianLaw(of(1n << 52n)),
  'Gaussian (2^60)^2': gaussianLaw(of(1n << 120n)),
}

/** One word after the other, the first ones from a script, the others from a seed. */
const tape = (script: readonly number[], seed: bigint) => {
  const left = [...script]
  const rest = seededBits(seed)
  return scripted(() => left.shift() ?? rest.uint32())
}

/** A tape that takes a new script whenever it is given one. */
const reloadable = (seed: bigint) => {
  let left: number[] = []
  const rest = seededBits(seed)
  const load = (script: readonly number[]): void => {
    left = [...script]
  }
  return { ...scripted(() => left.shift() ?? rest.uint32()), load }
}

type Random = ReturnType<typeof seededBits>
const pickOf = <T>(random: Random, list: readonly T[]): T => list[random.below(list.length)] as T

/**
 * Words of a trial where decisions are hard: the uniform is next to the sure bound, or agrees with the probability that the point
 * is kept with in all the bits that are looked at first, or in 64 or 128 more, and misses it by little after that.
 */
function hardTrial(random: Random, strips: StripTable, placeBits: number, narrow: boolean): number[] {
  const tail = random.below(40) === 0
  let pick = random.uint32()
  const itemOf = (word: number): number => {
    const column = word >>> strips.columnShift
    return (word & strips.lowMask) < (strips.thresholds[column] as number) ? column : (strips.aliases[column] as number)
  }
  // The item of the tail has its own column; a low part of 0 picks it.
  if (tail) return [strips.blocks * (strips.lowMask + 1), random.uint32() | (random.coin() ? 0xff : 0)]
  while (itemOf(pick) >= strips.blocks) pick = random.uint32()
  const zero = random.below(12) === 0
  if (zero) pick = 0
  const block = itemOf(pick)
  const uniformBits = strips.uniformBits
  const seam = !zero && placeBits > 52 && random.below(4) === 0
  const place = seam ? seamOf(strips, block, random) : zero ? 0n : random.bigBits(Math.min(placeBits, 52))
  const digits = probabilityDigits(strips, block, place, Math.min(placeBits, 52), uniformBits + 32 + 128)
  const agree = seam ? 0 : random.below(3) * 64
  const miss = seam ? -1n : BigInt(random.below(5) - 2)
  const first = (digits >> BigInt(128 - agree)) + miss
  const top = (1n << BigInt(uniformBits + 32 + agree)) - 1n
  const all = first < 0n ? 0n : first > top ? top : first
  const sure = BigInt(strips.sure[block] as number)
  const nextToSure = sure + BigInt(random.below(3) - 1)
  let uniform = all >> BigInt(32 + agree)
  if (!seam && random.below(3) === 0) uniform = nextToSure < 0n ? 0n : nextToSure >> BigInt(uniformBits) ? sure - 1n : nextToSure
  if (zero) uniform = 0n
  const sign = BigInt(random.coin())
  const word = narrow
    ? (((uniform << 1n) | sign) << BigInt(placeBits)) | place
    : (((uniform << 1n) | sign) << 20n) | ((place << BigInt(52 - Math.min(placeBits, 52))) >> 32n)
  const low = narrow ? [] : [Number((place << BigInt(52 - Math.min(placeBits, 52))) & 0xffffffffn)]
  const further: number[] = []
  for (let shift = agree; shift >= 0; shift -= 32) further.push(Number((all >> BigInt(shift)) & 0xffffffffn))
  return [pick, Number(word), ...low, ...further]
}

/** The last place of 52 bits whose probability, but not that of the next place, reaches a multiple of 2^-43: the bits to come decide. */
function seamOf(strips: StripTable, block: number, random: Random): bigint {
  const cell = (place: bigint): bigint => probabilityDigits(strips, block, place, 52, 43)
  let [low, high] = [0n, (1n << 52n) - 1n]
  const [most, least] = [cell(low), cell(high)]
  const target = least + 1n + random.bigBelow(most - least)
  while (high - low > 1n) {
    const middle = (low + high) >> 1n
    if (cell(middle) >= target) low = middle
    else high = middle
  }
  return low
}

describe('integer noise, word by word against an oracle in integers', () => {
  it.each(Object.entries(laws))('%s', (_, law) => {
    const { strips, bits } = buildIntegerTable(law)
    const random = seededBits(77)
    const trials = fullSize ? 20_000 : 400
    for (let i = 0; i < trials; i++) {
      const script = hardTrial(random, strips, bits, bits <= 20)
      const seed = random.bigBits(40)
      const [ours, theirs] = [tape(script, seed), tape(script, seed)]
      const sampler = new IntegerStrips(ours.bits, { strips, bits })
      const expected = drawInteger(theirs.bits, strips, bits)
      const asNumber = bits <= 42 && i % 2 === 0
      const drawn = asNumber ? sampler.next() : sampler.nextBigint()
      expect(asNumber && Number.isNaN(drawn) ? sampler.beyond : BigInt(drawn)).toBe(expected)
      expect(Object.is(drawn, -0)).toBe(false)
      expect(ours.consumed()).toBe(theirs.consumed())
    }
  })
  it.each(Object.entries(laws))('%s, on a plain stream', (_, law) => {
    const { strips, bits } = buildIntegerTable(law)
    const theirs = seededBits(5)
    const sampler = new IntegerStrips(seededBits(5), { strips, bits })
    for (let i = 0; i < 1500; i++) expect(sampler.nextBigint()).toBe(drawInteger(theirs, strips, bits))
  })
  it('keeps what no double holds', () => {
    const table = buildIntegerTable(laplaceLaw(of((1n << 46n) - 1n)))
    // The tail's own column, 240 coins, and a uniform of almost nothing.
    const tail = table.strips.blocks * (table.strips.lowMask + 1)
    const script = [tail, ...Array(7).fill(0xffffffff), 0xffff, ...Array(24).fill(0)]
    const sampler = new IntegerStrips(tape(script, 1n).bits, table)
    const expected = drawInteger(tape(script, 1n).bits, table.strips, table.bits)
    expect(expected >= 2n ** 53n || expected <= -(2n ** 53n)).toBe(true)
    expect(sampler.next()).toBeNaN()
    expect(sampler.beyond).toBe(expected)
    expect(new IntegerStrips(tape(script, 1n).bits, table).nextBigint()).toBe(expected)
  })
})

describe('sums with real noise, word by word against an oracle in integers', () => {
  const adders = {
    gaussian: { build: gaussianAdder, law: gaussianLaw(of(9n)), options: { variance: 9 }, exponent: -39 },
    laplace: {
      build: laplaceAdder,
      law: laplaceLaw(of(1n, 3n)),
      options: { scale: { numerator: 1, denominator: 3 } },
      exponent: -42,
    },
    'huge gaussian': {
      build: gaussianAdder,
      law: gaussianLaw(of(1n << 1990n)),
      options: { variance: 1n << 1990n },
      exponent: 955,
    },
    'tiny laplace': { build: laplaceAdder, law: laplaceLaw(of(1n, 1n << 982n)), options: { scale: 2 ** -982 }, exponent: -1022 },
  } as const
  it.each(Object.entries(adders))('%s', (_, { build, law, options, exponent }) => {
    const { strips, bits } = buildRealTable(inUnitsOf(law, exponent))
    const step = 2 ** exponent
    const random = seededBits(78)
    const trials = fullSize ? 20_000 : 800
    for (let i = 0; i < trials; i++) {
      const script = hardTrial(random, strips, 1000, false)
      const seed = random.bigBits(40)
      // The fraction that the script implies, so that the sum can be put next to a point where the rounding turns.
      const fraction = ((script[2] ?? 0) & (2 ** (52 - bits) - 1)) / 2 ** (52 - bits)
      const sign = (((script[1] as number) >>> 20) & 1) === 1 ? -1 : 1
      const near = 0.5 - sign * (fraction + pickOf(random, [0, 0.3, 0.5, 1, 1.5]) / 2 ** (52 - bits))
      const x = pickOf(random, [
        near * step,
        (near + 1000) * step,
        (near - 12345) * step,
        -near * step,
        random.bits(53) * step,
        -random.bits(53) * 2 ** 30 * step,
        0,
        -0,
        Number.MIN_VALUE,
        -Number.MIN_VALUE,
        1e300,
        Number.MAX_VALUE,
        -Number.MAX_VALUE,
      ])
      const [ours, theirs] = [tape(script, seed), tape(script, seed)]
      const released = build({ ...options, insecureRandom: ours.random } as never).release(x)
      const finite = Math.min(Math.max(x, -Number.MAX_VALUE), Number.MAX_VALUE)
      const steps = roundedSum(theirs.bits, strips, bits, finite, exponent)
      const expected = rational.toNumber(rational.scaleByPowerOfTwo(of(steps), exponent))
      const clamped = Math.min(Math.max(expected, -Number.MAX_VALUE), Number.MAX_VALUE)
      expect(released, `x = ${x}`).toBe(clamped)
    }
  })
  it('draws no bits beyond what the rounding needs, and forgets none', () => {
    // A close decision whether the point is kept leaves 116 bits of its place; the rounding, put on their boundary, has to use them.
    const { law, options, exponent } = adders.gaussian
    const { strips, bits } = buildRealTable(inUnitsOf(law, exponent))
    const random = seededBits(79)
    let hard = 0
    // One adder for all: what a draw has left behind must not come back in the next.
    const [ours, theirs] = [reloadable(5n), reloadable(5n)]
    const adder = gaussianAdder({ ...options, insecureRandom: ours.random })
    for (let i = 0; i < 1500; i++) {
      const script = hardTrial(random, strips, 1000, false)
      const fraction = ((script[2] ?? 0) & (2 ** (52 - bits) - 1)) / 2 ** (52 - bits)
      const sign = (((script[1] as number) >>> 20) & 1) === 1 ? -1 : 1
      const x = (0.5 - sign * (fraction + 0.5 / 2 ** (52 - bits))) * 2 ** exponent
      const before = ours.consumed()
      ours.load(script)
      theirs.load(script)
      expect(adder.release(x)).toBe(Number(roundedSum(theirs.bits, strips, bits, x, exponent)) * 2 ** exponent)
      expect(ours.consumed()).toBe(theirs.consumed())
      if (ours.consumed() > before + 8) hard += 1
    }
    expect(hard).toBeGreaterThan(100)
  })
})

describe('sums on the grid, against integers', () => {
  it('are the rounded x plus integer noise', () => {
    const options = { l1Sensitivity: 1, epsilon: 0.1 }
    const random = seededBits(80)
    for (let i = 0; i < 2000; i++) {
      const seed = random.bigBits(40)
      const ours = gridLaplace({ ...options, insecureRandom: tape([], seed).random })
      const { strips, bits } = buildIntegerTable(laplaceLaw(ours.integerScale))
      const noise = drawInteger(tape([], seed).bits, strips, bits)
      const exponent = Math.log2(ours.step)
      const x = pickOf(random, [
        (random.bits(53) - 2 ** 52) * ours.step * 2 ** (random.below(40) - 20),
        (random.below(100) + 0.5) * ours.step,
        -(random.below(100) + 0.5) * ours.step,
        (0.5 - 2 ** -54) * ours.step,
        (2 ** 52 + 1) * ours.step,
        (2 ** 53 - 1) * ours.step,
        1e300,
        -Number.MAX_VALUE,
      ])
      const nearest = rational.floor(rational.add(rational.scaleByPowerOfTwo(rational.fromNumber(x), -exponent), of(1n, 2n)))
      const exact = rational.scaleByPowerOfTwo(of(nearest + noise), exponent)
      const expected = Math.min(Math.max(rational.toNumber(exact), -Number.MAX_VALUE), Number.MAX_VALUE)
      expect(ours.release(x), `x = ${x}`).toBe(expected)
    }
  })
})
