import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { binaryModule, targets } from '../../scripts/assemble.ts'
import { fromNumber, powerOfTwo } from '../../src/numeric/rational.ts'
import { BitSource } from '../../src/random/bit-source.ts'
import { issueInsecure } from '../../src/random/handles.ts'
import { gaussianAdder } from '../../src/random/index.ts'
import { gaussianLaw, inUnitsOf } from '../../src/random/law.ts'
import { type NoiseBatch, noiseBatch } from '../../src/random/noise-batch.ts'
import { gridForLaw } from '../../src/random/real-adder.ts'
import { buildRealTable, RealStrips } from '../../src/random/real-strips.ts'
import { seededBits } from './support.ts'

const random = seededBits(17)
const word = (): number => random.bits(32)

/** A source of these words, and then of words by a rule, that counts what was taken. */
function scripted(words: readonly number[], then: () => number): { readonly bits: BitSource; readonly taken: () => number } {
  let taken = 0
  const bits = new BitSource(() => Uint32Array.of(words[taken++] ?? then()))
  return { bits, taken: () => taken }
}

/** A stream that goes on in the same way each time. */
const tail = (seed: number): (() => number) => {
  const own = seededBits(seed)
  return () => own.bits(32)
}

const stddev = 1.1
const law = gaussianLaw(fromNumber(stddev * stddev))
const grid = gridForLaw(law, 'stddev')
const table = buildRealTable(inUnitsOf(law, grid.exponent))
const strips = (source: BitSource): RealStrips => new RealStrips(source, table)
const { constants } = strips(new BitSource(() => Uint32Array.of(0)))
const doubt = constants.fractionUnit + powerOfTwo(-49)
const batch = noiseBatch({ ...constants, inverse: grid.inverse, doubt, step: grid.step }) as NoiseBatch

/** What a single draw makes of x by these words, and how many it takes. */
function single(
  x: number,
  words: readonly number[],
  seed: number,
  float: boolean,
): { readonly sum: number; readonly taken: number } {
  const { bits, taken } = scripted(words, tail(seed))
  const adder = gaussianAdder({ variance: fromNumber(stddev * stddev), insecureRandom: issueInsecure(bits) } as never)
  const sum = float ? (adder.releaseInto(Float64Array.of(x), new Float32Array(1))[0] as number) : adder.release(x)
  return { sum, taken: taken() }
}

const scales = [0, 1e-30, 1e-9, 1, 37.5, 1e6, 1e15, 1e40, 1e300]
const strange = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 5e-324, Number.MAX_VALUE]

describe('noise on arrays in batches', () => {
  it('comes from what assembly/noise.ts compiles to', async () => {
    const [source, target] = Object.entries(targets).find(([name]) => name.includes('noise')) as [string, string]
    expect(readFileSync(target, 'utf8')).toBe(await binaryModule(source))
  })
  it.each(['Float64Array', 'Float32Array'] as const)('%s: bit by bit what single draws do by the same words', (kind) => {
    const n = 10_000
    const Kind = kind === 'Float64Array' ? Float64Array : Float32Array
    const values = new Kind(n)
    for (let i = 0; i < n; i++) values[i] = strange[i] ?? (random.bits(53) / 2 ** 52 - 1) * (scales[i % scales.length] as number)
    const before = values.slice()
    const words = Array.from({ length: 3 * n }, word)
    let at = 0
    const stream = new BitSource(() => {
      at += 777
      return Uint32Array.from(words.slice(at - 777, at))
    })
    const left: number[] = []
    batch(values, stream, (i, ...three) => {
      left.push(i)
      expect(three).toEqual(words.slice(3 * i, 3 * i + 3))
      expect(values[i]).toBe(before[i])
    })
    expect(left.length).toBeGreaterThan(n * 0.005)
    expect(left.length).toBeLessThan(n * 0.3)
    const pending = new Set(left)
    for (let i = 0; i < n; i++) {
      if (pending.has(i)) continue
      const { sum, taken } = single(before[i] as number, words.slice(3 * i, 3 * i + 3), i, kind === 'Float32Array')
      if (values[i] !== sum || taken !== 3) expect([values[i], taken], `${before[i]}`).toEqual([sum, 3])
    }
  })
  it('what is left alone goes on with its words', () => {
    let resumed = 0
    for (let seed = 0; resumed < 300; seed++) {
      const words = [word(), word(), word()]
      const values = Float64Array.of(0.25)
      let goesOn = false
      batch(values, new BitSource(() => Uint32Array.from(words)), () => {
        goesOn = true
      })
      if (!goesOn) continue
      resumed++
      const following = strips(
        new BitSource(
          (
            (next) => () =>
              Uint32Array.of(next())
          )(tail(seed)),
        ),
      )
      following.resume(...(words as [number, number, number]))
      const whole = strips(scripted(words, tail(seed)).bits)
      whole.draw()
      // A tail, or a word that is thrown away, takes its words from those that a single draw has still to come.
      const bypassed = strips(scripted(words.slice(0, 1), tail(seed)).bits)
      bypassed.draw()
      const state = (one: RealStrips): unknown[] => [one.whole, one.fraction, one.sign]
      expect([state(whole), state(bypassed)]).toContainEqual(state(following))
    }
  })
  it('large arrays of real entropy: noise of the stated deviation everywhere, data untouched', () => {
    const source = new Float64Array(300_000).fill(5)
    const released = gaussianAdder({ stddev: 2 }).releaseInto(source, new Float64Array(source.length))
    expect(source.every((x) => x === 5)).toBe(true)
    const [mean, square] = [released.reduce((s, x) => s + x, 0) / 3e5, released.reduce((s, x) => s + (x - 5) ** 2, 0) / 3e5]
    // 20 standard errors: a failure is a fault.
    expect(Math.abs(mean - 5)).toBeLessThan((20 * 2) / Math.sqrt(3e5))
    expect(Math.abs(square / 4 - 1)).toBeLessThan(20 * Math.sqrt(2 / 3e5))
    expect(new Set(released).size).toBeGreaterThan(299_000)
    const floats = gaussianAdder({ stddev: 2 }).releaseInto(new Float64Array(5000).fill(1e300), new Float32Array(5000))
    expect(floats.every((x) => x === Math.fround(3.4028234663852886e38))).toBe(true)
    const inPlace = new Float32Array(2000).fill(Number.NaN)
    gaussianAdder({ stddev: 2 }).releaseInto(inPlace, inPlace)
    expect(inPlace.every(Number.isFinite)).toBe(true)
  })
})
