/**
 * The bounds that rest on an argument, against mechanisms small enough to work out: what a divergence is said to be at most must be
 * at least what it is.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { rdp } from '../../src/accounting/index.ts'
import type { Relation } from '../../src/accounting/relation.ts'
import {
  composed,
  exponential,
  fixedSizeSampled,
  gaussian,
  laplace,
  type PrivacyEvent,
  permuteAndFlip,
  poissonSampled,
  pure,
  randomAllocation,
  repeatAndSelect,
  repeated,
  skellam,
  truncatedPoissonSampled,
  zcdp,
} from '../../src/events/index.ts'
import { logScaledBesselI } from '../../src/numeric/bessel.ts'

const orders = [1.05, 1.5, 2, 3, 6.5, 20]
const normal = (x: number, mean: number, stddev: number): number =>
  Math.exp(-(((x - mean) / stddev) ** 2) / 2) / (stddev * Math.sqrt(2 * Math.PI))

/** D_a of two densities by the trapezoid rule. */
function divergence(p: (x: number) => number, q: (x: number) => number, a: number, reach: number, step: number): number {
  let total = 0
  for (let x = -reach; x <= reach; x += step) {
    const [px, qx] = [p(x), q(x)]
    if (px > 0 && qx > 0) total += Math.exp(a * Math.log(px) + (1 - a) * Math.log(qx)) - qx - a * (px - qx)
  }
  return Math.log1p(total * step) / (a - 1)
}
/** D_a of two finite laws. */
const finite = (p: readonly number[], q: readonly number[], a: number): number =>
  Math.log(p.reduce((sum, pi, i) => sum + (pi ** a === 0 ? 0 : pi ** a * (q[i] as number) ** (1 - a)), 0)) / (a - 1)

function holds(event: PrivacyEvent, relation: Relation, truth: (a: number) => number, tightness = 0): void {
  rdp(event, { orders, relation }).forEach((bound, i) => {
    const value = truth(orders[i] as number)
    expect(bound, `order ${orders[i]}`).toBeGreaterThanOrEqual(value * (1 - 1e-9))
    expect(bound * tightness, `order ${orders[i]}`).toBeLessThanOrEqual(value)
  })
}

describe('a Poisson sample cut to a largest batch', () => {
  // Two others, both with contribution -1, rate q, at most one kept; the record's contribution is +1.
  const q = 0.3
  const s = 2
  const event = (maximumBatch: number): PrivacyEvent =>
    truncatedPoissonSampled({ samplingRate: q, populationSize: 3, maximumBatch, event: gaussian({ noiseMultiplier: s }) })
  const without = 1 - (1 - q) ** 2
  const idle = (1 - q) ** 2
  /** The record there, with contribution y. */
  const present = (y: number) => {
    // Kept with the number of others: 0: surely, 1: half, 2: a third.
    const kept = q * (idle + (2 * q * (1 - q)) / 2 + (q * q) / 3)
    const none = (1 - q) ** 3
    return (x: number): number => none * normal(x, 0, s) + kept * normal(x, y, s) + (1 - none - kept) * normal(x, -1, s)
  }
  const absent = (x: number): number => idle * normal(x, 0, s) + without * normal(x, -1, s)

  test('adding, removing and replacing are bounded', () => {
    for (const [p, r, relation] of [
      [present(1), absent, 'add-or-remove'],
      [absent, present(1), 'add-or-remove'],
      [present(1), present(-1), 'replace-one'],
      [present(-1), present(1), 'replace-one'],
      [present(1), present(0), 'replace-special'],
    ] as const) {
      holds(event(1), relation, (a) => divergence(p, r, a, 60, 0.1))
    }
  })

  test('a cut that hardly ever happens costs hardly anything', () => {
    const rare = truncatedPoissonSampled({
      samplingRate: 0.01,
      populationSize: 1000,
      maximumBatch: 60,
      event: gaussian({ noiseMultiplier: 1 }),
    })
    const never = poissonSampled({ samplingRate: 0.01, event: gaussian({ noiseMultiplier: 1 }) })
    const [a, b] = [rdp(rare, { orders: [1.5, 4] }), rdp(never, { orders: [1.5, 4] })]
    a.forEach((value, i) => {
      expect(value).toBeGreaterThanOrEqual(b[i] as number)
      expect(value / (b[i] as number) - 1).toBeLessThan(1e-6)
    })
  })
})

describe('samples of a fixed size', () => {
  const s = 1.5
  const of = (event: PrivacyEvent): PrivacyEvent => fixedSizeSampled({ sampleSize: 1, populationSize: 4, event })
  const mixed =
    (y: number) =>
    (x: number): number =>
      0.75 * normal(x, -1, s) + 0.25 * normal(x, y, s)

  test('replacing, and adding, are bounded', () => {
    const event = of(gaussian({ noiseMultiplier: s }))
    for (const other of [-1, 0, 0.5]) {
      holds(event, 'replace-one', (a) => divergence(mixed(1), mixed(other), a, 60, 0.1))
      holds(event, 'replace-one', (a) => divergence(mixed(other), mixed(1), a, 60, 0.1))
    }
    holds(event, 'replace-special', (a) => divergence(mixed(1), mixed(0), a, 60, 0.1))
    // The other neighbour has three records, all -1: its sample never moves.
    holds(event, 'add-or-remove', (a) => divergence(mixed(1), mixed(-1), a, 60, 0.1), 0.999999)
  })

  test('what several releases share is bounded by twice the excess of one direction, and by no sampling', () => {
    const inner = composed([gaussian({ noiseMultiplier: 3 }), repeated({ times: 2, event: laplace({ noiseMultiplier: 4 }) })])
    const one = rdp(of(inner), { orders, relation: 'replace-one' })
    const whole = rdp(inner, { orders, relation: 'replace-one' })
    const added = rdp(of(inner), { orders, relation: 'add-or-remove' })
    const special = rdp(of(inner), { orders, relation: 'replace-special' })
    one.forEach((value, i) => {
      const z = (orders[i] as number) - 1
      expect(value).toBeLessThanOrEqual(whole[i] as number)
      expect(special[i]).toBeLessThanOrEqual(value)
      expect(added[i]).toBeLessThanOrEqual(value)
      if (Number.isInteger(z))
        expect(Math.expm1(z * value)).toBeLessThanOrEqual(2 * Math.expm1(z * (added[i] as number)) * (1 + 1e-12))
    })
  })

  test('a lattice as fine as the line gives what the line gives', () => {
    const fine = { kind: 'discreteGaussian', stddev: 3000, sensitivity: 2000 } as const
    const coarse = { kind: 'discreteGaussian', stddev: 1500, sensitivity: 1000 } as const
    for (const relation of ['replace-one', 'add-or-remove'] as const) {
      const line = rdp(of(gaussian({ noiseMultiplier: 1.5 })), { orders, relation })
      for (const event of [fine, coarse]) {
        rdp(of(event), { orders, relation }).forEach((value, i) => {
          expect(Math.abs(value / (line[i] as number) - 1)).toBeLessThan(1e-9)
        })
      }
    }
  })
})

describe('replacing one of a Poisson sample', () => {
  test('opposite extremes are the worst', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('gaussian' as const, 'laplace' as const),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        fc.double({ min: -1, max: 1, noNaN: true }),
        fc.double({ min: -1, max: 1, noNaN: true }),
        (kind, q, x, y) => {
          const noise =
            kind === 'gaussian'
              ? normal
              : (t: number, mean: number, b: number): number => Math.exp(-Math.abs(t - mean) / b) / (2 * b)
          const mixed =
            (at: number) =>
            (t: number): number =>
              (1 - q) * noise(t, 0, 1.3) + q * noise(t, at, 1.3)
          const base = kind === 'gaussian' ? gaussian({ noiseMultiplier: 1.3 }) : laplace({ noiseMultiplier: 1.3 })
          const event = poissonSampled({ samplingRate: q, event: base })
          const bounds = rdp(event, { orders: [1.5, 4], relation: 'replace-one' })
          bounds.forEach((bound, i) => {
            // Kinks: the trapezoid rule is good to the square of its step there.
            expect(bound * (1 + 1e-3) + 1e-9).toBeGreaterThanOrEqual(
              divergence(mixed(x), mixed(y), [1.5, 4][i] as number, 40, 0.02),
            )
          })
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('permute and flip', () => {
  test('is no worse than Laplace noise of its epsilon', () => {
    // The probability that candidate i wins: over the order in which candidates are tried.
    const wins = (scores: readonly number[]): number[] => {
      const top = Math.max(...scores)
      const accept = scores.map((score) => Math.exp(score - top))
      const total = scores.map(() => 0)
      const walk = (left: readonly number[], reached: number): void => {
        for (const i of left) {
          const chance = reached / left.length
          total[i] = (total[i] as number) + chance * (accept[i] as number)
          walk(
            left.filter((j) => j !== i),
            chance * (1 - (accept[i] as number)),
          )
        }
      }
      walk(
        scores.map((_, i) => i),
        1,
      )
      return total
    }
    const score = fc.double({ min: -2, max: 2, noNaN: true })
    fc.assert(
      fc.property(
        fc.array(fc.tuple(score, fc.double({ min: 0, max: 1, noNaN: true })), { minLength: 2, maxLength: 4 }),
        fc.double({ min: 0.1, max: 3, noNaN: true }),
        (pairs, epsilon) => {
          const before = wins(pairs.map(([at]) => at))
          const after = wins(pairs.map(([at, move]) => at + epsilon * move))
          const bounds = rdp(permuteAndFlip({ epsilon }), { orders })
          bounds.forEach((bound, i) => {
            expect(finite(before, after, orders[i] as number)).toBeLessThanOrEqual(bound + 1e-12)
            expect(finite(after, before, orders[i] as number)).toBeLessThanOrEqual(bound + 1e-12)
          })
        },
      ),
    )
  })
})

describe('bounded range', () => {
  test('holds all exponential mechanisms, and is below both known bounds', () => {
    const score = fc.double({ min: -3, max: 3, noNaN: true })
    fc.assert(
      fc.property(
        fc.array(fc.tuple(score, fc.double({ min: 0, max: 1, noNaN: true })), { minLength: 2, maxLength: 5 }),
        fc.double({ min: 0.01, max: 4, noNaN: true }),
        (pairs, epsilon) => {
          const softmax = (scores: readonly number[]): number[] => {
            const total = scores.reduce((sum, at) => sum + Math.exp(at), 0)
            return scores.map((at) => Math.exp(at) / total)
          }
          const before = softmax(pairs.map(([at]) => at))
          const after = softmax(pairs.map(([at, move]) => at + epsilon * move))
          rdp(exponential({ epsilon }), { orders }).forEach((bound, i) => {
            const a = orders[i] as number
            expect(finite(before, after, a)).toBeLessThanOrEqual(bound + 1e-12)
            expect(bound).toBeLessThanOrEqual(Math.min(epsilon, (a * epsilon ** 2) / 8) * (1 + 1e-12))
          })
        },
      ),
    )
  })

  test('the ends of the scale of orders', () => {
    const [kl, top, huge] = rdp(exponential({ epsilon: 2 }), { orders: [1, Number.POSITIVE_INFINITY, 1e13] })
    expect(top).toBe(2)
    expect(huge).toBe(2)
    expect(kl).toBeCloseTo(2 / Math.expm1(2) - 1 - Math.log(2 / Math.expm1(2)), 12)
    expect(rdp(exponential({ epsilon: 0 }), { orders })).toEqual(orders.map(() => 0))
  })
})

describe('the best of several runs', () => {
  /** The law of the best of K runs, each good with probability g; f the generating function of K. */
  const best = (g: number, f: (x: number) => number): number[] => [f(1 - g), 1 - f(1 - g)]
  const generating = (mean: number, shape: number | 'poisson'): ((x: number) => number) => {
    if (shape === 'poisson') return (x) => Math.exp(mean * (x - 1))
    // The stopping probability by bisection on the mean.
    let [low, high] = [1e-12, 1]
    const meanOf = (t: number): number => (shape === 0 ? (1 / t - 1) / -Math.log(t) : (shape * (1 - t)) / (t * (1 - t ** shape)))
    for (let i = 0; i < 200; i++) {
      const middle = Math.sqrt(low * high)
      if (meanOf(middle) > mean) low = middle
      else high = middle
    }
    const t = low
    return shape === 0
      ? (x) => Math.log(1 - (1 - t) * x) / Math.log(t)
      : (x) => ((1 - (1 - t) * x) ** -shape - 1) / (t ** -shape - 1)
  }

  test('is bounded for every law of their number', () => {
    for (const shape of ['poisson', -0.5, 0, 0.5, 1, 3] as const) {
      // With more Poisson runs than this nothing is improbable enough for a double.
      for (const mean of shape === 'poisson' ? [1.5, 10, 100] : [1.5, 10, 1000]) {
        const f = generating(mean, shape)
        const event = (epsilon: number): PrivacyEvent => repeatAndSelect({ mean, shape, event: pure({ epsilon }) })
        for (const epsilon of [0.1, 1]) {
          for (const odds of [0.001, 0.1, 1]) {
            const good = (move: number): number => (odds * Math.exp(move)) / (1 + odds * Math.exp(move))
            const [p, q] = [best(good(epsilon / 2), f), best(good(-epsilon / 2), f)]
            holds(event(epsilon), 'replace-one', (a) => Math.max(finite(p, q, a), finite(q, p, a)))
          }
        }
      }
    }
  })

  test('comes to (2 + shape) epsilon for pure runs, whatever the mean', () => {
    for (const [shape, mean] of [
      [0, 1000],
      [1, 7],
      [2, 100],
      [-0.25, 3],
    ] as const) {
      const [top] = rdp(repeatAndSelect({ mean, shape, event: laplace({ noiseMultiplier: 2 }) }), { orders: [Infinity] })
      expect(top).toBeCloseTo((2 + shape) / 2, 10)
    }
  })

  test('one run is one run', () => {
    const event = repeatAndSelect({ mean: 1, shape: 1, event: gaussian({ noiseMultiplier: 2 }) })
    rdp(event, { orders }).forEach((d, i) => {
      expect(d).toBeCloseTo((orders[i] as number) / 8, 6)
    })
  })

  test('a larger order serves for a smaller one', () => {
    const curve = rdp(repeatAndSelect({ mean: 50, shape: 1, event: gaussian({ noiseMultiplier: 2 }) }), {
      orders: [1, 1.001, 2, 5, 20],
    })
    for (let i = 1; i < curve.length; i++) expect(curve[i]).toBeGreaterThanOrEqual(curve[i - 1] as number)
    expect(curve[0]).toBe(curve[2])
  })
})

describe('Skellam noise', () => {
  test('one coordinate, summed out', () => {
    for (const variance of [0.5, 2, 10, 100]) {
      for (const shift of [1, 2, 5]) {
        const truth = (a: number): number => {
          let total = 0
          for (let x = -2000; x <= 2000; x++) {
            const [p, q] = [logScaledBesselI(x - shift, variance), logScaledBesselI(x, variance)]
            total += Math.exp(a * p + (1 - a) * q)
          }
          return Math.log(total) / (a - 1)
        }
        const event = skellam({ variance, l1Sensitivity: shift, l2Sensitivity: shift })
        rdp(event, { orders: [2, 3, 8] }).forEach((bound, i) => {
          const value = truth([2, 3, 8][i] as number)
          expect(bound).toBeGreaterThanOrEqual(value)
          if (variance === 100) expect(bound).toBeLessThanOrEqual(value * 1.05)
        })
      }
    }
  })

  test('between whole orders a chord of the cumulant, below 2 the value at 2', () => {
    const event = skellam({ variance: 10, l1Sensitivity: 2, l2Sensitivity: 1.5 })
    const [d2, d3, between, below] = rdp(event, { orders: [2, 3, 2.5, 1.25] }) as [number, number, number, number]
    expect(between * 1.5).toBeCloseTo((d2 + 2 * d3) / 2, 14)
    expect(below).toBeCloseTo(d2, 14)
    const [replaced] = rdp(event, { orders: [2], relation: 'replace-one' })
    expect(replaced).toBeCloseTo(
      rdp(skellam({ variance: 10, l1Sensitivity: 4, l2Sensitivity: 3 }), { orders: [2] })[0] as number,
      14,
    )
  })
})

describe('where only convexity is known', () => {
  test('log(1 - q + q e^(z D)) / z', () => {
    for (const inner of [zcdp({ rho: 0.3 }), composed([zcdp({ rho: 0.2 }), pure({ epsilon: 1 })])]) {
      for (const relation of ['add-or-remove', 'replace-one', 'replace-special'] as const) {
        const plain = rdp(inner, { orders: [1, ...orders], relation })
        rdp(poissonSampled({ samplingRate: 0.2, event: inner }), { orders: [1, ...orders], relation }).forEach((value, i) => {
          const z = ([1, ...orders][i] as number) - 1
          const d = plain[i] as number
          expect(value).toBeCloseTo(z === 0 ? 0.2 * d : Math.log(0.8 + 0.2 * Math.exp(z * d)) / z, 12)
        })
      }
    }
  })

  test('never better than a theorem, where there is one', () => {
    const base = gaussian({ noiseMultiplier: 2 })
    for (const relation of ['add-or-remove', 'replace-one'] as const) {
      const plain = rdp(base, { orders, relation })
      rdp(poissonSampled({ samplingRate: 0.2, event: base }), { orders, relation }).forEach((value, i) => {
        const z = (orders[i] as number) - 1
        expect(value).toBeLessThanOrEqual(Math.log1p(0.2 * Math.expm1(z * (plain[i] as number))) / z)
      })
    }
  })

  test('one of several steps is no worse than a step', () => {
    const s = 1
    // Steps of two dimensions: the record moves one of them.
    const truth = (a: number): number => {
      let total = 0
      for (let x = -12; x <= 12; x += 0.2) {
        for (let y = -12; y <= 12; y += 0.2) {
          const q = normal(x, 0, s) * normal(y, 0, s)
          const ratio = (Math.exp(x - 0.5) + Math.exp(y - 0.5)) / 2
          total += q * (ratio ** a - 1 - a * (ratio - 1)) * 0.04
        }
      }
      return Math.log1p(total) / (a - 1)
    }
    const event = randomAllocation({ steps: 2, event: gaussian({ noiseMultiplier: s }) })
    rdp(event, { orders: [1.5, 3] }).forEach((bound, i) => {
      expect(bound).toBeGreaterThanOrEqual(truth([1.5, 3][i] as number))
      expect(bound).toBeCloseTo(([1.5, 3][i] as number) / 2, 12)
    })
  })
})

describe('several releases on one Poisson sample', () => {
  test('two Laplace releases, by a double sum', () => {
    const [q, b] = [0.25, 1.5]
    const event = poissonSampled({ samplingRate: q, event: repeated({ times: 2, event: laplace({ noiseMultiplier: b }) }) })
    // The law of one log ratio, on a fine grid that keeps both masses.
    const c = 1 / b
    const atoms: [number, number][] = [
      [-c, 0.5],
      [c, 0.5 * Math.exp(-c)],
    ]
    const n = 400
    for (let i = 0; i < n; i++) {
      const y = -c + ((2 * i + 1) * c) / n
      atoms.push([y, (Math.exp(-(y + c) / 2) / 4) * ((2 * c) / n)])
    }
    const truth = (a: number): number => {
      let total = 0
      for (const [y, w] of atoms) {
        for (const [x, v] of atoms) {
          const u = q * Math.expm1(x + y)
          total += w * v * ((1 + u) ** a - 1 - a * u)
        }
      }
      return Math.log1p(total) / (a - 1)
    }
    const [two, between, five] = rdp(event, { orders: [2, 3.5, 5] }) as [number, number, number]
    expect(two).toBeCloseTo(truth(2), 5)
    expect(five).toBeCloseTo(truth(5), 4)
    expect(between).toBeGreaterThan(truth(3.5))
    expect(between).toBeLessThan(truth(3.5) * 1.05)
    // Beyond the last whole order that is summed, convexity.
    expect(rdp(event, { orders: [600] })[0]).toBeLessThanOrEqual(2 * c)
  })

  test('claims count under adding and removing only', () => {
    const event = poissonSampled({
      samplingRate: 0.1,
      event: composed([gaussian({ noiseMultiplier: 3 }), pure({ epsilon: 0.5 })]),
    })
    const [added] = rdp(event, { orders: [2] })
    const [special] = rdp(event, { orders: [2], relation: 'replace-special' })
    expect(added).toBeLessThan(0.5 * (special as number))
  })
})
