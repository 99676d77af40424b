import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { flatten, type Part } from '../../src/accounting/flatten.ts'
import { treeSensitivitySquared } from '../../src/accounting/tree.ts'
import { InvalidParameterError, UnsupportedEventError } from '../../src/errors.ts'
import {
  approximate,
  composed,
  discreteGaussian,
  fixedSizeSampled,
  gaussian,
  gdp,
  laplace,
  mixtureOfGaussians,
  nonPrivate,
  type PrivacyEvent,
  poissonSampled,
  pure,
  randomAllocation,
  repeatAndSelect,
  repeated,
  tree,
  truncatedPoissonSampled,
  zcdp,
} from '../../src/events/index.ts'
import { anyEvent } from '../properties/arbitrary-event.ts'

const bare = (event: PrivacyEvent): { event: PrivacyEvent; times: number }[] =>
  flatten(event).map(({ event: part, times }) => ({ event: part, times }))
const noise = ({ event }: { event: PrivacyEvent }): number => ('noiseMultiplier' in event ? event.noiseMultiplier : Number.NaN)
const g = (noiseMultiplier: number): PrivacyEvent => gaussian({ noiseMultiplier })
const l = (noiseMultiplier: number): PrivacyEvent => laplace({ noiseMultiplier })

/** The size that adds up, or else the number of times, under a name for the part. */
const weights = (parts: readonly Part[]): ReadonlyMap<string, number> =>
  new Map(
    parts.map(({ event, times }) => {
      switch (event.kind) {
        case 'gaussian':
          return [event.kind, 1 / event.noiseMultiplier ** 2]
        case 'gdp':
          return [event.kind, event.mu ** 2]
        case 'zcdp':
          return [event.kind, event.rho]
        default:
          return [JSON.stringify(event), times]
      }
    }),
  )

describe('the normal form', () => {
  test('multiplies out and counts equal parts together, in order of first occurrence', () => {
    const event = composed([l(1), repeated({ times: 3, event: composed([l(2), repeated({ times: 5, event: l(1) })]) }), l(2)])
    expect(flatten(event)).toEqual([
      { event: l(1), times: 16, path: 'events[0]' },
      { event: l(2), times: 4, path: 'events[1].event.events[0]' },
    ])
  })

  test('adds Gaussians, gdp and zcdp up, each by itself', () => {
    const event = composed([
      g(3),
      gdp({ mu: 3 }),
      repeated({ times: 4, event: g(4) }),
      zcdp({ rho: 0.25 }),
      gdp({ mu: 4 }),
      zcdp({ rho: 0.5 }),
    ])
    const parts = flatten(event)
    expect(parts.map(({ event: { kind }, times, path }) => [kind, times, path])).toEqual([
      ['gaussian', 1, 'events[0]'],
      ['gdp', 1, 'events[1]'],
      ['zcdp', 1, 'events[3]'],
    ])
    expect(parts.map(noise)[0]).toBeCloseTo(1 / Math.sqrt(1 / 9 + 4 / 16), 15)
    expect(parts[1]?.event).toEqual({ kind: 'gdp', mu: 5 })
    expect(parts[2]?.event).toEqual({ kind: 'zcdp', rho: 0.75 })
  })

  test('leaves a lone Gaussian as it is and merges across the whole range of doubles', () => {
    for (const s of [0.1, 1 / 3, 5e-324, 1.7976931348623157e308]) expect(bare(g(s))).toEqual([{ event: g(s), times: 1 }])
    expect(bare(repeated({ times: 4, event: g(1e-200) }))).toEqual([{ event: g(5e-201), times: 1 }])
    expect(bare(composed([g(1e-200), g(1e200)]))).toEqual([{ event: g(1e-200), times: 1 }])
    expect(bare(composed([g(0), g(1)]))).toEqual([{ event: g(0), times: 1 }])
    expect(bare(repeated({ times: 9, event: gdp({ mu: 1e300 }) }))).toEqual([{ event: gdp({ mu: 3e300 }), times: 1 }])
    expect(bare(composed([gdp({ mu: 0 }), gdp({ mu: 0 })]))).toEqual([{ event: gdp({ mu: 0 }), times: 1 }])
    expect(bare(composed([zcdp({ rho: 0 }), zcdp({ rho: 0 })]))).toEqual([{ event: zcdp({ rho: 0 }), times: 1 }])
  })

  test('makes a sum that overflows a release without privacy', () => {
    expect(bare(repeated({ times: 9, event: zcdp({ rho: 1e308 }) }))).toEqual([{ event: nonPrivate(), times: 1 }])
    expect(bare(repeated({ times: 9, event: gdp({ mu: 1e308 }) }))).toEqual([{ event: nonPrivate(), times: 1 }])
  })

  test('turns a tree into its Gaussian', () => {
    const shape = { steps: 16, participations: 4, separation: 4 }
    expect(treeSensitivitySquared(shape)).toBe(36)
    expect(bare(tree({ noiseMultiplier: 3, ...shape }))).toEqual([{ event: g(0.5), times: 1 }])
    expect(bare(poissonSampled({ samplingRate: 0.5, event: tree({ noiseMultiplier: 3, ...shape }) }))).toEqual([
      { event: poissonSampled({ samplingRate: 0.5, event: g(0.5) }), times: 1 },
    ])
  })

  test('drops what does not happen', () => {
    const sampled = poissonSampled({ samplingRate: 0, event: nonPrivate() })
    const empty = composed([])
    for (const event of [
      empty,
      sampled,
      repeated({ times: 0, event: nonPrivate() }),
      repeated({ times: 5, event: empty }),
      poissonSampled({ samplingRate: 0.5, event: empty }),
      fixedSizeSampled({ sampleSize: 0, populationSize: 10, event: nonPrivate() }),
      fixedSizeSampled({ sampleSize: 5, populationSize: 10, event: sampled }),
      truncatedPoissonSampled({ samplingRate: 0, populationSize: 10, maximumBatch: 3, event: nonPrivate() }),
      truncatedPoissonSampled({ samplingRate: 0.5, populationSize: 10, maximumBatch: 3, event: empty }),
      randomAllocation({ steps: 4, event: empty }),
      repeatAndSelect({ mean: 3, shape: 1, event: empty }),
      mixtureOfGaussians({ stddev: 0, sensitivities: [0, 3], probabilities: [1, 0] }),
    ]) {
      expect(flatten(event)).toEqual([])
    }
  })

  test('takes sampling of everything, and truncation that cannot bite, away', () => {
    const two = composed([l(1), repeated({ times: 2, event: g(1) }), l(3)])
    for (const event of [
      poissonSampled({ samplingRate: 1, event: two }),
      fixedSizeSampled({ sampleSize: 7, populationSize: 7, event: two }),
      randomAllocation({ steps: 1, event: two }),
      truncatedPoissonSampled({ samplingRate: 1, populationSize: 7, maximumBatch: 7, event: two }),
    ]) {
      expect(bare(event)).toEqual(bare(two))
    }
    expect(flatten(poissonSampled({ samplingRate: 1, event: two })).map(({ path }) => path)).toEqual([
      'event.events[0]',
      'event.events[1].event',
      'event.events[2]',
    ])
    expect(bare(truncatedPoissonSampled({ samplingRate: 0.25, populationSize: 7, maximumBatch: 9, event: l(1) }))).toEqual([
      { event: poissonSampled({ samplingRate: 0.25, event: l(1) }), times: 1 },
    ])
  })

  test('keeps what shares one sample together', () => {
    const inner = composed([g(3), l(1), repeated({ times: 2, event: l(1) }), g(4)])
    const normal = composed([g(2.4), repeated({ times: 3, event: l(1) })])
    const recipes: ((event: PrivacyEvent) => PrivacyEvent)[] = [
      (event) => poissonSampled({ samplingRate: 0.5, event }),
      (event) => fixedSizeSampled({ sampleSize: 2, populationSize: 7, event }),
      (event) => truncatedPoissonSampled({ samplingRate: 0.5, populationSize: 7, maximumBatch: 3, event }),
      (event) => randomAllocation({ steps: 5, event }),
      (event) => repeatAndSelect({ mean: 5, shape: 0, event }),
    ]
    for (const sampled of recipes) {
      expect(flatten(composed([l(9), repeated({ times: 6, event: sampled(inner) })]))).toEqual([
        { event: l(9), times: 1, path: 'events[0]' },
        { event: sampled(normal), times: 6, path: 'events[1].event' },
      ])
    }
  })

  test('multiplies the rates of a Poisson sample of a Poisson sample', () => {
    const event = poissonSampled({ samplingRate: 0.5, event: poissonSampled({ samplingRate: 0.25, event: l(1) }) })
    expect(flatten(event)).toEqual([{ event: poissonSampled({ samplingRate: 0.125, event: l(1) }), times: 1, path: '' }])
  })

  test('writes a mixture of Gaussians in one way', () => {
    const mixed = (sensitivities: number[], probabilities: number[]): PrivacyEvent =>
      mixtureOfGaussians({ stddev: 2, sensitivities, probabilities })
    expect(bare(mixed([2, 0, 1, 2, 5], [0.25, 0.25, 0.25, 0.25, 0]))).toEqual([
      { event: mixed([0, 1, 2], [0.25, 0.25, 0.5]), times: 1 },
    ])
    expect(bare(mixed([4, 4], [0.5, 0.5]))).toEqual([{ event: g(0.5), times: 1 }])
    expect(bare(mixed([4, 0], [0.25, 0.75]))).toEqual([
      { event: poissonSampled({ samplingRate: 0.25, event: g(0.5) }), times: 1 },
    ])
    expect(bare(mixed([1e-310], [1]))).toEqual([{ event: g(Number.MAX_VALUE), times: 1 }])
    expect(bare(poissonSampled({ samplingRate: 0.5, event: mixed([1, 2], [0.25, 0.75]) }))).toEqual([
      { event: mixed([0, 1, 2], [0.5, 0.125, 0.375]), times: 1 },
    ])
    // Probabilities may miss 1 by a rounding.
    const [part] = bare(mixed([1, 2, 3], [0.1, 0.2, 0.7 + 1e-13]))
    const { probabilities } = (part?.event as unknown as { probabilities: readonly number[] } | undefined) ?? {
      probabilities: [],
    }
    expect(probabilities.reduce((a, b) => a + b)).toBeCloseTo(1, 15)
  })

  test('leaves sampled primitives and claims as they are', () => {
    for (const event of [
      poissonSampled({ samplingRate: 0.5, event: g(1) }),
      poissonSampled({ samplingRate: 0.5, event: pure({ epsilon: 1 }) }),
      fixedSizeSampled({ sampleSize: 2, populationSize: 7, event: g(1) }),
      approximate({ epsilon: 1, delta: 1e-9 }),
      discreteGaussian({ stddev: 3, sensitivity: 2 }),
      nonPrivate(),
    ]) {
      expect(flatten(event)).toEqual([{ event, times: 1, path: '' }])
    }
  })

  test('validates what it is given and freezes what it gives', () => {
    expect(() => flatten({ kind: 'gaussian', noiseMultiplier: -1 })).toThrow(InvalidParameterError)
    expect(() => flatten({ kind: 'gausian' } as unknown as PrivacyEvent)).toThrow(UnsupportedEventError)
    const parts = flatten(composed([tree({ noiseMultiplier: 1, steps: 3 }), l(1), repeated({ times: 2, event: l(1) })]))
    expect(Object.isFrozen(parts) && parts.every((part) => Object.isFrozen(part) && Object.isFrozen(part.event))).toBe(true)
  })

  test('refuses more occurrences than a double counts, and says where', () => {
    const many = repeated({ times: 2 ** 52, event: l(1) })
    expect(flatten(many)[0]?.times).toBe(2 ** 52)
    expect(() => flatten(composed([l(2), repeated({ times: 2, event: many })]))).toThrow('"events[1].event"')
    expect(() => flatten(composed([many, many]))).toThrow('2^53 - 1 times, got 9007199254740992')
    const inSample = poissonSampled({ samplingRate: 1, event: many })
    expect(() => flatten(repeated({ times: 2, event: inSample }))).toThrow(InvalidParameterError)
  })
})

describe('regrouping', () => {
  const primitive = fc.constantFrom(
    g(1),
    g(2.5),
    l(1),
    l(2),
    gdp({ mu: 0.3 }),
    zcdp({ rho: 0.1 }),
    pure({ epsilon: 0.2 }),
    poissonSampled({ samplingRate: 0.1, event: g(1) }),
    fixedSizeSampled({ sampleSize: 3, populationSize: 9, event: l(1) }),
  )
  const listed = fc.array(fc.tuple(primitive, fc.integer({ min: 1, max: 50 })), { minLength: 1, maxLength: 20 })

  test('never changes the parts', () => {
    fc.assert(
      fc.property(listed, fc.infiniteStream(fc.nat({ max: 5 })), (list, choices) => {
        const events = list.map(([event, times]) => repeated({ times, event }))
        const choose = (): number => choices.next().value as number
        // Fold the list into a random tree of the same parts.
        const nest = (slice: readonly PrivacyEvent[]): PrivacyEvent => {
          if (slice.length === 1) return choose() > 2 ? (slice[0] as PrivacyEvent) : composed(slice)
          const at = 1 + (choose() % (slice.length - 1))
          const pair = [nest(slice.slice(0, at)), nest(slice.slice(at))]
          return poissonSampled({ samplingRate: 1, event: composed(choose() > 2 ? pair : pair.reverse()) })
        }
        const expected = weights(flatten(composed(events)))
        const regrouped = weights(flatten(nest(events)))
        expect([...regrouped.keys()].sort()).toEqual([...expected.keys()].sort())
        for (const [key, weight] of expected) expect(regrouped.get(key)).toBeCloseTo(weight, 9)
      }),
    )
  })

  test('a repetition is that many copies', () => {
    fc.assert(
      fc.property(anyEvent(), fc.integer({ min: 0, max: 6 }), (event, times) => {
        const attempt = (f: () => readonly Part[]): readonly Part[] | string => {
          try {
            return f()
          } catch (error) {
            return (error as Error).name
          }
        }
        const atOnce = attempt(() => flatten(repeated({ times, event })))
        const oneByOne = attempt(() => flatten(composed(Array.from({ length: times }, () => event))))
        // Of what adds up there may be more than can be counted, one by one.
        if (typeof atOnce === 'string') return
        expect(oneByOne).not.toBeTypeOf('string')
        if (typeof oneByOne !== 'string') {
          const [a, b] = [weights(atOnce), weights(oneByOne)]
          expect([...a.keys()]).toEqual([...b.keys()])
          for (const [key, weight] of a)
            expect(Math.abs((b.get(key) as number) / weight - 1) < 1e-12 || b.get(key) === weight).toBe(true)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('what is normal stays as it is', () => {
    fc.assert(
      fc.property(anyEvent(), (event) => {
        try {
          const parts = flatten(event)
          const again = flatten(composed(parts.map(({ event: part, times }) => repeated({ times, event: part }))))
          expect(again.map(({ event: part, times }) => [part, times])).toEqual(
            parts.map(({ event: part, times }) => [part, times]),
          )
        } catch (error) {
          if (!(error instanceof InvalidParameterError)) throw error
        }
      }),
    )
  })
})

describe('long compositions', () => {
  test('a million parts, equal, added up, or different', () => {
    const n = 1e6
    const thousand = Array.from({ length: 1000 }, (_, i) => g(1000 + i))
    const shared = l(1)
    expect(bare(composed(Array.from({ length: n }, () => shared)))).toEqual([{ event: shared, times: n }])
    const [whole, ...rest] = bare(composed(Array.from({ length: n }, (_, i) => thousand[i % 1000] as PrivacyEvent)))
    let precision = 0
    for (let s = 1999; s >= 1000; s--) precision += 1000 / s ** 2
    expect(rest).toEqual([])
    expect(whole && noise(whole)).toBeCloseTo(1 / Math.sqrt(precision), 13)
    expect(flatten(composed(Array.from({ length: n / 5 }, (_, i) => l(1 + i)))).length).toBe(n / 5)
  })
})
