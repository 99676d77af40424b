import { describe, expect, it } from 'vitest'
import { lowerAtEnds } from '../../src/accounting/grid/lattice-measures.ts'
import { type Cells, lowerMeasure, upperMeasure } from '../../src/accounting/grid/measures.ts'
import { emptyCell, type LossLaw } from '../../src/accounting/laws/law.ts'
import { seeded } from './grid-cases.ts'

/** A law of which measures only ask for errors. */
const law: LossLaw = {
  infiniteMass: 0,
  vanishingMass: 0,
  low: -10,
  high: 100,
  scale: 1,
  landmarks: [],
  cell: () => emptyCell(),
  nodes: () => ({ losses: new Float64Array(0), weights: new Float64Array(0), error: 0 }),
  smooth: false,
  massError: 0,
  lossError: 0,
  attained: true,
}

type Random = { readonly cells: Cells; readonly losses: readonly number[]; readonly masses: readonly number[] }

/** Cells with one loss each, anywhere in it, and something at the last end. */
function randomCells(random: () => number): Random {
  const n = 1 + Math.floor(12 * random())
  const width = 10 ** (-3 + 4 * random())
  const dyadic = random() < 0.5
  const ends = [-3 * random()]
  for (let i = 0; i < n; i++) {
    ends.push((ends[i] as number) + width * (dyadic ? 2 ** Math.floor(3 * random()) : 0.1 + 2 * random()))
  }
  const style = Math.floor(4 * random())
  const p: number[] = []
  const excess: number[] = []
  const losses: number[] = []
  for (let i = 0; i < n; i++) {
    const mass = [random(), 10 ** (-6 * random()), random() < 0.5 ? 0 : random(), Math.exp(-i * i * random())][style] as number
    const where = random() < 0.2 ? Math.round(random()) : random()
    const step = where * ((ends[i + 1] as number) - (ends[i] as number))
    p.push(mass)
    excess.push(mass * -Math.expm1(-step))
    losses.push((ends[i] as number) + step)
  }
  const above = random() < 0.5 ? 0 : random() ** 8
  const atTop = random() < 0.7 ? 0 : random() ** 8
  const cells: Cells = {
    ends: Float64Array.from(ends),
    p: Float64Array.from(p),
    excess: Float64Array.from(excess),
    below: 0.01,
    belowAtEnd: true,
    atTop,
    above,
    law: { ...law, high: above > 0 ? 100 : (ends[n] as number) },
  }
  return { cells, losses: [ends[0] as number, ...losses, ends[n] as number], masses: [0.01, ...p, above + atTop] }
}

const stick = (losses: ArrayLike<number>, masses: ArrayLike<number>, epsilon: number): number => {
  let sum = 0
  for (let i = 0; i < losses.length; i++) {
    if ((losses[i] as number) > epsilon) sum += (masses[i] as number) * -Math.expm1(epsilon - (losses[i] as number))
  }
  return sum
}

describe('measures of cells', () => {
  it('lie between: the least and the largest that what is known of the cells allows', () => {
    const random = seeded(3)
    const wrong: string[] = []
    for (let round = 0; round < 4000; round++) {
      const { cells, losses, masses } = randomCells(random)
      const { ends } = cells
      const atEnds = lowerAtEnds(cells)
      const lower = lowerMeasure(cells)
      const upper = upperMeasure(cells)
      expect(atEnds.every((mass) => mass >= 0)).toBe(true)
      for (let i = 0; i + 1 < ends.length; i++) {
        const [from, to] = [ends[i] as number, ends[i + 1] as number]
        for (const epsilon of [from, losses[i + 1] as number, ...[0.2, 0.4, 0.6, 0.8].map((part) => from + part * (to - from))]) {
          const truth = stick(losses, masses, epsilon)
          // The losses of this test are rounded to some 1e-15 themselves.
          const slack = 1e-9 * truth + 1e-15 * (to - from) + 1e-18
          const high = stick(upper.losses, upper.masses, epsilon) + upper.infinite
          if (!(stick(ends, atEnds, epsilon) <= truth + slack)) wrong.push(`at ends, below: ${round}, ${epsilon}`)
          if (!(stick(lower.losses, lower.masses, epsilon) <= truth + slack)) wrong.push(`below: ${round}, ${epsilon}`)
          if (!(high >= truth - slack)) wrong.push(`above: ${round}, ${epsilon}`)
        }
      }
    }
    expect(wrong).toEqual([])
  })

  it('at ends take about as much from below as was added above', () => {
    const random = seeded(4)
    const n = 200
    const ends = Float64Array.from({ length: n + 1 }, (_, i) => (i - n / 2) / 20)
    const p = Float64Array.from({ length: n }, (_, i) => Math.exp(-(((i - n / 2) / 40) ** 2) / 2) / 100)
    const excess = p.map((mass) => mass * -Math.expm1(-0.05 * random()))
    const cells: Cells = { ends, p, excess, below: 0, belowAtEnd: false, atTop: 0, above: 0, law: { ...law, high: 5 } }
    const mean = (losses: ArrayLike<number>, masses: ArrayLike<number>): number => {
      let sum = 0
      for (let i = 0; i < losses.length; i++) sum += (masses[i] as number) * Math.exp(-(losses[i] as number))
      return sum
    }
    const truth = p.reduce((sum, mass, i) => sum + (mass - (excess[i] as number)) * Math.exp(-(ends[i] as number)), 0)
    const upper = upperMeasure(cells)
    expect(mean(upper.losses, upper.masses) / truth).toBeCloseTo(1, 10)
    expect(mean(ends, lowerAtEnds(cells)) / truth).toBeCloseTo(1, 2)
    for (const epsilon of [-2, 0, 1, 2]) {
      const exact = stick(lowerMeasure(cells).losses, lowerMeasure(cells).masses, epsilon)
      expect(stick(ends, lowerAtEnds(cells), epsilon) / exact).toBeGreaterThan(0.999)
      expect(stick(ends, upper.masses, epsilon) / exact).toBeLessThan(1.001)
    }
  })
})
