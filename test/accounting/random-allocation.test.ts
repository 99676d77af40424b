import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mergedRatio, spreadRatio } from '../../src/accounting/allocation/likelihood.ts'
import { addMerged, gatherTails } from '../../src/accounting/allocation/merge.ts'
import { type Both, randomAllocationLaws } from '../../src/accounting/allocation/random-allocation.ts'
import { addSpread, trim } from '../../src/accounting/allocation/spread.ts'
import { gaussianDelta } from '../../src/accounting/analytic-gaussian.ts'
import type { LossLaw } from '../../src/accounting/laws/law.ts'
import { InvalidParameterError } from '../../src/errors.ts'
import vectors from '../vectors/accounting-allocation.json' with { type: 'json' }
import golden from '../vectors/golden/random-allocation.json' with { type: 'json' }

/** delta(epsilon) = P(L = infinity) + E_P (1 - e^(epsilon - L))+ for a discrete law, as far up or down as its errors allow. */
function deltaOf({ atoms, infiniteMass, massError, lossError, scale }: LossLaw, epsilon: number, side: 1 | -1): number {
  const { losses, p } = atoms as { losses: Float64Array; p: Float64Array }
  let delta = infiniteMass
  for (let i = 0; i < losses.length; i++) {
    const loss = (losses[i] as number) + side * lossError * (scale + Math.abs(losses[i] as number))
    if (loss > epsilon) delta -= (p[i] as number) * Math.expm1(epsilon - loss)
  }
  return delta * (1 + side * massError)
}

const above = (law: LossLaw, epsilon: number): number => deltaOf(law, epsilon, 1)
const below = (law: LossLaw, epsilon: number): number => deltaOf(law, epsilon, -1)

function epsilonOf(delta: (epsilon: number) => number, target: number): number {
  let [low, high] = [0, 100]
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2
    if (delta(middle) > target) low = middle
    else high = middle
  }
  return high
}

/** The larger of the two directions. */
const most = ({ removed, added }: Both, of: (law: LossLaw, epsilon: number) => number, epsilon: number): number =>
  Math.max(of(removed, epsilon), of(added, epsilon))

/** The law of `times` independent losses of an upper law, whose losses lie on a lattice: the masses under P, and what is infinite. */
function composed({ atoms, infiniteMass }: LossLaw, times: number): (epsilon: number) => number {
  const { losses, p } = atoms as { losses: Float64Array; p: Float64Array }
  const first = losses[0] as number
  const step = ((losses[losses.length - 1] as number) - first) / (losses.length - 1)
  let sum = Float64Array.of(1)
  const add = (a: Float64Array, b: Float64Array): Float64Array => {
    const out = new Float64Array(a.length + b.length - 1)
    for (let i = 0; i < a.length; i++) {
      const x = a[i] as number
      if (x > 1e-30) for (let j = 0; j < b.length; j++) out[i + j] = (out[i + j] as number) + x * (b[j] as number)
    }
    return out
  }
  let power = p
  for (let k = times; k > 0; k >>= 1) {
    if (k % 2 === 1) sum = add(sum, power) as Float64Array<ArrayBuffer>
    if (k > 1) power = add(power, power)
  }
  return (epsilon) => {
    let delta = -Math.expm1(times * Math.log1p(-infiniteMass))
    for (let i = 0; i < sum.length; i++) {
      const loss = times * first + i * step
      if (loss > epsilon) delta -= (sum[i] as number) * Math.expm1(epsilon - loss)
    }
    return delta
  }
}

describe('one epoch of random allocation', () => {
  const rows = vectors.rows as unknown as readonly (readonly [number, number, number, number, number])[]

  test.each(rows)(
    '%d steps, sigma %d, epsilon %d: the truth is between, and close',
    (steps, noiseMultiplier, epsilon, removing, adding) => {
      const [coarse, fine] = [512, 1024].map((bins) => {
        const { upper, lower } = randomAllocationLaws({ steps, noiseMultiplier, bins, tail: 1e-18 })
        expect(below(lower.removed, epsilon)).toBeLessThanOrEqual(removing)
        expect(above(upper.removed, epsilon)).toBeGreaterThanOrEqual(removing)
        expect(below(lower.added, epsilon)).toBeLessThanOrEqual(adding)
        expect(above(upper.added, epsilon)).toBeGreaterThanOrEqual(adding)
        return [
          above(upper.removed, epsilon) / below(lower.removed, epsilon),
          above(upper.added, epsilon) / below(lower.added, epsilon),
        ].map((ratio) => ratio - 1)
      }) as [[number, number], [number, number]]
      // Of second order in the width of the bins; delta falls like a steep power of e^-epsilon, so a gap in it is a small one in epsilon.
      expect(fine[0]).toBeLessThan(coarse[0] / 2)
      expect(fine[1]).toBeLessThan(coarse[1] / 2)
    },
  )

  test('one step is the Gaussian mechanism', () => {
    const { upper, lower } = randomAllocationLaws({ steps: 1, noiseMultiplier: 1.5, bins: 1000 })
    for (const epsilon of [0, 0.3, 1, 2.5]) {
      const truth = gaussianDelta(1 / 1.5, epsilon)
      for (const [upperLaw, lowerLaw] of [
        [upper.removed, lower.removed],
        [upper.added, lower.added],
      ] as const) {
        expect(above(upperLaw, epsilon)).toBeGreaterThanOrEqual(truth)
        expect(below(lowerLaw, epsilon)).toBeLessThanOrEqual(truth)
        expect(above(upperLaw, epsilon) / below(lowerLaw, epsilon)).toBeLessThan(1.001)
      }
    }
  })

  test('is more private with more steps and with more noise', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.double({ min: 0.4, max: 5, noNaN: true }), (steps, noiseMultiplier) => {
        const at = (t: number, sigma: number): { upper: Both; lower: Both } =>
          randomAllocationLaws({ steps: t, noiseMultiplier: sigma, bins: 200 })
        const here = at(steps, noiseMultiplier)
        const epsilon = 0.5 / noiseMultiplier
        expect(most(at(steps + 3, noiseMultiplier).lower, below, epsilon)).toBeLessThanOrEqual(most(here.upper, above, epsilon))
        expect(most(at(steps, noiseMultiplier * 1.1).lower, below, epsilon)).toBeLessThanOrEqual(most(here.upper, above, epsilon))
        expect(most(here.lower, below, epsilon)).toBeLessThanOrEqual(most(here.upper, above, epsilon))
      }),
      { seed: 13, numRuns: 25 },
    )
  })

  test('keeps all mass and the mean of likelihood ratios at one, up to what it says is infinite', () => {
    for (const [steps, noiseMultiplier] of [
      [7, 0.3],
      [1000, 2],
      [65_537, 0.8],
    ] as const) {
      const { upper, lower } = randomAllocationLaws({ steps, noiseMultiplier, bins: 256 })
      for (const law of [upper.removed, upper.added, lower.removed, lower.added]) {
        const { p, q } = law.atoms as { p: Float64Array; q: Float64Array }
        const sum = (masses: Float64Array): number => masses.reduce((a, b) => a + b, 0)
        const slack = law.massError + law.lossError * law.scale + 1e-13
        expect(Math.abs(sum(p) + law.infiniteMass - 1)).toBeLessThan(slack)
        expect(Math.abs(sum(q) + law.vanishingMass - 1)).toBeLessThan(slack)
        expect(law.infiniteMass).toBeLessThan(1e-14)
      }
    }
  })

  test('claims no amplification where the ratio leaves the range of doubles, and stops counting steps', () => {
    const tiny = randomAllocationLaws({ steps: 50, noiseMultiplier: 0.02 })
    expect(tiny.upper.removed.infiniteMass).toBe(0)
    expect(tiny.upper.removed.atoms).toBeUndefined()
    expect(below(tiny.lower.removed, 0)).toBe(0)
    const endless = randomAllocationLaws({ steps: 2 ** 40, noiseMultiplier: 1, bins: 64 })
    expect(below(endless.lower.added, 0)).toBe(0)
    expect(above(endless.upper.removed, 0)).toBe(
      above(randomAllocationLaws({ steps: 2 ** 23, noiseMultiplier: 1, bins: 64 }).upper.removed, 0),
    )
  })

  test('refuses what is no allocation', () => {
    for (const given of [
      { steps: 0, noiseMultiplier: 1 },
      { steps: 1.5, noiseMultiplier: 1 },
      { steps: 3, noiseMultiplier: 0 },
      { steps: 3, noiseMultiplier: Number.NaN },
      { steps: 3, noiseMultiplier: 1, bins: 3 },
      { steps: 3, noiseMultiplier: 1, tail: 0 },
      { steps: 3, noiseMultiplier: 1, sigma: 2 },
    ]) {
      expect(() => randomAllocationLaws(given as never)).toThrow(InvalidParameterError)
    }
  })
})

describe('sums of two on a grid, against all pairs', () => {
  const values = (first: number, h: number, mass: Float64Array): { value: number; mass: number }[] =>
    Array.from(mass, (m, i) => ({ value: Math.exp((first + i) * h), mass: m }))
  /** E (S - k)+, a convex function that tells laws apart. */
  const call = (law: readonly { value: number; mass: number }[], k: number): number =>
    law.reduce((sum, { value, mass }) => sum + mass * Math.max(0, value - k), 0)

  test('spread: larger in the convex order, mean and mass kept', () => {
    const [a, b] = [spreadRatio(1, 40, 3), trim(addSpread(spreadRatio(1, 40, 3), spreadRatio(1, 40, 3), 1), 1e-3)]
    for (const [x, y, finer] of [
      [a, a, 1],
      [a, b, 1],
      [b, a, 2],
      [b, b, 4],
    ] as const) {
      const sum = addSpread(x, y, finer)
      const pairs = [...values(x.first, x.h, x.mass), { value: 0, mass: x.zero }].flatMap((one) =>
        [...values(y.first, y.h, y.mass), { value: 0, mass: y.zero }].map((other) => ({
          value: one.value + other.value,
          mass: one.mass * other.mass,
        })),
      )
      const law = [...values(sum.first, sum.h, sum.mass), { value: 0, mass: sum.zero }]
      expect(call(law, 0) / call(pairs, 0)).toBeCloseTo(1, 12)
      expect(law.reduce((m, { mass }) => m + mass, 0)).toBeCloseTo(
        pairs.reduce((m, { mass }) => m + mass, 0),
        12,
      )
      for (const k of [0.3, 1, 2.2, 3, 7, 20]) {
        expect(call(law, k)).toBeGreaterThanOrEqual(call(pairs, k) * (1 - 1e-13))
        expect(call(law, k)).toBeLessThan(call(pairs, k) * 1.05 + 1e-4)
      }
      expect(sum.beyond).toBe(x.beyond + y.beyond)
      expect(sum.h).toBe(x.h / finer)
    }
  })

  test('merged: smaller in the convex order, mean and mass kept', () => {
    const [a, b] = [mergedRatio(1, 40, 3), gatherTails(addMerged(mergedRatio(1, 40, 3), mergedRatio(1, 40, 3), 1), 1e-3)]
    const heaps = ({ mass, moment }: typeof a): { value: number; mass: number }[] =>
      Array.from(mass, (m, i) => ({ value: m > 0 ? (moment[i] as number) / m : 0, mass: m }))
    for (const [x, y, finer] of [
      [a, a, 1],
      [a, b, 1],
      [b, a, 2],
      [b, b, 4],
    ] as const) {
      const sum = addMerged(x, y, finer)
      const pairs = heaps(x).flatMap((one) =>
        heaps(y).map((other) => ({ value: one.value + other.value, mass: one.mass * other.mass })),
      )
      expect(call(heaps(sum), 0) / call(pairs, 0)).toBeCloseTo(1, 12)
      for (const k of [0.3, 1, 2.2, 3, 7, 20]) {
        expect(call(heaps(sum), k)).toBeLessThanOrEqual(call(pairs, k) * (1 + 1e-13))
        expect(call(heaps(sum), k)).toBeGreaterThan(call(pairs, k) * 0.95 - 1e-4)
      }
      // Each heap lies in its bin.
      heaps(sum).forEach(({ value, mass }, i) => {
        if (mass > 0 && i > 0 && i < sum.mass.length - 1) expect(Math.floor(Math.log(value) / sum.h + 1e-9)).toBe(sum.first + i)
      })
    }
  })

  test('a trimmed window spreads what is outside', () => {
    const whole = spreadRatio(1, 60, 6)
    const cut = trim(whole, 0.02)
    const law = [...values(cut.first, cut.h, cut.mass), { value: 0, mass: cut.zero }]
    const before = [...values(whole.first, whole.h, whole.mass), { value: 0, mass: whole.zero }]
    expect(cut.mass.length).toBeLessThan(whole.mass.length)
    expect(cut.zero).toBeGreaterThan(0)
    expect(cut.beyond).toBeGreaterThan(0.001)
    for (const k of [0.05, 0.5, 1, 3, 6]) {
      const gain = call(law, k) + cut.beyond - call(before, k) - whole.beyond
      expect(gain).toBeGreaterThanOrEqual(-1e-14)
      expect(gain).toBeLessThan(0.04)
    }
  })
})

describe('every case of random-allocation.json', () => {
  type Case = { params: Record<string, number | string>; expected: Record<string, number> }
  const cases = golden.cases as unknown as readonly Case[]
  const bins = 700

  test.each(cases.filter(({ params }) => params['kind'] === 'delta'))('delta $params', ({ params, expected }) => {
    const { upper, lower } = randomAllocationLaws({
      steps: params['steps'] as number,
      noiseMultiplier: params['sigma'] as number,
      bins,
    })
    const epsilon = params['epsilon'] as number
    for (const [upperLaw, lowerLaw, truth] of [
      [upper.removed, lower.removed, expected['truth_remove'] as number],
      [upper.added, lower.added, expected['truth_add'] as number],
    ] as const) {
      expect(above(upperLaw, epsilon)).toBeGreaterThanOrEqual(truth)
      expect(below(lowerLaw, epsilon)).toBeLessThanOrEqual(truth)
      expect(above(upperLaw, epsilon) / below(lowerLaw, epsilon)).toBeLessThan(1.003)
    }
  })

  test.each(cases.filter(({ params }) => params['kind'] === 'epsilon'))('epsilon $params', ({ params, expected }) => {
    const { sigma, steps, selected, epochs, delta } = params as Record<string, number>
    // k of t steps at random are no worse than one of floor(t / k) steps, k times over (Feldman and Shenfeld 2025).
    const each = Math.floor((steps as number) / (selected as number))
    const times = (selected as number) * (epochs as number)
    const { upper, lower } = randomAllocationLaws({ steps: each, noiseMultiplier: sigma as number, bins: times > 1 ? 300 : bins })
    const [removed, added] = [composed(upper.removed, times), composed(upper.added, times)]
    const greatest = epsilonOf((epsilon) => Math.max(removed(epsilon), added(epsilon)), delta as number)
    expect(greatest).toBeLessThanOrEqual(expected['hi'] as number)
    expect(greatest).toBeGreaterThanOrEqual((expected['truth'] ?? expected['lo']) as number)
    if (times === 1) {
      const least = epsilonOf((epsilon) => most(lower, below, epsilon), delta as number)
      expect(least).toBeGreaterThanOrEqual(expected['lo'] as number)
      expect(least).toBeLessThanOrEqual((expected['truth'] ?? expected['hi']) as number)
      expect(greatest / least).toBeLessThan(1.02)
    }
  })

  test('is counted', () => {
    expect(cases.every(({ params }) => params['kind'] === 'delta' || params['kind'] === 'epsilon')).toBe(true)
    expect(cases).toHaveLength(15)
  })
})
