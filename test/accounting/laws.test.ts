import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cumulant } from '../../src/accounting/laws/cumulant.ts'
import { directions, dominatingLaws, type Laws } from '../../src/accounting/laws/dominating-pairs.ts'
import { emptyCell, type LossLaw } from '../../src/accounting/laws/law.ts'
import { sampledLoss, unsampledLoss } from '../../src/accounting/laws/sampled-loss.ts'
import type { Relation } from '../../src/accounting/relation.ts'
import { UnsupportedEventError } from '../../src/errors.ts'
import * as events from '../../src/events/index.ts'

type Row = readonly [from: number | string, to: number | string, p: number, q: number, excess: number, slack: number]
type Case = {
  readonly event: events.PrivacyEvent
  readonly relation: Relation
  readonly direction: 0 | 1
  readonly cells: readonly Row[]
}

const load = (name: string): unknown => JSON.parse(readFileSync(new URL(`../vectors/${name}`, import.meta.url), 'utf8'))
const reference = load('accounting-laws.json') as { readonly cases: readonly Case[] }
const end = (value: number | string): number => (value === 'inf' ? Infinity : value === '-inf' ? -Infinity : (value as number))

const lawOf = (event: events.PrivacyEvent, relation: Relation = 'add-or-remove', direction: 0 | 1 = 0): LossLaw => {
  const laws = dominatingLaws(event, relation, '')
  return laws[direction] ?? laws[0]
}

const infinity = Number.POSITIVE_INFINITY
const deltaOf = (law: LossLaw, epsilon: number): number => law.infiniteMass + law.cell(epsilon, infinity, emptyCell()).excess

describe('masses of loss intervals against 60 digits', () => {
  for (const { event, relation, direction, cells } of reference.cases) {
    const name = JSON.stringify(event).replaceAll(/[{}"]|kind:/g, '')
    it(`${name}, ${relation}, direction ${direction}`, () => {
      const law = lawOf(event, relation, direction)
      expect(cells.length).toBeGreaterThan(10)
      for (const [from, to, p, q, excess, slack] of cells) {
        const cell = law.cell(end(from), end(to), emptyCell())
        const width = Math.min(1, end(to) - end(from))
        const where = `(${from}, ${to}]`
        const place = law.lossError * (law.scale + (from === '-inf' ? 0 : Math.abs(end(from))))
        expect(Math.abs(cell.p - p), `p of ${where}`).toBeLessThanOrEqual(law.massError * p + slack)
        if (q > 1e-290) expect(Math.abs(cell.q / q - 1), `q of ${where}`).toBeLessThanOrEqual(law.massError + (2 * slack) / p)
        expect(Math.abs(cell.excess - excess), `excess of ${where}`).toBeLessThanOrEqual(
          (law.massError * width + 2 * place) * p + slack * width,
        )
      }
    })
  }
})

describe('hockey sticks of one release', () => {
  type Truth = { readonly params: Record<string, number | string>; readonly expected: { readonly value: number } }
  const truths = (load('golden/truths.json') as { readonly cases: readonly Truth[] }).cases
  const sampled = (q: number, sigma: number): events.PrivacyEvent =>
    q === 1
      ? events.gaussian({ noiseMultiplier: sigma })
      : events.poissonSampled({ samplingRate: q, event: events.gaussian({ noiseMultiplier: sigma }) })

  it('of the sampled Gaussian are right to 1e-11', () => {
    const cases = truths.filter(({ params }) => params['kind'] === 'hockey_stick')
    expect(cases).toHaveLength(108)
    for (const { params, expected } of cases) {
      const { q, sigma, epsilon, direction } = params as { q: number; sigma: number; epsilon: number; direction: string }
      const law = lawOf(sampled(q, sigma), direction === 'replace' ? 'replace-one' : 'add-or-remove', direction === 'add' ? 1 : 0)
      const delta = deltaOf(law, epsilon)
      expect(Math.abs(delta - expected.value), JSON.stringify(params)).toBeLessThanOrEqual(1e-11 * expected.value)
    }
  })

  it('of Laplace noise are right to the last digits', () => {
    const cases = truths.filter(({ params }) => params['kind'] === 'hockey_stick_laplace')
    expect(cases).toHaveLength(7)
    for (const { params, expected } of cases) {
      const law = lawOf(events.laplace({ noiseMultiplier: params['scale'] as number }))
      expect(deltaOf(law, params['epsilon'] as number)).toBeCloseTo(expected.value, 15)
    }
  })

  it('of the exponential mechanism are the largest of all two-point laws', () => {
    for (const epsilon of [0.1, 1, 3]) {
      const law = lawOf(events.exponential({ epsilon }))
      for (const at of [-0.9, -0.3, 0, 0.2, 0.7, 0.99]) {
        const e = at * epsilon
        let most = 0
        for (let k = 0; k <= 4000; k++) {
          const t = (epsilon * k) / 4000
          const p = (Math.exp(epsilon) - Math.exp(t)) / Math.expm1(epsilon)
          // Losses t with probability p and t - epsilon with 1 - p, under P.
          const delta = p * Math.max(0, 1 - Math.exp(e - t)) + (1 - p) * Math.max(0, 1 - Math.exp(e - t + epsilon))
          most = Math.max(most, delta)
        }
        const value = deltaOf(law, e)
        expect(value).toBeGreaterThanOrEqual(most - 1e-15)
        expect(value).toBeLessThan(most + 1e-6)
      }
      expect(law.attained).toBe(false)
    }
  })

  it('of a fixed-size sample follow the amplification bound, on both sides of 0', () => {
    for (const base of [
      events.gaussian({ noiseMultiplier: 0.7 }),
      events.laplace({ noiseMultiplier: 1 }),
      events.pure({ epsilon: 2 }),
    ]) {
      const whole = lawOf(base, 'replace-one')
      const law = lawOf(events.fixedSizeSampled({ sampleSize: 30, populationSize: 100, event: base }), 'replace-one')
      for (const epsilon of [0, 1e-6, 0.1, 0.4, 0.9, 1.5]) {
        const inner = Math.log1p(Math.expm1(epsilon) / 0.3)
        const expected = 0.3 * deltaOf(whole, inner)
        expect(deltaOf(law, epsilon)).toBeCloseTo(expected, 13)
        // The mirror image: E_(1/a) = 1 - 1/a + E_a / a.
        expect(deltaOf(law, -epsilon)).toBeCloseTo(-Math.expm1(-epsilon) + Math.exp(-epsilon) * expected, 13)
      }
      expect(law.attained).toBe(false)
    }
  })
})

const gaussians = fc.record({ noiseMultiplier: fc.double({ min: 0.2, max: 50, noNaN: true }) }).map(events.gaussian)
const laplaces = fc.record({ noiseMultiplier: fc.double({ min: 0.1, max: 50, noNaN: true }) }).map(events.laplace)
const discreteLaplaces = fc
  .record({ scale: fc.double({ min: 0.2, max: 20, noNaN: true }), sensitivity: fc.integer({ min: 1, max: 7 }) })
  .map(events.discreteLaplace)
const discreteGaussians = fc
  .record({ stddev: fc.double({ min: 1.2, max: 20, noNaN: true }), sensitivity: fc.integer({ min: 1, max: 7 }) })
  .map(events.discreteGaussian)
const others = fc.oneof(
  fc.record({ epsilon: fc.double({ min: 0.01, max: 5, noNaN: true }) }).map(events.pure),
  fc.record({ epsilon: fc.double({ min: 0.01, max: 5, noNaN: true }) }).map(events.exponential),
  fc
    .record({ epsilon: fc.double({ min: 0.01, max: 5, noNaN: true }), delta: fc.double({ min: 1e-9, max: 0.3, noNaN: true }) })
    .map(events.approximate),
)
const primitives = fc.oneof(gaussians, laplaces, discreteLaplaces, discreteGaussians, others)
const sampledOnes = fc
  .record({ samplingRate: fc.double({ min: 1e-6, max: 0.999, noNaN: true }), event: primitives })
  .map(({ samplingRate, event }) => events.poissonSampled({ samplingRate, event }))
const mixtures = fc
  .record({ stddev: fc.double({ min: 0.4, max: 5, noNaN: true }), weight: fc.double({ min: 0.01, max: 0.9, noNaN: true }) })
  .map(({ stddev, weight }) =>
    events.mixtureOfGaussians({ stddev, sensitivities: [0, 1, 3], probabilities: [1 - weight, weight / 2, weight / 2] }),
  )
const anyEvent: fc.Arbitrary<events.PrivacyEvent> = fc.oneof(primitives, sampledOnes, mixtures)

describe('any law', () => {
  const both = (event: events.PrivacyEvent): Laws => dominatingLaws(event, 'add-or-remove', '')

  it('has masses that add up, to 1 and from part to part', () => {
    fc.assert(
      fc.property(
        anyEvent,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (event, s, t) => {
          for (const law of both(event)) {
            const whole = law.cell(-infinity, infinity, emptyCell())
            expect(whole.p + law.infiniteMass).toBeCloseTo(1, 12)
            expect(whole.q).toBeCloseTo(1, 12)
            const low = Math.max(law.low, -12 * law.scale)
            const high = Math.min(law.high, 12 * law.scale)
            const [a, b] = [low + Math.min(s, t) * (high - low), low + Math.max(s, t) * (high - low)]
            // A cell of a few ulp is all rounding.
            if (!(b - a > 1e-9 * (high - low))) continue
            const [left, middle, right] = [emptyCell(), emptyCell(), emptyCell()]
            law.cell(-infinity, a, left)
            law.cell(a, b, middle)
            law.cell(b, infinity, right)
            expect(left.p + middle.p + right.p).toBeCloseTo(whole.p, 12)
            expect(left.q + middle.q + right.q).toBeCloseTo(1, 12)
            expect(middle.excess).toBeGreaterThanOrEqual(-1e-15)
            expect(middle.excess).toBeCloseTo(middle.p - Math.exp(a) * middle.q, 11)
            expect(middle.excess).toBeLessThanOrEqual(-middle.p * Math.expm1(a - b) * (1 + 1e-9) + 1e-300)
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  it('has nodes whose cumulant is 0 at 0 and log Q at -1, and agree with the cells', () => {
    fc.assert(
      fc.property(anyEvent, fc.double({ min: -0.5, max: 1.5, noNaN: true }), (event, at) => {
        for (const law of both(event)) {
          expect(cumulant(law, 0).value).toBeCloseTo(Math.log1p(-law.infiniteMass), 9)
          expect(cumulant(law, -1).value).toBeCloseTo(Math.log1p(-law.vanishingMass), 9)
          // E e^(zL) at z = 1 from the cells of a fine partition: convex, so it lies between lower and upper sums.
          const { losses, weights } = law.nodes({ tilt: 1, frequency: 0 })
          const mean = losses.reduce((sum, loss, i) => sum + loss * (weights[i] as number), 0)
          expect(Math.abs(mean - cumulant(law, 0).first * Math.exp(cumulant(law, 0).value))).toBeLessThan(1e-9 * (1 + law.scale))
          expect(cumulant(law, at).second).toBeGreaterThanOrEqual(0)
        }
      }),
      { numRuns: 200 },
    )
  })

  it('is symmetric where only one is given: K(z) = K(-1 - z)', () => {
    fc.assert(
      fc.property(anyEvent, fc.double({ min: 0, max: 1, noNaN: true }), (event, z) => {
        const laws = both(event)
        const [first, second = first] = laws
        if (first.infiniteMass > 0 || second.infiniteMass > 0) return
        const left = cumulant(first, z).value
        const right = cumulant(second, -1 - z).value
        expect(Math.abs(left - right)).toBeLessThan(1e-9 * (1 + Math.abs(left)))
      }),
      { numRuns: 200 },
    )
  })
})

describe('discrete laws', () => {
  it('have q = p e^-loss and masses as defined', () => {
    const laplace = lawOf(events.discreteLaplace({ scale: 2, sensitivity: 3 })).atoms
    const r = Math.exp(-0.5)
    const at = (x: number): number => ((1 - r) / (1 + r)) * r ** Math.abs(x - 3)
    expect([...(laplace?.losses ?? [])]).toEqual([-1.5, -0.5, 0.5, 1.5])
    expect(laplace?.p[1]).toBeCloseTo(at(1), 15)
    expect(laplace?.p[2]).toBeCloseTo(at(2), 15)
    expect(laplace?.p[3]).toBeCloseTo(1 / (1 + r), 15)
    expect(laplace?.p[0]).toBeCloseTo(r ** 3 / (1 + r), 15)
    const gauss = lawOf(events.discreteGaussian({ stddev: 1.5, sensitivity: 2 })).atoms
    let z = 0
    for (let x = -60; x <= 60; x++) z += Math.exp(-(x * x) / 4.5)
    gauss?.losses.forEach((loss, i) => {
      const x = (loss * 4.5 + 4) / 4
      expect(x).toBeCloseTo(Math.round(x), 9)
      expect(gauss.p[i]).toBeCloseTo(Math.exp(-((x - 2) ** 2) / 4.5) / z, 14)
    })
    for (const event of [
      events.discreteGaussian({ stddev: 4, sensitivity: 1 }),
      events.discreteLaplace({ scale: 3, sensitivity: 5 }),
    ]) {
      const sampled = events.poissonSampled({ samplingRate: 0.2, event })
      for (const law of [lawOf(event), lawOf(sampled, 'add-or-remove', 0), lawOf(sampled, 'add-or-remove', 1)]) {
        law.atoms?.losses.forEach((loss, i) => {
          const [p, q] = [law.atoms?.p[i] as number, law.atoms?.q[i] as number]
          if (p > 1e-290 && q > 1e-290) expect(q / (p * Math.exp(-loss))).toBeCloseTo(1, 10)
        })
      }
    }
  })

  it('of randomised response: against a truth, a blank, and sampled', () => {
    const event = events.randomizedResponse({ epsilon: 1.2, categories: 4 })
    const e = Math.exp(1.2)
    expect(deltaOf(lawOf(event, 'replace-one'), 0)).toBeCloseTo((e - 1) / (e + 3), 15)
    expect(deltaOf(lawOf(event, 'replace-special', 0), 0)).toBeCloseTo(e / (e + 3) - 1 / 4, 15)
    expect(deltaOf(lawOf(event, 'replace-special', 1), 0)).toBeCloseTo(e / (e + 3) - 1 / 4, 15)
    expect(lawOf(event, 'replace-special', 0).high).toBeCloseTo(Math.log((4 * e) / (e + 3)), 15)
    expect(lawOf(event, 'replace-special', 1).high).toBeCloseTo(Math.log((e + 3) / 4), 15)
    const sampled = lawOf(events.poissonSampled({ samplingRate: 0.3, event }), 'replace-one')
    expect(deltaOf(sampled, 0)).toBeCloseTo((0.3 * (e - 1)) / (e + 3), 15)
    expect(sampled.high).toBeCloseTo(Math.log((0.3 * (e / (e + 3)) + 0.7 / 4) / (0.3 / (e + 3) + 0.7 / 4)), 15)
    const blank = lawOf(events.poissonSampled({ samplingRate: 0.3, event }), 'replace-special')
    expect(deltaOf(blank, 0)).toBeCloseTo(0.3 * (e / (e + 3) - 1 / 4), 15)
  })
})

describe('edges', () => {
  it('no noise reveals everything, and a sample of it what the sample holds', () => {
    for (const event of [
      events.nonPrivate(),
      events.gaussian({ noiseMultiplier: 0 }),
      events.laplace({ noiseMultiplier: 0 }),
      events.gaussian({ noiseMultiplier: 1e-9 }),
    ]) {
      expect(lawOf(event).infiniteMass).toBe(1)
      const sampled = events.poissonSampled({ samplingRate: 0.25, event })
      expect(lawOf(sampled, 'add-or-remove', 0).infiniteMass).toBe(0.25)
      expect(deltaOf(lawOf(sampled, 'add-or-remove', 0), 3)).toBe(0.25)
      expect(lawOf(sampled, 'add-or-remove', 1).infiniteMass).toBe(0)
      expect(deltaOf(lawOf(sampled, 'add-or-remove', 1), 0)).toBeCloseTo(0.25, 15)
      expect(deltaOf(lawOf(sampled, 'add-or-remove', 1), 0.3)).toBe(0)
    }
  })

  it('events that say nothing have no loss', () => {
    for (const event of [
      events.pure({ epsilon: 0 }),
      events.gdp({ mu: 0 }),
      events.exponential({ epsilon: 0 }),
      events.mixtureOfGaussians({ stddev: 1, sensitivities: [0], probabilities: [1] }),
    ]) {
      expect(deltaOf(lawOf(event), 0)).toBe(0)
    }
  })

  it('refuses what has no known pair, by path', () => {
    const refuse = (event: events.PrivacyEvent, relation: Relation): UnsupportedEventError => {
      try {
        dominatingLaws(event, relation, 'events[2]')
      } catch (error) {
        if (error instanceof UnsupportedEventError) return error
      }
      throw new Error('not refused')
    }
    const sampled = events.poissonSampled({ samplingRate: 0.1, event: events.laplace({ noiseMultiplier: 1 }) })
    expect(refuse(sampled, 'replace-one').path).toBe('events[2]')
    expect(refuse(events.zcdp({ rho: 1 }), 'add-or-remove').message).toContain("'rdp'")
    expect(refuse(events.randomizedResponse({ epsilon: 1 }), 'add-or-remove').message).toContain('replace-special')
    const fixed = events.fixedSizeSampled({ sampleSize: 1, populationSize: 9, event: events.gaussian({ noiseMultiplier: 1 }) })
    expect(refuse(fixed, 'add-or-remove').message).toContain("'replace-one'")
    expect(refuse(events.discreteGaussian({ stddev: 1e9, sensitivity: 1 }), 'add-or-remove').message).toContain('values')
    const inner = events.poissonSampled({ samplingRate: 0.1, event: events.zcdp({ rho: 1 }) })
    expect(refuse(inner, 'add-or-remove').path).toBe('events[2].event')
    const two = events.composed([events.laplace({ noiseMultiplier: 1 }), events.gaussian({ noiseMultiplier: 1 })])
    expect(refuse(events.poissonSampled({ samplingRate: 0.1, event: two }), 'add-or-remove').path).toBe('events[2].event')
    const mixture = events.mixtureOfGaussians({ stddev: 1, sensitivities: [1, 2], probabilities: [0.5, 0.5] })
    expect(refuse(mixture, 'replace-one').kind).toBe('mixtureOfGaussians')
  })

  it('a composition has one direction only where every part is symmetric', () => {
    const symmetric = { event: events.laplace({ noiseMultiplier: 1 }), times: 3, path: '' }
    const sampled = { event: events.poissonSampled({ samplingRate: 0.1, event: symmetric.event }), times: 2, path: '' }
    expect(directions([symmetric], 'add-or-remove')).toHaveLength(1)
    const both = directions([symmetric, sampled], 'add-or-remove')
    expect(both).toHaveLength(2)
    expect(both[0]?.[0]).toEqual(both[1]?.[0])
    expect(both.map((parts) => parts[1]?.law.high)).toEqual([sampledLoss(0.1, 1), -sampledLoss(0.1, -1)])
  })

  it('sampling bends losses and bends them back', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-12, max: 0.999, noNaN: true }),
        fc.double({ min: -20, max: 900, noNaN: true }),
        (rate, loss) => {
          const bent = sampledLoss(rate, loss)
          expect(bent).toBeGreaterThanOrEqual(Math.log1p(-rate))
          expect(Math.sign(bent) * Math.sign(loss)).toBeGreaterThanOrEqual(0)
          const slope = rate / (rate + (1 - rate) * Math.exp(-loss))
          expect(Math.abs(unsampledLoss(rate, bent) - loss) * slope).toBeLessThanOrEqual(4e-15 * (Math.abs(bent) + rate + slope))
        },
      ),
    )
  })
})
