import { describe, expect, it } from 'vitest'
import { gaussianDelta } from '../../src/accounting/analytic-gaussian.ts'
import { contourDelta, gaussianCompositions } from '../../src/accounting/contour/index.ts'
import { flatten } from '../../src/accounting/flatten.ts'
import { direct, type Goal, planDirect, toleranceOf } from '../../src/accounting/grid/direct.ts'
import { doubling, sumsFor } from '../../src/accounting/grid/doubling.ts'
import type { Sides } from '../../src/accounting/grid/integral.ts'
import { onLattice, planLattice } from '../../src/accounting/grid/lattice-plan.ts'
import { outline, rate, rateSlope } from '../../src/accounting/grid/outline.ts'
import { directions } from '../../src/accounting/laws/dominating-pairs.ts'
import { shiftedWith, unshifted } from '../../src/accounting/laws/gaussian-mixture.ts'
import { gaussianPair } from '../../src/accounting/laws/gaussian-pair.ts'
import type { LawPart } from '../../src/accounting/laws/law.ts'
import type { Relation } from '../../src/accounting/relation.ts'
import { composed, gaussian, laplace, poissonSampled, randomizedResponse, repeated } from '../../src/events/builders.ts'
import type { PrivacyEvent } from '../../src/events/kinds.ts'
import { seeded } from './grid-cases.ts'

const times = (event: PrivacyEvent, count: number): PrivacyEvent => repeated({ event, times: count })

const partsOf = (event: PrivacyEvent, relation: Relation = 'add-or-remove', direction = 0): readonly LawPart[] => {
  const sides = directions(flatten(event), relation)
  return sides[direction] ?? (sides[0] as readonly LawPart[])
}

/** Taken one by one: events would be put together to a single Gaussian. */
const gaussians = (sigma: number, count: number): readonly LawPart[] => [
  { law: gaussianPair(shiftedWith(1, 1 / sigma), unshifted), times: count },
]

/** A goal as the grid makes it, for a delta of about e^logDelta at epsilon. */
function goalFor(parts: readonly LawPart[], epsilon: number, logDelta: number, width: number): Goal {
  const lines = outline(parts, ({ tilt, value, first }) => value - tilt * first < logDelta - 3 && first > epsilon)
  return {
    outline: lines,
    epsilon,
    logDelta,
    slope: rateSlope(lines, epsilon),
    logDeltaAt: (e) => rate(lines, e),
    width,
  }
}

function byDoubling(goal: Goal, points: number): Sides {
  const sides = doubling({ ...goal, points, tolerance: toleranceOf(goal) })
  if (sides === undefined) throw new Error('doubling declined')
  return sides
}

/** The bounds hold at every one of these, and are this close at the first. */
function holds(
  sides: Sides,
  truth: (epsilon: number) => { lower: number; upper: number },
  epsilons: number[],
  apart: number,
): void {
  for (const [i, epsilon] of epsilons.entries()) {
    const { lower, upper } = truth(epsilon)
    const found = { lower: sides.lower(epsilon), upper: sides.upper(epsilon) }
    expect(found.lower, `below, at ${epsilon}`).toBeLessThanOrEqual(upper)
    expect(found.upper, `above, at ${epsilon}`).toBeGreaterThanOrEqual(lower)
    if (i === 0) expect(found.upper / found.lower - 1, `width at ${epsilon}`).toBeLessThan(apart)
  }
}

const about = (value: number, error: number): { lower: number; upper: number } => ({
  lower: value * (1 - error),
  upper: value * (1 + error),
})
const around = (epsilon: number): number[] => [epsilon, 0, 0.3 * epsilon, 0.9 * epsilon, 1.1 * epsilon, 1.5 * epsilon]

describe('doubling contains what is known in closed form', () => {
  for (const [sigma, count, epsilon] of [
    [1, 2, 6],
    [5, 30, 4],
    [20, 1000, 8],
    [0.5, 3, 22],
    [1e3, 7, 0.01],
    [30, 1024, 5],
  ] as const) {
    it(`${count} Gaussians of size ${sigma}`, () => {
      const parts = gaussians(sigma, count)
      const mu = Math.sqrt(count) / sigma
      const sides = byDoubling(goalFor(parts, epsilon, Math.log(gaussianDelta(mu, epsilon)), 1e-4 * epsilon), 400)
      holds(sides, (e) => about(gaussianDelta(mu, e), 1e-12), around(epsilon), 0.1)
    })
  }

  for (const [budget, count, epsilon] of [
    [1, 2, 1.5],
    [0.1, 100, 3],
    [0.5, 33, 7],
    [3, 5, 12],
  ] as const) {
    it(`${count} randomised responses of ${budget}`, () => {
      const parts = partsOf(times(randomizedResponse({ epsilon: budget, categories: 2 }), count), 'replace-one')
      const truth = (e: number): number => {
        const p = 1 / (1 + Math.exp(-budget))
        let [sum, choose] = [0, 1]
        for (let k = 0; k <= count; k++) {
          const loss = (2 * k - count) * budget
          if (loss > e) sum += choose * p ** k * (1 - p) ** (count - k) * -Math.expm1(e - loss)
          choose = (choose * (count - k)) / (k + 1)
        }
        return sum
      }
      const sides = byDoubling(goalFor(parts, epsilon, Math.log(truth(epsilon)), 1e-4 * epsilon), 300)
      holds(sides, (e) => about(truth(e), 1e-12 * count), around(epsilon), 0.1)
    })
  }

  it('two Laplace releases', () => {
    // By integrating the hockey stick of one over the law of the other: atoms of 1/2 at b and e^-b / 2 at -b, density e^((l - b) / 2) / 4 between.
    const b = 1.3
    const parts = partsOf(times(laplace({ noiseMultiplier: 1 / b }), 2))
    const one = (e: number): number => (e >= b ? 0 : e <= -b ? -Math.expm1(e) : -Math.expm1((e - b) / 2))
    const truth = (e: number): number => {
      let sum = one(e - b) / 2 + (one(e + b) * Math.exp(-b)) / 2
      // Kinks of one(e - l) at l = e - b and e + b: Gauss-Legendre of 3 points on many panels between.
      const cuts = [-b, b, e - b, e + b].filter((x) => x >= -b && x <= b).sort((x, y) => x - y)
      for (let k = 0; k + 1 < cuts.length; k++) {
        const [from, to] = [cuts[k] as number, cuts[k + 1] as number]
        for (let panel = 0; panel < 400; panel++) {
          const h = (to - from) / 800
          const middle = from + (2 * panel + 1) * h
          for (const [x, w] of [
            [-Math.sqrt(0.6), 5 / 9],
            [0, 8 / 9],
            [Math.sqrt(0.6), 5 / 9],
          ] as const) {
            const l = middle + h * x
            sum += h * w * 0.25 * Math.exp((l - b) / 2) * one(e - l)
          }
        }
      }
      return sum
    }
    const sides = byDoubling(goalFor(parts, 1.9, Math.log(truth(1.9)), 1e-5), 500)
    holds(sides, (e) => about(truth(e), 1e-12), around(1.9), 1e-4)
  })

  for (const [rateOf, sigma, count, relation, most] of [
    [0.1, 1, 30, 'add-or-remove', 3],
    [0.01, 0.8, 200, 'add-or-remove', 2],
    [0.001, 0.7, 5000, 'add-or-remove', 1.5],
    [0.02, 2, 777, 'add-or-remove', 1],
    [0.05, 1.5, 100, 'replace-one', 3],
  ] as const) {
    for (const direction of [0, 1]) {
      if (direction === 1 && relation === 'replace-one') continue
      it(`${count} sampled Gaussians at ${rateOf}, ${sigma}, ${relation}, ${direction}, as the contour has them`, () => {
        // Adding a record has a largest loss.
        const epsilon = direction === 0 ? most : 0.4 * most
        const event = times(poissonSampled({ samplingRate: rateOf, event: gaussian({ noiseMultiplier: sigma }) }), count)
        const compositions = gaussianCompositions(flatten(event), relation)
        const composition = compositions?.[direction]
        if (composition === undefined) throw new Error('no contour')
        const contour = (e: number): { lower: number; upper: number } => {
          const found = contourDelta(composition, e, { tolerance: 1e-9, budget: 1e9 })
          if (found === undefined) throw new Error('the contour declined')
          return found
        }
        const known = contour(epsilon)
        expect(known.upper / known.lower - 1).toBeLessThan(1e-8)
        const parts = partsOf(event, relation, direction)
        const sides = byDoubling(goalFor(parts, epsilon, Math.log(known.upper), 1e-4 * epsilon), 300)
        holds(sides, contour, [epsilon, 0.5 * epsilon, 1.3 * epsilon], 0.5)
      })
    }
  }

  it('declines losses beyond 600', () => {
    const parts = gaussians(0.05, 3)
    const goal = goalFor(parts, 700, -20, 1)
    expect(doubling({ ...goal, points: 100, tolerance: 1e-3 })).toBeUndefined()
  })

  it('counts its sums', () => {
    const of = (count: number): number => sumsFor(goalFor(gaussians(9, count), 1, -9, 0.1).outline)
    expect([2, 4, 1024].map(of)).toEqual([1, 1, 9])
    expect(of(1023)).toBeGreaterThanOrEqual(9 + 8)
  })
})

describe('lattice, direct and doubling', () => {
  const random = seeded(2026)
  const between = (low: number, high: number): number => low * (high / low) ** random()
  const base = (): PrivacyEvent => {
    const sigma = between(0.4, 8)
    const q = between(1e-3, 1)
    const kind = Math.floor(4 * random())
    if (kind === 0) return gaussian({ noiseMultiplier: sigma })
    if (kind === 1) return laplace({ noiseMultiplier: sigma })
    if (kind === 2) return poissonSampled({ samplingRate: q, event: laplace({ noiseMultiplier: sigma }) })
    return poissonSampled({ samplingRate: q, event: gaussian({ noiseMultiplier: sigma }) })
  }
  for (let k = 0; k < 14; k++) {
    const events = Array.from({ length: 2 + Math.floor(2.5 * random()) }, () => times(base(), Math.ceil(between(2, 60))))
    const quantile = between(1e-8, 0.05)
    it(`overlap on composition ${k}: ${events.map((e) => JSON.stringify(e).replaceAll(/["{}]|kind:|noiseMultiplier:/g, '')).join('; ')}`, () => {
      for (const direction of [0, 1]) {
        const parts = partsOf(composed(events), 'add-or-remove', direction)
        const all = outline(parts, ({ tilt, value, first }) => value - tilt * first < Math.log(quantile) - 3)
        let epsilon = 0
        while (rate(all, epsilon) > Math.log(quantile) && epsilon < 400) epsilon += 0.1 * all.spread
        if (epsilon >= all.top) epsilon = 0.9 * all.top
        const logDelta = rate(all, epsilon) - 2
        const goal = goalFor(parts, epsilon, Math.max(-40, logDelta), 2e-3 * Math.max(epsilon, 0.1 * all.spread))
        const plan = planDirect(goal)
        const found: Record<string, Sides | undefined> = {
          direct: direct(plan),
          lattice: onLattice(parts, planLattice(parts, goal, plan.period + epsilon), plan, 0.8 * epsilon),
          doubling: doubling({ ...goal, points: 160, tolerance: toleranceOf(goal) }),
        }
        for (const e of [epsilon, 0.9 * epsilon, 1.05 * epsilon]) {
          const highest = Math.max(...Object.values(found).map((sides) => sides?.lower(e) ?? 0))
          const lowest = Math.min(...Object.values(found).map((sides) => sides?.upper(e) ?? 1))
          const say = Object.entries(found).map(([name, sides]) => `${name} [${sides?.lower(e)}, ${sides?.upper(e)}]`)
          expect(highest, `${direction}, at ${e}: ${say.join(' ')}`).toBeLessThanOrEqual(lowest)
          // Not by saying nothing.
          if (e === epsilon) expect(lowest, say.join(' ')).toBeLessThan(2 * highest)
        }
      }
    })
  }
})
