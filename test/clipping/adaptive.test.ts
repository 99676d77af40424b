import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AdaptiveClipOptions, adaptiveClip, l2Norm, splitNoise } from '../../src/clipping/index.ts'
import { InvalidParameterError } from '../../src/errors.ts'
import { nextDown } from '../../src/numeric/directed.ts'
import { insecureSeeded } from '../../src/testing/index.ts'
import { unit, wholeUnits } from '../numeric/exact.ts'

const settings = (changes: Partial<AdaptiveClipOptions> = {}): AdaptiveClipOptions => ({
  initialNorm: 1,
  targetQuantile: 0.5,
  expectedRecords: 200,
  noiseMultiplier: 1,
  insecureRandom: insecureSeeded(5),
  ...changes,
})

describe('splitNoise', () => {
  const costsNoMore = (z: number, sum: number, count: number): boolean => {
    const [a, b, c] = [wholeUnits(z) ** 2n, wholeUnits(sum) ** 2n, wholeUnits(count) ** 2n]
    return b * c >= a * (b + c)
  }
  it('is the least noise that costs no more, exactly', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
        fc.oneof(fc.double({ min: 1 + 1e-15, max: 1 + 1e-9, noNaN: true }), fc.double({ min: 1.001, max: 1e9, noNaN: true })),
        (noiseMultiplier, ratio) => {
          const countStddev = (noiseMultiplier * ratio) / 2
          fc.pre(2 * countStddev > noiseMultiplier)
          const { sumNoiseMultiplier, countNoiseMultiplier } = splitNoise({ noiseMultiplier, countStddev })
          expect(countNoiseMultiplier).toBe(2 * countStddev)
          expect(costsNoMore(noiseMultiplier, sumNoiseMultiplier, countNoiseMultiplier)).toBe(true)
          expect(costsNoMore(noiseMultiplier, nextDown(sumNoiseMultiplier), countNoiseMultiplier)).toBe(false)
        },
      ),
      { numRuns: 1000, seed: 51 },
    )
    expect(unit).toBe(1n << 1074n)
  })
  it('has the values of theorem 1', () => {
    // z = 1, s = 5: (1 - 1/100)^(-1/2). With s = m/20 the sum pays little: z = 1 of 100 records a half percent.
    expect(splitNoise({ noiseMultiplier: 1, countStddev: 5 }).sumNoiseMultiplier).toBeCloseTo(1.005037815259212, 15)
    // 1/12^2 = 1/15^2 + 1/20^2
    expect(splitNoise({ noiseMultiplier: 12, countStddev: 10 }).sumNoiseMultiplier).toBe(15)
  })
  it('refuses a count that alone costs more', () => {
    expect(() => splitNoise({ noiseMultiplier: 2, countStddev: 1 })).toThrow('"countStddev" must be > 1')
    expect(() => adaptiveClip(settings({ expectedRecords: 5 }))).toThrow('"countStddev"')
  })
  it('answers at the ends of its range', () => {
    for (const z of [2 ** -300, 2 ** -299, 1, 2 ** 299]) {
      for (const countStddev of [z, 2 ** 300]) {
        expect(splitNoise({ noiseMultiplier: z, countStddev }).sumNoiseMultiplier).toBeGreaterThanOrEqual(z)
      }
    }
  })
})

describe('adaptiveClip', () => {
  /** Vectors whose norms are spread over three octaves: the quantile q of the norms is scale 8^q. */
  const recordsOf = (count: number, scale: number): number[][] =>
    Array.from({ length: count }, (_, i) => {
      const norm = scale * 8 ** ((i + 0.5) / count)
      return [norm * Math.cos(i), norm * Math.sin(i)]
    })

  it.each([
    [0.01, 0.5],
    [100, 0.5],
    [0.01, 0.9],
    [100, 0.1],
    [1e4, 0.3],
  ])('from %f times the quantile %f reaches it and stays', (start, targetQuantile) => {
    const scale = 3
    const truth = scale * 8 ** targetQuantile
    const clipper = adaptiveClip(settings({ initialNorm: start * truth, targetQuantile }))
    const records = recordsOf(200, scale)
    let logSum = 0
    let late = 0
    for (let round = 0; round < 700; round++) {
      for (const record of records) clipper.clip(record)
      const { norm } = clipper.update()
      if (round >= 500) {
        logSum += Math.log(norm)
        late++
        expect(Math.abs(Math.log(norm / truth))).toBeLessThan(0.25)
      }
    }
    expect(Math.abs(logSum / late - Math.log(truth))).toBeLessThan(0.05)
  })
  it('moves by the step of the paper', () => {
    const clipper = adaptiveClip(settings({ targetQuantile: 0.7, expectedRecords: 10, countStddev: 1, learningRate: 0.3 }))
    for (const within of [true, true, false]) clipper.count(within)
    const { fraction, norm } = clipper.update()
    expect(norm).toBe(Math.exp(-0.3 * (fraction - 0.7)))
    expect(clipper.l2Sensitivity).toBe(norm)
  })
  it('adds the noise that it says to the count, and centres it on records that stay away', () => {
    const clipper = adaptiveClip(settings({ expectedRecords: 20, countStddev: 3, learningRate: 1e-9 }))
    const n = 4000
    let sum = 0
    let squares = 0
    for (let round = 0; round < n; round++) {
      for (let i = 0; i < 12; i++) clipper.count(i < 9)
      // 9 halves up and 3 down around a half of 20: 13 of 20.
      const noise = clipper.update().fraction * 20 - 13
      sum += noise
      squares += noise * noise
    }
    expect(Math.abs(sum / n)).toBeLessThan((4 * 3) / Math.sqrt(n))
    expect(Math.abs(squares / n / 9 - 1)).toBeLessThan(4 * Math.sqrt(2 / n))
  })
  it('forgets the round that is over', () => {
    const run = (first: boolean): number => {
      const clipper = adaptiveClip(settings({ learningRate: 1e-9, insecureRandom: insecureSeeded(9) }))
      for (let i = 0; i < 200; i++) clipper.count(first)
      clipper.update()
      return clipper.update().fraction
    }
    expect(run(true)).toBe(run(false))
  })
  it('one record moves the count by a half', () => {
    const run = (answers: boolean[]): number => {
      const clipper = adaptiveClip(settings({ expectedRecords: 100, insecureRandom: insecureSeeded(10) }))
      for (const answer of answers) clipper.count(answer)
      return clipper.update().fraction * 100
    }
    expect(run([true]) - run([])).toBeCloseTo(0.5, 9)
    expect(run([false]) - run([])).toBeCloseTo(-0.5, 9)
  })
  it('clips to the norm of the round, counting what is within it exactly', () => {
    const clipper = adaptiveClip(settings({ initialNorm: 5, insecureRandom: insecureSeeded(1) }))
    const other = adaptiveClip(settings({ initialNorm: 5, insecureRandom: insecureSeeded(1) }))
    expect(clipper.clip([3, 4])).toEqual([3, 4])
    expect(l2Norm(clipper.clip([3, 4.000000000000001]))).toBeLessThanOrEqual(5)
    expect(clipper.clip([Number.NaN])).toEqual([0])
    const vector = Float64Array.of(30, 40)
    expect(clipper.clipInPlace(vector)).toBe(vector)
    expect(l2Norm(vector)).toBeLessThanOrEqual(5)
    for (const within of [true, false, false, false]) other.count(within)
    expect(clipper.update()).toEqual(other.update())
    expect(l2Norm(clipper.clip([1e9]))).toBeLessThanOrEqual(clipper.l2Sensitivity)
  })
  it('says its events', () => {
    const clipper = adaptiveClip(settings({ noiseMultiplier: 1, countStddev: 5 }))
    expect(clipper.event).toEqual({ kind: 'gaussian', noiseMultiplier: 1 })
    expect(clipper.countEvent).toEqual({ kind: 'gaussian', noiseMultiplier: 10 })
    expect(clipper.sumNoiseMultiplier).toBe(splitNoise({ noiseMultiplier: 1, countStddev: 5 }).sumNoiseMultiplier)
    expect(clipper.provenance).toBe('insecure-seeded')
    const plain = adaptiveClip({ initialNorm: 1, targetQuantile: 0.5, expectedRecords: 100, noiseMultiplier: 1 })
    expect(plain.provenance).toBe('secure')
    expect(plain.countEvent.noiseMultiplier).toBe(10)
    expect(Number.isFinite(plain.update().norm)).toBe(true)
  })
  it('keeps its norm a usable number', () => {
    const up = adaptiveClip(settings({ initialNorm: 2 ** 960, targetQuantile: 0.99, learningRate: 10 }))
    const down = adaptiveClip(settings({ initialNorm: 2 ** -960, targetQuantile: 0.01, learningRate: 10 }))
    for (let i = 0; i < 1000; i++) down.count(true)
    expect(up.update().norm).toBe(2 ** 960)
    expect(down.update().norm).toBe(2 ** -960)
  })
  it('refuses by name', () => {
    const wrong = {
      initialNorm: 0,
      targetQuantile: 1,
      expectedRecords: 0,
      noiseMultiplier: 0,
      countStddev: null,
      learningRate: 0,
    }
    for (const [name, value] of Object.entries(wrong)) {
      expect(() => adaptiveClip(settings({ [name]: value }))).toThrow(`"${name}"`)
    }
    expect(() => adaptiveClip(settings()).count(1 as never)).toThrow(InvalidParameterError)
  })
})
