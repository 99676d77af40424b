import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { contourDelta, contourEpsilon, gaussianCompositions } from '../../src/accounting/contour/index.ts'
import { flatten } from '../../src/accounting/flatten.ts'
import { gridDelta, gridEpsilon } from '../../src/accounting/grid/grid.ts'
import { delta, epsilon } from '../../src/accounting/index.ts'
import { directions } from '../../src/accounting/laws/dominating-pairs.ts'
import type { LawPart } from '../../src/accounting/laws/law.ts'
import type { Relation } from '../../src/accounting/relation.ts'
import { UnsupportedEventError } from '../../src/errors.ts'
import {
  approximate,
  composed,
  discreteGaussian,
  discreteLaplace,
  exponential,
  fixedSizeSampled,
  gaussian,
  gdp,
  laplace,
  mixtureOfGaussians,
  nonPrivate,
  type PrivacyEvent,
  permuteAndFlip,
  poissonSampled,
  pure,
  randomizedResponse,
  repeated,
  skellam,
  tree,
  zcdp,
} from '../../src/events/index.ts'

/** What must hold between the answers, whatever they are. */

const tolerance = 1e-3
const between = (min: number, max: number): fc.Arbitrary<number> => fc.double({ min, max, noNaN: true })
const whole = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max })
const digits = between(1, 8).map((d) => 10 ** -d)

const run = (q: number, sigma: number, times: number): PrivacyEvent =>
  repeated({ times, event: poissonSampled({ samplingRate: q, event: gaussian({ noiseMultiplier: sigma }) }) })
const recipe = fc.record({ q: between(1e-3, 0.9), sigma: between(0.6, 6), times: whole(1, 3000) })

type Bracket = { readonly lower: number; readonly upper: number; readonly reached?: number }

/** That `more` is no less than `less`: certainly not below it, and as reported not by more than the brackets are wide. */
function noLess(more: Bracket, less: Bracket): void {
  expect(more.upper).toBeGreaterThanOrEqual(less.lower)
  const width = Math.max(tolerance, more.reached ?? 0, less.reached ?? 0)
  expect(more.upper).toBeGreaterThanOrEqual(less.upper * (1 - width) - 1e-12)
}

describe('more steps, a larger rate, less noise, a smaller delta never lower epsilon', () => {
  test.each(['add-or-remove', 'replace-one'] as const)('sampled Gaussians, %s', (relation) => {
    fc.assert(
      fc.property(recipe, digits, between(1, 3), ({ q, sigma, times }, target, factor) => {
        const at = (event: PrivacyEvent, d = target): Bracket => epsilon(event, { delta: d, relation, tolerance })
        const here = at(run(q, sigma, times))
        noLess(at(run(q, sigma, Math.ceil(times * factor))), here)
        noLess(at(run(Math.min(1, q * factor), sigma, times)), here)
        noLess(at(run(q, sigma / factor, times)), here)
        noLess(at(run(q, sigma, times), target / factor), here)
        noLess(at(composed([run(q, sigma, times), gaussian({ noiseMultiplier: 4 * factor })])), here)
      }),
      { numRuns: 10 },
    )
  })

  test('Laplace and discrete noise', () => {
    const make: fc.Arbitrary<(scale: number) => PrivacyEvent> = fc.constantFrom(
      (scale) => laplace({ noiseMultiplier: scale }),
      (scale) => discreteLaplace({ scale, sensitivity: 2 }),
      (scale) => discreteGaussian({ stddev: scale, sensitivity: 1 }),
      (scale) => exponential({ epsilon: 1 / scale }),
    )
    fc.assert(
      fc.property(make, between(1, 4), whole(1, 8), between(1, 2), digits, (of, scale, times, factor, target) => {
        const at = (s: number, n: number): Bracket =>
          epsilon(repeated({ times: n, event: of(s) }), { delta: Math.max(target, 1e-5), tolerance })
        const here = at(scale, times)
        noLess(at(scale, times + 3), here)
        noLess(at(scale / factor, times), here)
      }),
      { numRuns: 8 },
    )
  })
})

test('delta of epsilon leads back', () => {
  fc.assert(
    fc.property(recipe, digits, ({ q, sigma, times }, target) => {
      const event = run(q, sigma, times)
      const { lower, upper } = epsilon(event, { delta: target, tolerance })
      const at = (e: number): Bracket => delta(event, { epsilon: e, tolerance })
      expect(at(upper).lower).toBeLessThanOrEqual(target)
      if (lower > 0) expect(at(lower).upper).toBeGreaterThanOrEqual(target)
    }),
    { numRuns: 8 },
  )
})

describe('two engines, one truth', () => {
  test('contour and grid overlap where both apply, in each direction', () => {
    const relations = fc.constantFrom<Relation>('add-or-remove', 'replace-one')
    const parts = fc.array(recipe, { minLength: 1, maxLength: 3 })
    let compared = 0
    fc.assert(
      fc.property(parts, relations, digits, (list, relation, target) => {
        const flat = flatten(composed(list.map(({ q, sigma, times }) => run(q, sigma, times + 1))))
        const compositions = gaussianCompositions(flat, relation)
        const laws = directions(flat, relation)
        compositions?.forEach((composition, side) => {
          const contour = contourEpsilon(composition, target, { tolerance, budget: 4e6 })
          if (contour === undefined) return
          const grid = gridEpsilon(laws[side] as readonly LawPart[], { delta: target, tolerance })
          expect(grid.lower).toBeLessThanOrEqual(Math.max(0, contour.upper))
          expect(grid.upper).toBeGreaterThanOrEqual(contour.lower)
          compared++
          if (!(contour.lower > 0)) return
          const there = contourDelta(composition, contour.lower, { tolerance, budget: 4e6 })
          if (there === undefined) return
          const other = gridDelta(laws[side] as readonly LawPart[], { epsilon: contour.lower, tolerance })
          expect(other.lower).toBeLessThanOrEqual(there.upper)
          expect(other.upper).toBeGreaterThanOrEqual(there.lower)
        })
      }),
      { numRuns: 15 },
    )
    expect(compared).toBeGreaterThan(12)
  })
})

const leaf: fc.Arbitrary<PrivacyEvent> = fc.oneof(
  between(0.8, 8).map((noiseMultiplier) => gaussian({ noiseMultiplier })),
  between(0.5, 8).map((noiseMultiplier) => laplace({ noiseMultiplier })),
  between(1, 5).map((stddev) => discreteGaussian({ stddev, sensitivity: 1 })),
  between(1, 5).map((scale) => discreteLaplace({ scale, sensitivity: 1 })),
  between(0.05, 1).map((e) => randomizedResponse({ epsilon: e, categories: 3 })),
  between(0.05, 1).map((e) => exponential({ epsilon: e })),
  between(0.05, 1).map((e) => permuteAndFlip({ epsilon: e })),
  between(0.05, 1).map((e) => pure({ epsilon: e })),
  between(0.05, 1).map((e) => approximate({ epsilon: e, delta: 1e-9 })),
  between(0.01, 0.2).map((rho) => zcdp({ rho })),
  between(0.1, 1).map((mu) => gdp({ mu })),
  between(1, 4).map((stddev) => mixtureOfGaussians({ stddev, sensitivities: [0, 1, 2], probabilities: [0.5, 0.25, 0.25] })),
  fc.constant(skellam({ variance: 100, l1Sensitivity: 2, l2Sensitivity: 1 })),
  between(2, 8).map((noiseMultiplier) => tree({ noiseMultiplier, steps: 12 })),
  fc.constant(nonPrivate()),
)
const sampled = fc
  .tuple(leaf, between(0.01, 0.9), fc.boolean())
  .map(([event, rate, fixed]) =>
    fixed
      ? fixedSizeSampled({ sampleSize: Math.ceil(100 * rate), populationSize: 100, event })
      : poissonSampled({ samplingRate: rate, event }),
  )
const anyEvent: fc.Arbitrary<PrivacyEvent> = fc
  .array(
    fc
      .tuple(fc.oneof({ weight: 3, arbitrary: leaf }, { weight: 2, arbitrary: sampled }), whole(1, 4))
      .map(([event, times]) => repeated({ times, event })),
    { minLength: 1, maxLength: 2 },
  )
  .map(composed)

/** undefined where there is no bound. */
function ask(of: () => Bracket): Bracket | undefined {
  try {
    return of()
  } catch (error) {
    if (error instanceof UnsupportedEventError) return undefined
    throw error
  }
}

test('on any tree of events: brackets are brackets, and tight is at most rdp, basic and advanced', () => {
  let answered = 0
  let compared = 0
  fc.assert(
    fc.property(anyEvent, fc.constantFrom<Relation>('add-or-remove', 'replace-one', 'replace-special'), (event, relation) => {
      const at = { delta: 1e-5, relation }
      const tight = ask(() => epsilon(event, { ...at, tolerance }))
      for (const accountant of ['rdp', 'zcdp', 'gdp', 'basic', 'advanced'] as const) {
        const other = ask(() => epsilon(event, { ...at, accountant }))
        for (const bracket of [tight, other]) {
          if (bracket === undefined) continue
          expect(bracket.lower).toBeGreaterThanOrEqual(0)
          expect(bracket.lower).toBeLessThanOrEqual(bracket.upper)
          answered++
        }
        if (tight === undefined || other === undefined) continue
        // The two know different things of these: tight takes permute-and-flip for any pure mechanism.
        if (accountant === 'rdp' && JSON.stringify(event).includes('permuteAndFlip')) continue
        const reached = Math.max(tolerance, tight.reached ?? 0)
        expect(tight.lower).toBeLessThanOrEqual(other.upper * (1 + 1e-9))
        expect(tight.upper).toBeLessThanOrEqual((other.upper * (1 + 1e-9)) / (1 - reached))
        compared++
      }
    }),
    { numRuns: 30 },
  )
  expect(answered).toBeGreaterThan(60)
  expect(compared).toBeGreaterThan(20)
})
