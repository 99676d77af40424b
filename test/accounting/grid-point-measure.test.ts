import { describe, expect, it } from 'vitest'
import { compandedEnds } from '../../src/accounting/grid/companding.ts'
import {
  above,
  below,
  carried,
  cutAbove,
  cutBelow,
  gather,
  type Points,
  sidesOf,
} from '../../src/accounting/grid/point-measure.ts'
import { seeded } from './grid-cases.ts'

/**
 * Losses are multiples of 2^-20 below 2^10, so that every sum of two and every distance from an epsilon is exact, and the hockey stick, a
 * sum of positive terms, is right to some 1e-13 in doubles: what the brute force below says is the truth to within `margin`.
 */
const margin = 1e-12
const grain = 2 ** -20
const onGrain = (x: number): number => Math.round(x / grain) * grain

const nothing: Points = { losses: Float64Array.of(0), masses: Float64Array.of(1), infinite: 0, place: 0 }
const lone = (loss: number, mass = 1): Points => ({
  losses: Float64Array.of(onGrain(loss)),
  masses: Float64Array.of(mass),
  infinite: 0,
  place: 0,
})

function stick(a: Points, b: Points, epsilon: number): number {
  let finite = 0
  for (const [i, y] of a.losses.entries()) {
    for (const [j, z] of b.losses.entries()) {
      if (y + z > epsilon) finite += (a.masses[i] as number) * (b.masses[j] as number) * -Math.expm1(epsilon - (y + z))
    }
  }
  return finite + a.infinite + b.infinite - a.infinite * b.infinite
}

type Style = {
  readonly count: number
  readonly reach: number
  readonly centre: number
  readonly least: number
  readonly infinite: number
}

/** Masses between `least` and 1, before they are made to add up. */
function randomPoints(random: () => number, { count, reach, centre, least, infinite }: Style): Points {
  const losses = Float64Array.from({ length: count }, () => onGrain(centre + reach * (2 * random() - 1))).sort()
  const raw = losses.map(() => least ** random())
  const total = raw.reduce((sum, mass) => sum + mass, 0)
  return { losses, masses: raw.map((mass) => (mass / total) * (1 - infinite)), infinite, place: 0 }
}

const styles: Record<string, Style> = {
  ordinary: { count: 30, reach: 3, centre: 0.5, least: 1e-3, infinite: 0 },
  'tiny losses': { count: 30, reach: 2 ** -12, centre: 0, least: 1e-3, infinite: 0 },
  'small losses beside large ones': { count: 30, reach: 1, centre: 0, least: 1e-30, infinite: 0 },
  'large losses': { count: 25, reach: 290, centre: 0, least: 1e-3, infinite: 0 },
  'large losses, tiny masses': { count: 25, reach: 290, centre: 0, least: 1e-200, infinite: 0 },
  'losses around 250': { count: 25, reach: 1, centre: 250, least: 1e-100, infinite: 0 },
  'losses around -250': { count: 25, reach: 1, centre: -250, least: 1e-10, infinite: 0 },
  coincident: { count: 40, reach: 4 * grain, centre: 1, least: 0.1, infinite: 0 },
  single: { count: 1, reach: 5, centre: 0, least: 1, infinite: 0 },
  'infinite too': { count: 20, reach: 2, centre: 0.3, least: 1e-5, infinite: 0.125 },
}

/** Epsilons on, between and beyond the losses. */
function epsilonsFor(a: Points, b: Points, ends: Float64Array, random: () => number): number[] {
  const [low, high] = [ends[0] as number, ends[ends.length - 1] as number]
  const pick = (values: Float64Array): number => values[Math.floor(random() * values.length)] as number
  return [
    low - 1,
    high + 1,
    0,
    ...Array.from({ length: 12 }, () => low + (high - low) * random()),
    ...Array.from({ length: 12 }, () => pick(a.losses) + pick(b.losses)),
    ...Array.from({ length: 6 }, () => pick(ends)),
  ].map(onGrain)
}

/** Ends that cover the sums: any, as nothing that is certified may depend on a good choice. */
function randomEnds(a: Points, b: Points, random: () => number, cells: number): Float64Array {
  const from = (a.losses[0] as number) + (b.losses[0] as number)
  const to = (a.losses[a.losses.length - 1] as number) + (b.losses[b.losses.length - 1] as number)
  const inner = Array.from({ length: cells - 1 }, () => from + (to - from) * random() ** (1 + 3 * random()))
  const ends = [...inner, from, to].sort((x, y) => x - y).filter((end, i, all) => i === 0 || end > (all[i - 1] as number))
  return ends.length > 1 ? Float64Array.from(ends) : Float64Array.of(from - 1e-12 * (1 + Math.abs(from)), to)
}

describe('sums of points', () => {
  for (const [one, first] of Object.entries(styles)) {
    for (const [other, second] of Object.entries(styles)) {
      it(`lie between their bounds: ${one}, ${other}`, () => {
        const random = seeded(one.length * 1000 + other.length)
        for (let round = 0; round < 6; round++) {
          const a = randomPoints(random, first)
          const b = one === other && round % 2 === 0 ? a : randomPoints(random, second)
          const ends = randomEnds(a, b, random, 1 + Math.floor(20 * random()))
          const gathered = gather(a, b, ends)
          const low = gather(carried(a), a === b ? carried(a) : carried(b), ends)
          const sides = sidesOf([above(gathered), nothing], [below(low), nothing])
          const cut = { low: 1e-3 * random(), high: 1e-3 * random() ** 8 }
          const shorter = sidesOf([cutAbove(above(gathered), cut), nothing], [cutBelow(below(low), cut), nothing])
          for (const epsilon of epsilonsFor(a, b, ends, random)) {
            const truth = stick(a, b, epsilon)
            for (const { upper, lower } of [sides, shorter]) {
              expect(upper(epsilon), `above, at ${epsilon}`).toBeGreaterThanOrEqual(Math.min(1, truth) * (1 - margin))
              expect(lower(epsilon), `below, at ${epsilon}`).toBeLessThanOrEqual(truth * (1 + margin))
            }
          }
        }
      })
    }
  }

  it('are exact, but for rounding, where each has a cell that ends at it', () => {
    const random = seeded(5)
    for (const style of ['ordinary', 'tiny losses', 'infinite too'] as const) {
      const a = randomPoints(random, styles[style] as Style)
      const b = randomPoints(random, styles[style] as Style)
      const sums = [...a.losses].flatMap((y) => [...b.losses].map((z) => y + z)).sort((x, y) => x - y)
      const ends = Float64Array.from(new Set([(sums[0] as number) - grain, ...sums.flatMap((x) => [x - grain / 2, x])]))
      const gathered = gather(a, b, ends)
      const { upper, lower } = sidesOf([above(gathered), nothing], [below(gathered), nothing])
      for (const epsilon of epsilonsFor(a, b, ends, random)) {
        const truth = stick(a, b, epsilon)
        const reach = 1e-7 * (truth - a.infinite - b.infinite + a.infinite * b.infinite) + 1e-9 * truth
        // Losses may have moved within half a grain: by 2^-21 of e^(epsilon - y) Q.
        expect(upper(epsilon) - truth).toBeLessThanOrEqual(reach + 2 ** -20)
        expect(truth - lower(epsilon)).toBeLessThanOrEqual(reach + 2 ** -20)
      }
    }
  })

  it('keep to their bounds through many doublings', () => {
    const random = seeded(7)
    for (const style of ['ordinary', 'tiny losses', 'infinite too'] as const) {
      // Two losses with chance p and 1 - p: the sum of 64 is binomial.
      const p = 0.3
      const [y, z] = style === 'tiny losses' ? [2 ** -14, -(2 ** -15)] : [0.25, -0.125]
      const infinite = style === 'infinite too' ? 2 ** -12 : 0
      let upper: Points = {
        losses: Float64Array.of(z, y),
        masses: Float64Array.of((1 - p) * (1 - infinite), p * (1 - infinite)),
        infinite,
        place: 0,
      }
      let lower = upper
      for (let k = 1; k <= 6; k++) {
        const ends = randomEnds(upper, upper, random, 60)
        ends[0] = Math.min(ends[0] as number, 2 * (lower.losses[0] as number))
        upper = above(gather(upper, upper, ends))
        lower = below(gather(lower, lower, ends))
        const sides = sidesOf([upper, nothing], [lower, nothing])
        const n = 2 ** k
        for (let e = -1; e <= 12; e++) {
          const epsilon = (e / 12) * n * y
          let truth = -Math.expm1(n * Math.log1p(-infinite))
          let choose = 1
          for (let j = 0; j <= n; j++) {
            const loss = j * y + (n - j) * z
            if (loss > epsilon) truth += choose * p ** j * (1 - p) ** (n - j) * (1 - infinite) ** n * -Math.expm1(epsilon - loss)
            choose = (choose * (n - j)) / (j + 1)
          }
          expect(sides.upper(epsilon)).toBeGreaterThanOrEqual(truth * (1 - 1e-12))
          expect(sides.lower(epsilon)).toBeLessThanOrEqual(truth * (1 + 1e-12))
        }
      }
    }
  })

  it('lose nothing of an infinite loss below where nothing else is', () => {
    const a: Points = { ...lone(-1, 0.5), infinite: 0.5 }
    const { upper, lower } = sidesOf([a, a], [a, a])
    expect(lower(0)).toBeLessThanOrEqual(0.75)
    expect(lower(0)).toBeGreaterThan(0.75 - 1e-13)
    expect(upper(0)).toBeGreaterThanOrEqual(0.75)
    expect(upper(0)).toBeLessThan(0.75 + 1e-13)
    // All that is not infinite counts beside it, once.
    const b: Points = { ...lone(2, 0.5), infinite: 0.5 }
    const both = sidesOf([b, b], [b, b])
    const truth = 0.75 + 0.25 * -Math.expm1(-3)
    expect(both.lower(1)).toBeGreaterThan(truth * (1 - 1e-13))
    expect(both.lower(1)).toBeLessThanOrEqual(truth)
  })

  it('count an infinite loss with masses that were rounded up', () => {
    const over: Points = { ...lone(3, 1 + 2 ** -20), infinite: 0 }
    const rare: Points = { ...lone(0), infinite: 2 ** -10 }
    const sum = above(gather(over, rare, Float64Array.of(0, 3)))
    expect(sum.infinite).toBeGreaterThanOrEqual(2 ** -10 * (1 + 2 ** -20))
  })

  it('move losses by the rounding of what is added, not of the sum', () => {
    const sum = gather(lone(500), lone(-500), Float64Array.of(-1e-12, 0))
    expect(sum.place).toBeGreaterThan(2 ** -53 * 500)
  })

  it('leave out below what e^-loss would lose', () => {
    const points: Points = {
      losses: Float64Array.of(0, 400),
      masses: Float64Array.of(1, 1e-200),
      infinite: 0,
      place: 0,
    }
    expect([...carried(points).losses]).toEqual([0])
    expect([...carried(lone(400, 1e-200)).masses]).toEqual([0])
    expect([...carried(lone(-400, 1e-200)).masses]).toEqual([1e-200])
    expect([...carried(lone(400, 1e-100)).masses]).toEqual([1e-100])
  })

  it('are cut where no more than the cut is lost, and never to nothing', () => {
    const points: Points = {
      losses: Float64Array.of(0, 1, 2, 3),
      masses: Float64Array.of(0.1, 0.3, 0.4, 0.2),
      infinite: 0.5,
      place: 1e-9,
    }
    const high = cutAbove(points, { low: 0.1, high: 0.2 })
    expect([...high.losses]).toEqual([1, 2])
    expect(high.masses[0]).toBeCloseTo(0.4, 11)
    expect(high.infinite).toBeCloseTo(0.7, 11)
    const low = cutBelow(points, { low: 0.1, high: 0.2 })
    expect([...low.losses]).toEqual([1, 2])
    expect([...low.masses].map((mass) => Math.round(mass * 1e9) / 1e9)).toEqual([0.3, 0.6])
    expect(low.infinite).toBe(0.5)
    expect([...cutAbove(points, { low: 9, high: 9 }).losses]).toHaveLength(1)
    expect([...cutBelow(points, { low: 9, high: 9 }).losses]).toHaveLength(1)
    expect([...cutBelow(points, { low: 0.09, high: 0.19 }).losses]).toEqual([0, 1, 2, 3])
  })
})

describe('companded cells', () => {
  it('rise, cover the range, and are about as many as asked', () => {
    const random = seeded(11)
    for (let round = 0; round < 200; round++) {
      const from = 20 * random() - 10
      const to = from + 10 ** (2 - 14 * random())
      const losses = Float64Array.from({ length: 60 }, () => from + (to - from) * random()).sort()
      const weights = losses.map(() => 1e-20 ** random())
      const marks = round % 3 === 0 ? [...losses.filter((_, i) => i % 9 === 0)] : []
      const ends = compandedEnds({ losses, weights }, { from, to }, 100, marks)
      expect(ends[0]).toBe(from)
      expect(ends[ends.length - 1]).toBe(to)
      for (let i = 1; i < ends.length; i++) expect(ends[i]).toBeGreaterThan(ends[i - 1] as number)
      expect(ends.length).toBeLessThan(2 * marks.length + 130)
      for (const mark of marks) expect(ends).toContain(mark)
    }
  })

  it('are one where there is one loss, and even where nothing is known', () => {
    const none = { losses: Float64Array.of(), weights: Float64Array.of() }
    const one = compandedEnds({ losses: Float64Array.of(3), weights: Float64Array.of(1) }, { from: 3, to: 3 }, 10, [])
    expect([...one].map((x) => Math.round(x * 1e9) / 1e9)).toEqual([3, 3])
    expect(one[0]).toBeLessThan(3)
    const flat = compandedEnds(none, { from: 0, to: 1 }, 4, [])
    expect([...flat]).toEqual([0, 0.25, 0.5, 0.75, 1])
  })
})
