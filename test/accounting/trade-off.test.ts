import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { leastOfConvex } from '../../src/accounting/least-of-convex.ts'
import { curveOf, tradeOff } from '../../src/accounting/trade-off.ts'
import { InvalidParameterError, UnsupportedEventError } from '../../src/errors.ts'
import {
  approximate,
  composed,
  dpSgd,
  gaussian,
  gdp,
  laplace,
  nonPrivate,
  type PrivacyEvent,
  poissonSampled,
  pure,
  randomizedResponse,
  repeated,
  zcdp,
} from '../../src/events/index.ts'
import { normalCdf, normalSf } from '../../src/numeric/normal.ts'
import { normalQuantile } from '../../src/numeric/normal-quantile.ts'
import { eventOf, type GoldenEvent } from './golden-events.ts'

/** The least rate of misses at a rate of false alarms, for outcomes with these masses: the likeliest outcomes first, chance on the last. */
function bruteForce(p: readonly number[], q: readonly number[], rate: number): number {
  const order = p.map((_, i) => i).sort((i, j) => (p[j] as number) * (q[i] as number) - (p[i] as number) * (q[j] as number))
  let [left, misses] = [rate, 1]
  for (const i of order) {
    const share = (q[i] as number) === 0 ? 1 : Math.min(1, left / (q[i] as number))
    misses -= share * (p[i] as number)
    left -= share * (q[i] as number)
    if (share < 1) break
  }
  return Math.max(0, misses)
}

const product = (a: readonly number[], b: readonly number[]): number[] => a.flatMap((x) => b.map((y) => x * y))

describe('every case of golden/risk.json', () => {
  type Case = {
    readonly params: { readonly kind: string; readonly mechanism?: string } & Record<string, unknown>
    readonly expected: {
      readonly alpha: readonly number[]
      readonly beta: readonly number[]
      readonly exact_beta?: readonly number[]
      readonly tpr_upper?: readonly number[]
      readonly advantage: number
      readonly exact_advantage?: number
      readonly bayes_risk?: readonly { readonly prior: number; readonly value: number }[]
    }
    readonly tolerance: { readonly abs?: number; readonly rel?: number }
  }
  const { cases } = JSON.parse(readFileSync(new URL('../vectors/golden/risk.json', import.meta.url), 'utf8')) as {
    cases: readonly Case[]
  }
  const eventIn = ({ kind, mechanism, ...rest }: Case['params']): PrivacyEvent => {
    const event = kind === 'gdp' ? gdp({ mu: rest['mu'] as number }) : undefined
    if (event !== undefined) return event
    if (mechanism === 'gaussian') return gaussian({ noiseMultiplier: rest['sigma'] as number })
    const type = kind === 'pld' ? (mechanism as string) : kind
    const found = eventOf({ type, ...rest } as GoldenEvent)
    if (found === undefined) throw new Error(`no event for ${JSON.stringify({ kind, mechanism })}`)
    return found
  }

  it('is loaded', () => {
    expect(cases.length).toBe(17)
  })
  it.each(cases.map((one) => [JSON.stringify(one.params), one] as const))(
    '%s',
    (_, { params, expected, tolerance: fineness }) => {
      const accountant = params.kind === 'zcdp' ? 'zcdp' : 'tight'
      const relation = params.mechanism === 'randomized_response' ? 'replace-one' : 'add-or-remove'
      // Where theirs are exact, ours are asked for as finely.
      const tolerance = fineness.abs === undefined ? 1e-9 : 1e-6
      const curve = curveOf(eventIn(params), { relation, accountant, tolerance })
      const { abs = 0, rel = 0 } = fineness
      // A zcdp bound goes by way of delta(epsilon) here, which reads off each Renyi divergence a little less than their search.
      const slack = params.kind === 'zcdp' ? 0.009 : abs
      expect(curve.advantage.upper).toBeLessThanOrEqual((expected.exact_advantage ?? expected.advantage) * (1 + rel) + slack)
      expect(curve.advantage.upper).toBeGreaterThanOrEqual((expected.exact_advantage ?? expected.advantage) * (1 - rel) - abs)
      expected.alpha.forEach((rate, i) => {
        const ours = curve.at(rate)
        const theirs = (expected.exact_beta ?? expected.beta)[i] as number
        if (expected.exact_beta !== undefined) {
          expect(ours.misses.lower).toBeLessThanOrEqual(theirs)
          expect(ours.misses.upper).toBeGreaterThanOrEqual(theirs)
        } else if (params.mechanism === 'randomized_response') {
          // Theirs is not joined linearly between its two corners, so that it lies below; corners.test below has the exact values.
          expect(ours.misses.lower).toBeGreaterThanOrEqual(theirs - abs)
        } else {
          expect(ours.misses.lower).toBeLessThanOrEqual(theirs + Math.max(abs, rel * theirs))
          expect(ours.misses.lower).toBeGreaterThanOrEqual(theirs - Math.max(slack, rel * theirs))
        }
        if (expected.tpr_upper !== undefined)
          expect(ours.hits.lower).toBeLessThanOrEqual((expected.tpr_upper[i] as number) + 1e-4)
      })
      for (const { prior, value } of expected.bayes_risk ?? []) {
        // The Bayes risk is the least of prior a + (1 - prior) f(a).
        let least = Math.min(prior, 1 - prior)
        for (let k = 1; k < 400; k++) {
          const rate = normalCdf(-6 + k / 50)
          least = Math.min(least, prior * rate + (1 - prior) * curve.at(rate).misses.lower)
        }
        expect(Math.abs(least - value)).toBeLessThan(2e-5)
      }
    },
  )
})

describe('the curve of a normal shift', () => {
  test.each([0.01, 0.3, 1, 4, 9])('mu = %d', (mu) => {
    const curve = curveOf(gdp({ mu }), {})
    for (const rate of [1e-200, 1e-12, 1e-3, 0.2, 0.5, 0.8, 1 - 1e-9]) {
      const threshold = normalQuantile(rate)
      // Rates near 1 are known to a double's rounding of 1 only.
      const [hits, misses] = [normalCdf(threshold + mu), normalSf(threshold + mu)]
      const ours = curve.at(rate)
      expect(ours.hits.upper).toBeGreaterThanOrEqual(hits * (1 - 1e-13))
      expect(ours.hits.lower).toBeLessThanOrEqual(hits * (1 + 1e-13))
      expect(ours.misses.lower).toBeLessThanOrEqual(misses * (1 + 1e-7))
      expect(ours.hits.upper - hits).toBeLessThan(5e-7 * hits)
      if (rate > (1 - curve.advantage.upper) / 2) expect(misses - ours.misses.lower).toBeLessThan(5e-7 * misses)
    }
  })
  it('of a mu that is next to nothing', () => {
    expect(tradeOff(gdp({ mu: 1e-20 }))(0.3)).toBeCloseTo(0.7, 15)
    expect(tradeOff(gdp({ mu: 0 }))(0.25)).toBeCloseTo(0.75, 15)
  })
  it('says more to who waits longer', () => {
    const event = repeated({ times: 20, event: poissonSampled({ samplingRate: 0.1, event: gaussian({ noiseMultiplier: 2 }) }) })
    const [rough, fine] = [1e-2, 1e-5].map((tolerance) => curveOf(event, { tolerance }).at(0.03).hits) as [
      { lower: number; upper: number },
      { lower: number; upper: number },
    ]
    expect(fine.upper - fine.lower).toBeLessThan(1.5e-5 * fine.upper)
    expect(rough.upper).toBeGreaterThanOrEqual(fine.lower)
    expect(rough.lower).toBeLessThanOrEqual(fine.upper)
  })
})

describe('outcomes that can be counted', () => {
  const answer = (epsilon: number): [number[], number[]] => {
    const e = Math.exp(epsilon)
    return [
      [e / (1 + e), 1 / (1 + e)],
      [1 / (1 + e), e / (1 + e)],
    ]
  }
  it('corners of randomised response', () => {
    for (const categories of [2, 5]) {
      const epsilon = 1.3
      const e = Math.exp(epsilon)
      const total = e + categories - 1
      const misses = tradeOff(randomizedResponse({ epsilon, categories }), { relation: 'replace-one' })
      const rest = Array.from({ length: categories - 2 }, () => 1 / total)
      for (const rate of [1e-4, 1 / total, 0.3, 0.6, 0.95]) {
        const truth = bruteForce([e / total, 1 / total, ...rest], [1 / total, e / total, ...rest], rate)
        expect(misses(rate)).toBeLessThanOrEqual(truth + 1e-15)
        expect(misses(rate)).toBeGreaterThan(truth - 1e-13)
      }
    }
  })
  it('compositions of answers and of failures', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.double({ min: 0.05, max: 2, noNaN: true }),
        fc.double({ min: 0, max: 0.2, noNaN: true }),
        fc.double({ min: 1e-4, max: 0.9999, noNaN: true }),
        (times, epsilon, failure, rate) => {
          let p = [failure, 0, 1 - failure]
          let q = [0, failure, 1 - failure]
          for (let k = 0; k < times; k++) {
            const [a, b] = answer(epsilon)
            p = product(p, a)
            q = product(q, b)
          }
          const event = composed([
            approximate({ epsilon: 0, delta: failure }),
            repeated({ times, event: randomizedResponse({ epsilon, categories: 2 }) }),
          ])
          const { misses } = curveOf(event, { relation: 'replace-one', tolerance: 1e-5 }).at(rate)
          const truth = bruteForce(p, q, rate)
          expect(misses.lower).toBeLessThanOrEqual(truth + 1e-14)
          expect(misses.lower).toBeGreaterThan(truth - 2e-5)
        },
      ),
      { seed: 5, numRuns: 25 },
    )
  })
})

describe('neighbours whose order matters', () => {
  const [q, sigma] = [0.3, 0.7]
  const event = poissonSampled({ samplingRate: q, event: gaussian({ noiseMultiplier: sigma }) })
  /** Present against absent, the alarm above x; and what the same test does with the sides exchanged. */
  const operation = (x: number): [number, number] => {
    const a = normalSf(x / sigma)
    return [a, (1 - q) * normalCdf(x / sigma) + q * normalCdf((x - 1) / sigma)]
  }
  const corners = Array.from({ length: 1601 }, (_, i) => operation(-4 + i / 160)).flatMap(([a, b]) => [
    [a, b] as const,
    [b, a] as const,
  ])

  it('is the convex hull of both orders', () => {
    const curve = curveOf(event, {})
    for (const x of [-2, -1, -0.5, 0, 0.4, 1, 2.5]) {
      for (const [a, b] of [operation(x), operation(x).reverse() as [number, number]]) {
        const { misses } = curve.at(a)
        // Below both orders, and no line is above all corners and the curve's point too.
        expect(misses.lower).toBeLessThanOrEqual(b + 1e-14)
        const hull = Math.max(
          ...Array.from({ length: 321 }, (_, i) => {
            const slope = Math.exp(-8 + i / 20)
            return Math.min(...corners.map(([c, d]) => d + slope * (c - a)))
          }),
        )
        expect(misses.lower).toBeLessThan(hull + 2e-4)
        expect(misses.upper).toBeGreaterThan(hull - 2e-5)
        expect(misses.upper - misses.lower).toBeLessThan(1e-6)
      }
    }
  })
})

describe('any curve', () => {
  const events = fc.oneof(
    fc.double({ min: 0.3, max: 5, noNaN: true }).map((noiseMultiplier) => gaussian({ noiseMultiplier })),
    fc.double({ min: 0.3, max: 5, noNaN: true }).map((noiseMultiplier) => laplace({ noiseMultiplier })),
    fc
      .tuple(fc.double({ min: 0, max: 4, noNaN: true }), fc.double({ min: 0, max: 0.1, noNaN: true }))
      .map(([epsilon, delta]) => approximate({ epsilon, delta })),
    fc
      .tuple(fc.double({ min: 0.01, max: 0.9, noNaN: true }), fc.double({ min: 0.5, max: 3, noNaN: true }))
      .map(([samplingRate, noiseMultiplier]) => poissonSampled({ samplingRate, event: gaussian({ noiseMultiplier }) })),
  )
  const rates = fc.double({ min: 0, max: 1, noNaN: true })

  it('falls, is convex, lies on or below blind guessing, and is its own inverse', () => {
    fc.assert(
      fc.property(events, rates, rates, rates, (event, a, b, share) => {
        const misses = tradeOff(event)
        const between = share * a + (1 - share) * b
        const [atA, atB, at] = [misses(a), misses(b), misses(between)]
        expect(at).toBeLessThanOrEqual(share * atA + (1 - share) * atB + 2e-6)
        expect(at).toBeGreaterThanOrEqual(0)
        expect(at).toBeLessThanOrEqual(1 - between)
        if (a <= b) expect(atB).toBeLessThanOrEqual(atA + 1e-6)
        // A test with the sides exchanged misses as often as the first raised false alarms.
        if (atA > 0) expect(misses(atA)).toBeLessThanOrEqual(a + 1e-6)
        const { misses: certain } = curveOf(event, {}).at(a)
        if (certain.upper > 0) expect(misses(certain.upper)).toBeLessThanOrEqual(a + 1e-12)
      }),
      { seed: 8, numRuns: 30 },
    )
  })
  it('is the same however often and in whatever order it is asked', () => {
    const event = gaussian({ noiseMultiplier: 2 })
    const misses = tradeOff(event)
    const before = misses(0.2)
    for (const rate of [0.7, 0.19, 0.21]) misses(rate)
    expect(misses(0.2)).toBe(before)
    expect(tradeOff(event)(0.2)).toBe(before)
  })
  it('ends at certain misses less what fails, and at none', () => {
    for (const [event, failing] of [
      [gaussian({ noiseMultiplier: 1 }), 0],
      [approximate({ epsilon: 1, delta: 0.01 }), 0.01],
      [composed([approximate({ epsilon: 1, delta: 0.1 }), approximate({ epsilon: 0.1, delta: 0.2 })]), 0.28],
    ] as const) {
      expect(tradeOff(event)(0)).toBeLessThanOrEqual(1 - failing)
      expect(tradeOff(event)(0)).toBeCloseTo(1 - failing, 12)
      expect(tradeOff(event)(1)).toBe(0)
    }
    expect([0, 0.5, 1].map(tradeOff(nonPrivate()))).toEqual([0, 0, 0])
    for (const rate of [0, 0.5, 1]) expect(tradeOff(composed([]))(rate)).toBeCloseTo(1 - rate, 15)
  })
})

describe('accountants', () => {
  it('of upper bounds lie below', () => {
    const event = dpSgd({ examples: 1000, batchSize: 10, steps: 300, noiseMultiplier: 1, sampling: 'poisson' })
    const rates = [0, 0.01, 0.2, 0.7]
    const tight = rates.map(tradeOff(event))
    const others = rates.map(tradeOff(event, { accountant: 'rdp' }))
    others.forEach((misses, i) => {
      expect(misses).toBeLessThanOrEqual(tight[i] as number)
      expect(misses).toBeGreaterThan((tight[i] as number) - 0.05)
    })
  })
  it('follow from the guarantees alone', () => {
    const event = repeated({ times: 3, event: pure({ epsilon: 0.5 }) })
    const [tight, advanced] = [tradeOff(event), tradeOff(event, { accountant: 'advanced' })]
    for (const rate of [0.05, 0.5]) expect(advanced(rate)).toBeCloseTo(tight(rate), 6)
  })
  it('refuse what they can’t do', () => {
    expect(() => tradeOff(pure({ epsilon: 1 }), { accountant: 'basic' })).toThrow(InvalidParameterError)
    expect(() => tradeOff(zcdp({ rho: 1 }))).toThrow(UnsupportedEventError)
    expect(() => tradeOff(pure({ epsilon: 1 }), { delta: 1 } as never)).toThrow(InvalidParameterError)
    expect(() => tradeOff(pure({ epsilon: 1 }), { relation: 'none' as never })).toThrow(InvalidParameterError)
    for (const rate of [-0.1, 1.1, Number.NaN, '0.5' as never]) {
      expect(() => tradeOff(pure({ epsilon: 1 }))(rate)).toThrow(InvalidParameterError)
    }
  })
})

describe('the least value of a convex function', () => {
  /** But for rounding. */
  const exactly = (f: (x: number) => number) => (t: number) => {
    const y = f(Math.exp(t))
    return { lower: y - 1e-15 * Math.abs(y), upper: y + 1e-15 * Math.abs(y) }
  }
  const options = { near: 0, spacing: 0.3, tolerance: 1e-9 }
  it('smooth, and from far away', () => {
    for (const near of [-20, 0, 9]) {
      let evaluations = 0
      const { lower, upper } = leastOfConvex(
        (t) => {
          evaluations++
          return exactly((x) => 1 + (x - 3) ** 2)(t)
        },
        { ...options, near },
      )
      expect(lower).toBeLessThanOrEqual(1)
      expect(upper).toBeGreaterThanOrEqual(1)
      expect(upper - lower).toBeLessThan(1e-9)
      expect(evaluations).toBeLessThan(50)
    }
  })
  it('with a kink, found at once', () => {
    let evaluations = 0
    const { lower, upper } = leastOfConvex((t) => {
      evaluations++
      return exactly((x) => Math.max(2 - x, 0.2 + 0.1 * x))(t)
    }, options)
    expect([lower, upper]).toEqual([expect.closeTo(0.2 + 0.18 / 1.1, 12), expect.closeTo(0.2 + 0.18 / 1.1, 12)])
    expect(evaluations).toBeLessThan(12)
  })
  it('within brackets, the truth being anywhere in them', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 1e-4, max: 0.3, noNaN: true }),
        fc.integer({ min: 0, max: 1e6 }),
        (kink, width, phase) => {
          // Between a parabola and a kink; both have their least value, 1, at 3.
          const { lower, upper } = leastOfConvex(
            (t) => {
              const x = Math.exp(t)
              const truth = 1 + (1 - kink) * (x - 3) ** 2 + kink * Math.abs(x - 3)
              const below = (width * (1 + Math.sin(1e5 * x + phase))) / 2
              return { lower: truth - below, upper: truth + width - below }
            },
            { ...options, spacing: 0.1 },
          )
          expect(lower).toBeLessThanOrEqual(1)
          expect(upper).toBeGreaterThanOrEqual(1)
          expect(upper).toBeLessThan(1 + 2 * width)
        },
      ),
      { seed: 3, numRuns: 400 },
    )
  })
  it('at an end that is never reached', () => {
    const { lower, upper } = leastOfConvex(
      exactly((x) => 1 + x),
      options,
    )
    expect(lower).toBeLessThanOrEqual(1)
    expect(upper).toBeLessThan(1 + 1e-9)
  })
})
