import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { flatten } from '../../src/accounting/flatten.ts'
import { gridDelta } from '../../src/accounting/grid/grid.ts'
import { delta, epsilon } from '../../src/accounting/index.ts'
import { directions } from '../../src/accounting/laws/dominating-pairs.ts'
import type { LawPart } from '../../src/accounting/laws/law.ts'
import type { Relation } from '../../src/accounting/relation.ts'
import {
  approximate,
  composed,
  discreteLaplace,
  gaussian,
  laplace,
  type PrivacyEvent,
  poissonSampled,
  pure,
  randomizedResponse,
} from '../../src/events/index.ts'
import { normalCdf } from '../../src/numeric/normal.ts'

/**
 * lower <= truth <= upper on random small events, the truth by the definition of delta alone:
 *
 *     delta(epsilon) = SUM over outcomes of max(0, P(o) - e^epsilon Q(o))
 *
 * for discrete noise, where every outcome of every step is gone through; and for noise with a density the integral of the same.
 */

/** The two distributions of one step, outcome by outcome. */
type Pair = { readonly p: readonly number[]; readonly q: readonly number[] }
type Step = { readonly event: PrivacyEvent; readonly pair: Pair }

const between = (min: number, max: number): fc.Arbitrary<number> => fc.double({ min, max, noNaN: true })

/** What Poisson sampling makes of a step when the record is in the first data set: P' = (1 - r) Q + r P. */
const sampled = (rate: number, { event, pair: { p, q } }: Step): Step => ({
  event: poissonSampled({ samplingRate: rate, event }),
  pair: { p: p.map((mass, i) => (1 - rate) * (q[i] as number) + rate * mass), q },
})

const response: fc.Arbitrary<Step> = fc.tuple(between(0.05, 2.5), fc.integer({ min: 2, max: 5 })).map(([e, categories]) => {
  const total = Math.exp(e) + categories - 1
  const answers = (truth: number): number[] =>
    Array.from({ length: categories }, (_, i) => (i === truth ? Math.exp(e) : 1) / total)
  return { event: randomizedResponse({ epsilon: e, categories }), pair: { p: answers(0), q: answers(1) } }
})

const integers: fc.Arbitrary<Step> = fc.tuple(between(0.3, 2), fc.integer({ min: 1, max: 3 })).map(([scale, sensitivity]) => {
  const reach = Math.ceil(45 * scale)
  const masses = (centre: number): number[] =>
    Array.from({ length: 2 * reach + sensitivity + 1 }, (_, i) => Math.exp(-Math.abs(i - reach - centre) / scale))
  const share = (all: number[]): number[] => {
    const total = all.reduce((sum, mass) => sum + mass, 0)
    return all.map((mass) => mass / total)
  }
  return { event: discreteLaplace({ scale, sensitivity }), pair: { p: share(masses(sensitivity)), q: share(masses(0)) } }
})

/** The worst that answers to a guarantee. */
const guarantee = (e: number, d: number): Pair => {
  const high = (1 - d) / (1 + Math.exp(-e))
  const low = 1 - d - high
  return { p: [d, high, low, 0], q: [0, low, high, d] }
}
const claimed: fc.Arbitrary<Step> = fc.tuple(between(0.05, 2), fc.oneof(fc.constant(0), between(1e-6, 0.1))).map(([e, d]) => ({
  event: d === 0 ? pure({ epsilon: e }) : approximate({ epsilon: e, delta: d }),
  pair: guarantee(e, d),
}))

const rates = fc.oneof(fc.constant(1), between(0.01, 0.99))
const maybeSampled = (step: fc.Arbitrary<Step>): fc.Arbitrary<Step> =>
  fc.tuple(step, rates).map(([one, rate]) => (rate === 1 ? one : sampled(rate, one)))

/** Outcomes of the same ratio count together, or the steps would multiply beyond reach. */
function merged({ p, q }: Pair): Pair {
  const together = new Map<string, [number, number]>()
  p.forEach((mass, i) => {
    const other = q[i] as number
    const key = mass === 0 ? '0' : (Math.log(mass) - Math.log(other)).toFixed(11)
    const entry = together.get(key) ?? [0, 0]
    together.set(key, [entry[0] + mass, entry[1] + other])
  })
  const entries = [...together.values()]
  return { p: entries.map(([mass]) => mass), q: entries.map(([, mass]) => mass) }
}

function product(pairs: readonly Pair[]): Pair {
  return pairs.map(merged).reduce(
    (all, { p, q }) =>
      merged({
        p: all.p.flatMap((a) => p.map((b) => a * b)),
        q: all.q.flatMap((a) => q.map((b) => a * b)),
      }),
    { p: [1], q: [1] },
  )
}

const exceeds = ({ p, q }: Pair, e: number): number =>
  p.reduce((sum, mass, i) => sum + Math.max(0, mass - Math.exp(e) * (q[i] as number)), 0)

const turned = ({ p, q }: Pair): Pair => ({ p: q, q: p })

/** What is asked of a bracket: containing the truth is what counts here, and the grid is slower the narrower. */
const tolerance = 1e-3

/** The masses are doubles: the truth is known but for this much. */
const rounding = 3e-13

function holds(steps: readonly Step[], relation: Relation, at: number, target: number): void {
  const event = composed(steps.map((step) => step.event))
  const whole = product(steps.map(({ pair }) => pair))
  const truth = (e: number): number => Math.max(exceeds(whole, e), exceeds(turned(whole), e))
  const { lower, upper, reached = tolerance } = delta(event, { epsilon: at, relation, tolerance })
  expect(lower).toBeLessThanOrEqual(truth(at) * (1 + rounding) + 1e-15)
  expect(upper).toBeGreaterThanOrEqual(truth(at) * (1 - rounding) - 1e-15)
  expect(upper - lower).toBeLessThanOrEqual(reached * upper * (1 + 1e-9) + 1e-15)

  const found = epsilon(event, { delta: target, relation, tolerance })
  if (found.upper === Number.POSITIVE_INFINITY) {
    expect(found.reason).toBeTypeOf('string')
    // P alone, or Q alone, has that much.
    expect(truth(700)).toBeGreaterThan(target * (1 - rounding))
  } else {
    expect(truth(found.upper)).toBeLessThanOrEqual(target * (1 + rounding) + 1e-15)
    if (found.lower > 1e-9) expect(truth(found.lower * (1 - 1e-12))).toBeGreaterThanOrEqual(target * (1 - 1e-9) - 1e-15)
  }
}

describe('discrete noise, every outcome of every step', () => {
  test('up to three steps of discrete Laplace noise and bare guarantees, sampled or not', () => {
    const steps = fc.array(maybeSampled(fc.oneof(integers, claimed)), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(steps, between(0, 3), between(-7, -0.5), (list, at, digits) => {
        holds(list, 'add-or-remove', at, 10 ** digits)
      }),
      { numRuns: 25 },
    )
  })

  test('up to four randomised responses and guarantees, replacing', () => {
    const steps = fc.array(fc.oneof(response, claimed), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(steps, between(0, 4), between(-7, -0.5), (list, at, digits) => {
        holds(list, 'replace-one', at, 10 ** digits)
      }),
      { numRuns: 25 },
    )
  })
})

/**
 * One step whose loss is a function of a number x that P draws: delta of any composition that ends with it is
 * E_x~P delta_rest(epsilon - L(x)), an integral over x.
 */
type Smooth = {
  readonly event: PrivacyEvent
  /** H(P || Q) at e^e, and H(Q || P). */
  readonly sticks: (e: number) => readonly [removed: number, added: number]
  /** Averages under P, and under Q, of a function of log P / Q. */
  readonly mean: (of: (loss: number) => number) => readonly [underP: number, underQ: number]
}

const noise: fc.Arbitrary<Smooth> = fc.tuple(between(0.5, 3), fc.oneof(fc.constant(1), between(0.05, 0.99))).map(([sigma, r]) => {
  const bare = gaussian({ noiseMultiplier: sigma })
  const loss = (x: number): number => Math.log(1 - r + r * Math.exp((x - 0.5) / sigma ** 2))
  const place = (l: number): number =>
    Math.exp(l) > 1 - r ? 0.5 + sigma ** 2 * Math.log((Math.exp(l) - 1 + r) / r) : Number.NEGATIVE_INFINITY
  const q = (x: number): number => normalCdf(x / sigma)
  const p = (x: number): number => (1 - r) * q(x) + r * normalCdf((x - 1) / sigma)
  return {
    event: r === 1 ? bare : poissonSampled({ samplingRate: r, event: bare }),
    sticks: (e) => {
      const [above, below] = [place(e), place(-e)]
      return [1 - p(above) - Math.exp(e) * (1 - q(above)), q(below) - Math.exp(e) * p(below)]
    },
    mean: (of) => {
      // The trapezoid rule: the integrand is analytic, and nothing is left at the ends. With little of the second step it bends
      // so sharply that the steps have to be small: this is good to 1e-9.
      const h = sigma / 2000
      let [underP, underQ] = [0, 0]
      for (let i = 0; i <= 22 * 2000 + 1 / h; i++) {
        const x = i * h - 11 * sigma
        const weight = (h * Math.exp(-0.5 * (x / sigma) ** 2)) / (sigma * Math.sqrt(2 * Math.PI))
        const l = loss(x)
        underQ += weight * of(-l)
        underP += weight * Math.exp(l) * of(l)
      }
      return [underP, underQ]
    },
  }
})

const twoSided: fc.Arbitrary<Smooth> = between(0.3, 3).map((scale) => {
  const top = 1 / scale
  return {
    event: laplace({ noiseMultiplier: scale }),
    sticks: (e) => {
      const at = e >= top ? 0 : e <= -top ? 1 - Math.exp(e) : -Math.expm1((e - top) / 2)
      return [at, at]
    },
    mean: (of) => {
      // Half of the loss is top; e^-top / 2 is -top; between them x goes from 0 to 1 with density e^(-(1 - x) / b) / 2b.
      const n = 4000
      let sum = 0.5 * of(top) + 0.5 * Math.exp(-top) * of(-top)
      for (let i = 0; i <= n; i++) {
        const x = i / n
        const simpson = (i === 0 || i === n ? 1 : i % 2 === 1 ? 4 : 2) / (3 * n)
        sum += (simpson * Math.exp((x - 1) / scale) * of((2 * x - 1) / scale)) / (2 * scale)
      }
      return [sum, sum]
    },
  }
})

function inEachDirection(event: PrivacyEvent, at: number, truths: readonly [number, number], off: number): void {
  const sides = directions(flatten(event), 'add-or-remove')
  truths.forEach((truth, i) => {
    const { lower, upper } = gridDelta((sides[i] ?? sides[0]) as readonly LawPart[], { epsilon: at, tolerance })
    expect(lower).toBeLessThanOrEqual(truth + off)
    expect(upper).toBeGreaterThanOrEqual(truth - off)
  })
  const { lower, upper, reached = tolerance } = delta(event, { epsilon: at, tolerance })
  expect(lower).toBeLessThanOrEqual(Math.max(...truths) + off)
  expect(upper).toBeGreaterThanOrEqual(Math.max(...truths) - off)
  expect(upper - lower).toBeLessThanOrEqual(reached * upper * (1 + 1e-9) + 1e-15)
}

describe('noise with a density', () => {
  test('one step is the definition, in both directions', () => {
    fc.assert(
      fc.property(fc.oneof(noise, twoSided), between(0, 3), ({ event, sticks }, at) => {
        inEachDirection(event, at, sticks(at), 1e-14)
      }),
      { numRuns: 100 },
    )
  })

  test('two steps are an integral over the first, in both directions', () => {
    fc.assert(
      fc.property(fc.oneof(noise, twoSided), noise, between(0, 3), (first, second, at) => {
        // Removed: P P' against Q Q'; added the other way round. mean() hands each direction its own loss.
        const truths = [
          first.mean((loss) => second.sticks(at - loss)[0])[0],
          first.mean((loss) => second.sticks(at - loss)[1])[1],
        ] as const
        inEachDirection(composed([first.event, second.event]), at, truths, 1e-8)
      }),
      { numRuns: 12 },
    )
  })
})
