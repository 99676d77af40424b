import { describe, expect, test } from 'vitest'
import { delta } from '../../src/accounting/delta.ts'
import { epsilon } from '../../src/accounting/epsilon.ts'
import { mixedLaw } from '../../src/accounting/laws/mixed.ts'
import { laplaceLaw } from '../../src/accounting/laws/two-sided.ts'
import { UnsupportedEventError } from '../../src/errors.ts'
import { composed, gaussian, laplace, poissonSampled, repeated, truncatedPoissonSampled } from '../../src/events/index.ts'

/** Masses at whole numbers: the sum of contributions, before noise. */
type Sums = ReadonlyMap<number, number>

/**
 * Every way in which a batch can come about: others with contribution -1 each and, if `record` is given, one with that; all join at rate
 * q, and of more than B a uniform choice of B stays.
 */
function batches(others: number, q: number, most: number, record?: number): Sums {
  const sums = new Map<number, number>()
  const add = (sum: number, mass: number): void => void sums.set(sum, (sums.get(sum) ?? 0) + mass)
  for (let m = 0, choose = 1; m <= others; choose = (choose * (others - m)) / (m + 1), m++) {
    const mass = choose * q ** m * (1 - q) ** (others - m)
    const joins = record === undefined ? 0 : q
    add(-Math.min(m, most), mass * (1 - joins))
    const stays = Math.min(1, most / (m + 1))
    if (record === undefined) continue
    add(-Math.min(m, most - 1) + record, mass * joins * stays)
    add(-most, mass * joins * (1 - stays))
  }
  return sums
}

const density = (sums: Sums, x: number, stddev: number): number => {
  let sum = 0
  for (const [at, mass] of sums) sum += mass * Math.exp(-0.5 * ((x - at) / stddev) ** 2)
  return sum / (stddev * Math.sqrt(2 * Math.PI))
}

/** E_Q (dP/dQ - e^epsilon)+ by the trapezoid rule: the integrand has one kink, so some 1e-6 of it is lost at most. */
function hockeyStick(p: Sums, q: Sums, epsilon: number, stddev: number): number {
  const step = stddev / 2000
  let sum = 0
  for (let x = -15 * stddev - 6; x < 15 * stddev + 6; x += step) {
    sum += Math.max(0, density(p, x, stddev) - Math.exp(epsilon) * density(q, x, stddev))
  }
  return sum * step
}

describe('a Poisson sample cut to a largest batch, step by step', () => {
  test.each([
    [3, 0.5, 2, 1],
    [4, 0.3, 1, 1.5],
    [5, 0.2, 2, 0.7],
    [2, 0.9, 1, 1],
  ])('%d others, rate %d, at most %d, noise %d: bounded, and not by much more', (others, rate, most, stddev) => {
    const event = truncatedPoissonSampled({
      samplingRate: rate,
      populationSize: others,
      maximumBatch: most,
      event: gaussian({ noiseMultiplier: stddev }),
    })
    const without = batches(others, rate, most)
    const worst = batches(others, rate, most, 1)
    const mild = batches(others, rate, most, -0.5)
    for (const at of [0, 0.3, 1, 2]) {
      const { upper, lower } = delta(event, { epsilon: at, tolerance: 1e-6 })
      expect(lower).toBe(0)
      const removed = hockeyStick(worst, without, at, stddev)
      expect(upper * (1 + 1e-6)).toBeGreaterThanOrEqual(removed)
      expect(upper * (1 + 1e-6)).toBeGreaterThanOrEqual(hockeyStick(without, worst, at, stddev))
      expect(upper * (1 + 1e-6)).toBeGreaterThanOrEqual(hockeyStick(mild, without, at, stddev))
      if (at === 0) expect(upper).toBeLessThan(2 * removed)
      const replaced = delta(event, { epsilon: at, relation: 'replace-one', tolerance: 1e-6 }).upper * (1 + 1e-6)
      const other = batches(others, rate, most, -1)
      expect(replaced).toBeGreaterThanOrEqual(hockeyStick(worst, other, at, stddev))
      expect(replaced).toBeGreaterThanOrEqual(hockeyStick(other, worst, at, stddev))
    }
  })

  test('a cut that hardly ever happens costs hardly anything', () => {
    const noise = gaussian({ noiseMultiplier: 1 })
    const rare = truncatedPoissonSampled({ samplingRate: 0.01, populationSize: 1000, maximumBatch: 60, event: noise })
    const never = poissonSampled({ samplingRate: 0.01, event: noise })
    const [cut, whole] = [rare, never].map((event) => epsilon(repeated({ times: 20, event }), { delta: 1e-6, tolerance: 1e-5 }))
    expect(cut?.upper).toBeGreaterThanOrEqual(whole?.lower as number)
    expect(cut?.upper).toBeLessThan(1.00003 * (whole?.upper as number))
    const surely = truncatedPoissonSampled({ samplingRate: 1e-9, populationSize: 1000, maximumBatch: 900, event: noise })
    expect(delta(surely, { epsilon: 0.1 }).upper).toBeGreaterThanOrEqual(0)
  })

  test('tighter than the Renyi accountant, beside other events too', () => {
    const event = composed([
      truncatedPoissonSampled({
        samplingRate: 0.1,
        populationSize: 100,
        maximumBatch: 15,
        event: gaussian({ noiseMultiplier: 2 }),
      }),
      laplace({ noiseMultiplier: 3 }),
    ])
    const { upper } = epsilon(event, { delta: 1e-5, tolerance: 1e-4 })
    expect(upper).toBeLessThan(epsilon(event, { delta: 1e-5, accountant: 'rdp' }).upper)
  })

  test('what is not known is refused by name', () => {
    const of = (event = laplace({ noiseMultiplier: 1 }) as Parameters<typeof epsilon>[0]): typeof event =>
      truncatedPoissonSampled({ samplingRate: 0.1, populationSize: 10, maximumBatch: 2, event })
    expect(() => epsilon(of(), { delta: 1e-5 })).toThrow(UnsupportedEventError)
    expect(() => epsilon(of(), { delta: 1e-5 })).toThrow(/Gaussian noise only; the 'rdp' accountant/)
    const noise = gaussian({ noiseMultiplier: 1 })
    expect(() => epsilon(of(noise), { delta: 1e-5, relation: 'replace-special' })).toThrow(/blank/)
  })
})

test('laws side by side: masses, excess and nodes are means', () => {
  const [narrow, wide] = [laplaceLaw(0.5), laplaceLaw(1)]
  const law = mixedLaw([
    { weight: 0.25, law: narrow },
    { weight: 0.75, law: wide },
  ])
  const cell = { p: 0, q: 0, excess: 0 }
  const [a, b] = [narrow, wide].map((each) => each.cell(0.2, 0.8, { ...cell }))
  const both = law.cell(0.2, 0.8, { ...cell })
  for (const name of ['p', 'q', 'excess'] as const) {
    expect(both[name]).toBeCloseTo(0.25 * (a?.[name] as number) + 0.75 * (b?.[name] as number), 15)
  }
  const { losses, weights } = law.nodes({ tilt: 1, frequency: 0 })
  expect(losses.every((loss, i) => i === 0 || loss >= (losses[i - 1] as number))).toBe(true)
  expect(weights.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 12)
  expect([law.low, law.high, law.landmarks, law.attained]).toEqual([-1, 1, [0.5, 1], false])
})
