import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { laplace } from '../../src/mechanisms/index.ts'
import { onGrid, reserve } from '../../src/mechanisms/laplace.ts'
import * as rational from '../../src/numeric/rational.ts'
import { gridLaplace } from '../../src/random/index.ts'

const size = fc.double({ min: 1e-6, max: 1e6, noNaN: true })

/** floor(x / step + 1/2), exactly. */
const steps = (x: number, step: number): bigint =>
  rational.floor(rational.add(rational.divide(rational.fromNumber(x), rational.fromNumber(step)), rational.of(1n, 2n)))
const magnitude = (x: bigint): bigint => (x < 0n ? -x : x)

describe('rounding to the grid', () => {
  it('moves neighbours no further apart than the integer sensitivity', () => {
    const vectors = fc
      .integer({ min: 1, max: 6 })
      .chain((n) =>
        fc.tuple(
          fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: n, maxLength: n }),
          fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: n, maxLength: n }),
        ),
      )
    fc.assert(
      fc.property(vectors, size, fc.double({ min: 0.01, max: 10, noNaN: true }), ([x, shifts], scale, epsilon) => {
        const there = x.map((value, i) => value + (shifts[i] as number) * scale)
        const apart = x.map((value, i) => rational.subtract(rational.fromNumber(there[i] as number), rational.fromNumber(value)))
        const l1 = apart.reduce(
          (sum, part) => rational.add(sum, part.numerator < 0n ? rational.negate(part) : part),
          rational.of(0n),
        )
        fc.pre(rational.toNumber(l1) > 1e-250)
        const { integerSensitivity, step } = gridLaplace({ l1Sensitivity: l1, epsilon, l0Sensitivity: x.length })
        const moved = x.reduce((sum, value, i) => sum + magnitude(steps(there[i] as number, step) - steps(value, step)), 0n)
        expect(moved <= integerSensitivity).toBe(true)
      }),
      { numRuns: 60 },
    )
  })
  it('is needed: without the inflation there are neighbours too far apart', () => {
    // Halves of a step, up in both coordinates: two steps for a distance of little more than one.
    const step = 2 ** -40
    expect(steps(0.5 * step, step) + steps(0.5 * step, step)).toBe(2n)
  })
  it('of bigints is that of their real values', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
        fc.integer({ min: -1000, max: 1000 }),
        fc.integer({ min: -8, max: 8 }),
        (x, noise, exponent) => {
          const unit = rational.scaleByPowerOfTwo(rational.of(1n), exponent)
          const round = (value: rational.Rational): bigint => rational.floor(rational.add(value, rational.of(1n, 2n)))
          const at = round(rational.divide(rational.of(x), unit)) + BigInt(noise)
          expect(onGrid(x, BigInt(noise), exponent)).toBe(round(rational.multiply(rational.of(at), unit)))
        },
      ),
    )
  })
})

describe('the continuous event covers the discrete noise', () => {
  const hockeyDiscrete = (t: number, shift: number, epsilon: number): number => {
    const a = Math.exp(-1 / t)
    const mass = (x: number): number => ((1 - a) / (1 + a)) * a ** Math.abs(x)
    let total = 0
    for (let x = -Math.ceil(45 * t); x <= shift; x++) total += Math.max(0, mass(x) - Math.exp(epsilon) * mass(x - shift))
    return total
  }
  const hockeyContinuous = (epsilonMost: number, epsilon: number): number =>
    epsilon >= epsilonMost ? 0 : -Math.expm1((epsilon - epsilonMost) / 2)
  it.each([0.7, 1, 3, 10])('at every epsilon, with a reserve of 1 / (4 t^2), for t = %d', (t) => {
    for (const shift of [1, 2, 3, 7]) {
      const epsilonMost = (shift + 1 / (4 * t)) / t
      for (let i = 0; i <= 50; i++) {
        const epsilon = (epsilonMost * i) / 50
        expect(hockeyDiscrete(t, shift, epsilon)).toBeLessThanOrEqual(hockeyContinuous(epsilonMost, epsilon) + 1e-13)
      }
    }
  })
  it('and without it, not quite', () => {
    expect(hockeyDiscrete(1, 1, 0.9)).toBeGreaterThan(hockeyContinuous(1, 0.9))
  })
  it('spreading a shift over coordinates shows no more', () => {
    const t = 2
    const a = Math.exp(-1 / t)
    const mass = (x: number): number => ((1 - a) / (1 + a)) * a ** Math.abs(x)
    for (const [one, other] of [
      [1, 1],
      [2, 1],
      [3, 2],
    ] as const) {
      for (let epsilon = 0; epsilon < (one + other) / t; epsilon += 0.25) {
        let total = 0
        for (let x = -70; x <= 70; x++) {
          for (let y = -70; y <= 70; y++) {
            total += Math.max(0, mass(x) * mass(y) - Math.exp(epsilon) * mass(x - one) * mass(y - other))
          }
        }
        expect(total).toBeLessThanOrEqual(hockeyDiscrete(t, one + other, epsilon) + 1e-13)
      }
    }
  })
  it('the reserve is large enough for what is drawn, in rationals, and small', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -27, max: 12, noNaN: true }),
        size,
        fc.integer({ min: 1, max: 2 ** 15 }),
        (logEpsilon, sensitivity, coordinates) => {
          const { event } = laplace({ sensitivity, epsilon: 2 ** logEpsilon })
          const target = rational.divide(rational.of(1n), rational.fromNumber(event.noiseMultiplier))
          const drawn = rational.subtract(target, reserve(target, coordinates))
          const { integerScale } = gridLaplace({ l1Sensitivity: sensitivity, epsilon: drawn, l0Sensitivity: coordinates })
          const needed = rational.divide(
            rational.of(BigInt(coordinates)),
            rational.multiply(rational.of(4n), rational.multiply(integerScale, integerScale)),
          )
          expect(rational.compare(rational.add(drawn, needed), target)).not.toBe(1)
          expect(rational.toNumber(rational.divide(reserve(target, coordinates), target))).toBeLessThan(2 ** -25)
        },
      ),
      { numRuns: 40 },
    )
  })
})
