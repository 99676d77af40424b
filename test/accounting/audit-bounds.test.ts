import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type AttackCounts,
  attackRates,
  binomialBounds,
  epsilonFromAttack,
  epsilonFromGdp,
  gdpFromAttack,
  oneRunEpsilon,
  oneRunGdp,
  oneRunPValue,
} from '../../src/accounting/audit-bounds.ts'
import {
  areaUnderFrontier,
  bestAccuracy,
  epsilonEstimate,
  type RocPoint,
  rocFrontier,
  truePositiveRateAt,
} from '../../src/accounting/audit-scores.ts'
import { InvalidParameterError } from '../../src/errors.ts'
import { binomialAtLeast, binomialAtMost, binomialProbability } from '../../src/numeric/binomial.ts'
import golden from '../vectors/golden/auditing.json' with { type: 'json' }

type Case = { params: Record<string, unknown>; expected: Record<string, unknown>; tolerance: { rel?: number; abs?: number } }
const cases = golden.cases as unknown as readonly Case[]

/** Ours is a lower bound computed to the last digits, theirs a root found to 1e-6: equal within the tolerance of the case. */
function expectNear(actual: number, expected: unknown, { rel = 0, abs = 0 }: Case['tolerance']): void {
  expect(Math.abs(actual - (expected as number))).toBeLessThanOrEqual(abs + rel * Math.abs(expected as number))
}

describe('every case of auditing.json', () => {
  const notApplicable: string[] = []

  test.each(cases.filter(({ params }) => params['kind'] === 'one_run_p_value'))(
    'p-value $params',
    ({ params, expected, tolerance }) => {
      const run = { canaries: params['m'], guesses: params['n_guess'], correct: params['n_correct'] }
      const value = oneRunPValue({ ...run, epsilon: params['epsilon'], delta: params['delta'] } as never)
      expectNear(value, expected['p_value'], tolerance)
      expect(value).toBeGreaterThanOrEqual(expected['p_value'] as number)
    },
  )

  test.each(cases.filter(({ params }) => params['kind'] === 'one_run_epsilon'))(
    'epsilon $params',
    ({ params, expected, tolerance }) => {
      const { m, n_guess, n_correct, significance, delta } = params as Record<string, number>
      const run = { canaries: m, guesses: n_guess, correct: n_correct, significance } as never as Parameters<typeof oneRunGdp>[0]
      expectNear(oneRunEpsilon({ ...run, delta: delta as number }), expected['epsilon'], tolerance)
      if (delta === 0) {
        // Their figure inverts a noise calibration at delta = 0, where a Gaussian has no epsilon at all.
        if (expected['epsilon_fdp'] === 0) expect(oneRunGdp(run)).toBe(0)
        else notApplicable.push('epsilon_fdp at delta = 0: a Gaussian mechanism has no finite epsilon there')
      } else expectNear(epsilonFromGdp(oneRunGdp(run), delta as number), expected['epsilon_fdp'], tolerance)
    },
  )

  const scored = cases.filter(({ params }) => 'in_scores' in params)
  test.each(scored.map((each, i) => ({ ...each, i })))('scores $i', ({ params, expected, tolerance }) => {
    const p = params as Record<'significance' | 'delta' | 'threshold' | 'min_count' | 'one_run_delta', number>
    const [ins, outs] = [params['in_scores'] as number[], params['out_scores'] as number[]]
    const { significance, delta, threshold } = p
    const frontier = rocFrontier(ins, outs)
    const near = (actual: number, name: string): void => expectNear(actual, expected[name], tolerance)

    near(areaUnderFrontier(frontier), 'auroc')
    near(bestAccuracy(frontier), 'max_accuracy')
    near(bestAccuracy(frontier, 0.5), 'max_accuracy_prevalence_half')
    for (const { fpr, tpr } of expected['tpr_at_fpr'] as { fpr: number; tpr: number }[]) {
      expectNear(truePositiveRateAt(frontier, fpr), tpr, tolerance)
    }
    near(epsilonEstimate(frontier, { minimumCount: p.min_count, delta: 0 }), 'epsilon_raw_counts')
    near(epsilonEstimate(frontier, { minimumCount: p.min_count, delta }), 'epsilon_raw_counts_delta')

    const counts = (at: Pick<RocPoint, 'truePositives' | 'falsePositives'>): AttackCounts => ({
      positives: ins.length,
      negatives: outs.length,
      truePositives: at.truePositives,
      falsePositives: at.falsePositives,
    })
    const explicit = counts({
      truePositives: ins.filter((score) => score >= threshold).length,
      falsePositives: outs.filter((score) => score >= threshold).length,
    })
    near(epsilonFromAttack({ ...explicit, significance, delta }), 'epsilon_clopper_pearson_explicit')
    near(epsilonFromAttack({ ...explicit, significance, delta, bothAnswers: true }), 'epsilon_clopper_pearson_explicit_two_sided')
    // Theirs divides the significance by the number of corners.
    const shared = significance / frontier.length
    const best = Math.max(...frontier.map((at) => epsilonFromAttack({ ...counts(at), significance: shared, delta })))
    near(best, 'epsilon_clopper_pearson_bonferroni')

    const run = {
      canaries: ins.length + outs.length,
      guesses: explicit.truePositives + explicit.falsePositives,
      correct: explicit.truePositives,
      significance,
    }
    near(oneRunEpsilon({ ...run, delta: p.one_run_delta }), 'epsilon_one_run_explicit')
    near(epsilonFromGdp(oneRunGdp(run), p.one_run_delta), 'epsilon_one_run_fdp_explicit')

    // From the GDP bound: theirs also takes the attack turned round, and delta 1e-5 where the case has 0.
    const mu = Math.max(...frontier.map((at) => gdpFromAttack({ ...counts(at), significance: shared })))
    near(epsilonFromGdp(mu, delta || p.one_run_delta), 'epsilon_from_gdp')
  })

  test('is counted', () => {
    const mapped = cases.filter(({ params }) => 'in_scores' in params || String(params['kind']).startsWith('one_run_'))
    expect(mapped.length).toBe(cases.length)
    expect(notApplicable).toHaveLength(1)
  })
})

describe('binomialBounds', () => {
  test('gives the closed forms of no success and of nothing else', () => {
    const none = binomialBounds({ successes: 0, trials: 50, significance: 0.05 })
    expect(none.lower).toBe(0)
    expect(none.upper).toBeCloseTo(1 - 0.05 ** (1 / 50), 13)
    const all = binomialBounds({ successes: 50, trials: 50, significance: 0.05 })
    expect(all.upper).toBe(1)
    expect(all.lower).toBeCloseTo(0.05 ** (1 / 50), 13)
  })

  test('ends where the tails are at most the significance, and hardly less', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom(0.5, 0.05, 1e-3, 1e-12),
        (trials, share, significance) => {
          const successes = Math.round(share * trials)
          const { lower, upper } = binomialBounds({ successes, trials, significance })
          if (successes > 0) {
            const tail = binomialAtLeast(successes, trials, lower)
            expect(tail).toBeLessThanOrEqual(significance)
            expect(tail).toBeGreaterThan(significance * (1 - 1e-11))
          }
          if (successes < trials) {
            const tail = binomialAtMost(successes, trials, upper)
            expect(tail).toBeLessThanOrEqual(significance)
            // Near 1 neighbouring doubles are far apart for the few failures there.
            if (upper < 0.9999) expect(tail).toBeGreaterThan(significance * (1 - 1e-9))
          }
        },
      ),
      { seed: 7 },
    )
  })

  test('covers: a true probability is outside with at most the probability stated', () => {
    for (const p of [0.02, 0.3, 0.5, 0.97]) {
      let [below, above] = [0, 0]
      for (let k = 0; k <= 60; k++) {
        const { lower, upper } = binomialBounds({ successes: k, trials: 60, significance: 0.05 })
        if (p < lower) below += binomialProbability(k, 60, p)
        if (p > upper) above += binomialProbability(k, 60, p)
      }
      expect(below).toBeLessThanOrEqual(0.05)
      expect(above).toBeLessThanOrEqual(0.05)
    }
  })
})

describe('an attack on two groups', () => {
  test('never claims more than randomised response has, but for the significance', () => {
    // Each canary answers truly with probability e^1 / (1 + e^1): the counts are binomial, and all pairs of them are summed over.
    const [n, epsilon, significance] = [40, 1, 0.1]
    const q = Math.E / (1 + Math.E)
    let claimedTooMuch = 0
    let claimed = 0
    for (let tp = 0; tp <= n; tp++) {
      for (let fp = 0; fp <= n; fp++) {
        const counts = {
          positives: n,
          truePositives: tp,
          negatives: n,
          falsePositives: fp,
          significance,
          delta: 0,
          bothAnswers: true,
        }
        const probability = binomialProbability(tp, n, q) * binomialProbability(fp, n, 1 - q)
        const found = epsilonFromAttack(counts)
        claimed += probability * found
        if (found > epsilon) claimedTooMuch += probability
      }
    }
    expect(claimedTooMuch).toBeLessThanOrEqual(significance)
    expect(claimed).toBeGreaterThan(0.2)
  })

  test('proves nothing where the rates are no better than chance', () => {
    const counts = { positives: 100, truePositives: 10, negatives: 100, falsePositives: 12, significance: 0.05 }
    expect(epsilonFromAttack({ ...counts, delta: 0 })).toBe(0)
    expect(gdpFromAttack(counts)).toBe(0)
    const { falsePositiveRate, falseNegativeRate } = attackRates(counts)
    expect(falsePositiveRate).toBe(binomialBounds({ successes: 12, trials: 100, significance: 0.025 }).upper)
    expect(falseNegativeRate).toBe(binomialBounds({ successes: 90, trials: 100, significance: 0.025 }).upper)
  })

  test('a delta as large as the true positive rate proves nothing', () => {
    const counts = { positives: 100, truePositives: 60, negatives: 100, falsePositives: 0, significance: 0.05 }
    expect(epsilonFromAttack({ ...counts, delta: 0.01 })).toBeGreaterThan(2)
    expect(epsilonFromAttack({ ...counts, delta: 0.6 })).toBe(0)
    expect(epsilonFromAttack({ ...counts, delta: 1 })).toBe(0)
  })
})

describe('an audit in one run', () => {
  /** The p-value straight from the theorem, every window tried. */
  function slowPValue(m: number, r: number, v: number, epsilon: number, delta: number): number {
    const q = 1 / (1 + Math.exp(-epsilon))
    const beta = binomialAtLeast(v, r, q)
    let alpha = 0
    for (let i = 1; i <= v; i++) alpha = Math.max(alpha, (binomialAtLeast(v - i, r, q) - beta) / i)
    return Math.min(1, beta + 2 * m * delta * alpha)
  }

  test('tries no fewer windows than all', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 6, noNaN: true }),
        fc.constantFrom(0, 1e-8, 1e-5, 1e-3),
        (guesses, share, epsilon, delta) => {
          const correct = Math.round(share * guesses)
          const slow = correct === 0 ? 1 : slowPValue(guesses + 5, guesses, correct, epsilon, delta)
          const fast = oneRunPValue({ canaries: guesses + 5, guesses, correct, epsilon, delta })
          expect(fast).toBeGreaterThanOrEqual(slow * (1 - 1e-12))
          expect(fast).toBeLessThanOrEqual(slow * (1 + 1e-8) + 1e-14)
        },
      ),
      { seed: 11 },
    )
  })

  test('stands where its p-value is the significance', () => {
    const run = { canaries: 2000, guesses: 400, correct: 350 }
    for (const delta of [0, 1e-6, 1e-4]) {
      const epsilon = oneRunEpsilon({ ...run, significance: 0.05, delta })
      expect(oneRunPValue({ ...run, epsilon, delta })).toBeLessThanOrEqual(0.05)
      expect(oneRunPValue({ ...run, epsilon: epsilon + 1e-6, delta })).toBeGreaterThan(0.05)
    }
  })

  test('grows with right guesses and shrinks with delta and with significance', () => {
    const run = { canaries: 1000, guesses: 200, significance: 0.05 }
    const at = (correct: number, delta = 0): number => oneRunEpsilon({ ...run, correct, delta })
    for (let correct = 110; correct < 200; correct += 15) expect(at(correct)).toBeLessThanOrEqual(at(correct + 15))
    expect(at(180, 1e-4)).toBeLessThan(at(180, 1e-6))
    expect(oneRunEpsilon({ ...run, correct: 180, delta: 0, significance: 0.01 })).toBeLessThan(at(180))
    expect(at(200)).toBeGreaterThan(4)
    expect(at(0)).toBe(0)
    expect(oneRunEpsilon({ canaries: 10, guesses: 0, correct: 0, significance: 0.05, delta: 0 })).toBe(0)
  })

  test('the Gaussian bound is met by the best attack on a Gaussian mechanism and not passed', () => {
    // Guess the half with the higher scores: each guess is right with probability Phi(mu / 2), independently.
    const [m, mu, q] = [400, 1, 0.6914624612740131]
    let tooMuch = 0
    for (let correct = 240; correct <= m; correct++) {
      if (oneRunGdp({ canaries: m, guesses: m, correct, significance: 0.05 }) > mu) tooMuch += binomialProbability(correct, m, q)
    }
    expect(tooMuch).toBeLessThanOrEqual(0.05)
    expect(oneRunGdp({ canaries: m, guesses: m, correct: 277, significance: 0.05 })).toBeGreaterThan(0.3)
  })
})

test('epsilonFromGdp stands where delta(epsilon) is delta', () => {
  // Phi(1/2) - e^0 Phi(-1/2) = 0.3829249...: at this delta, mu = 1 has epsilon 0.
  expect(epsilonFromGdp(1, 0.39)).toBe(0)
  // delta(1) of mu = 1 is 0.12693673750664394 (mpmath).
  expect(epsilonFromGdp(1, 0.12693673750664394)).toBeCloseTo(1, 12)
  expect(epsilonFromGdp(1, 0.12693673750664394)).toBeLessThanOrEqual(1)
  expect(epsilonFromGdp(0, 1e-5)).toBe(0)
})

test('what is no attack is refused', () => {
  const counts = { positives: 10, truePositives: 3, negatives: 10, falsePositives: 3, significance: 0.05, delta: 0 }
  const run = { canaries: 10, guesses: 5, correct: 3, significance: 0.05, delta: 0 }
  for (const call of [
    () => epsilonFromAttack({ ...counts, truePositives: 11 }),
    () => epsilonFromAttack({ ...counts, falsePositives: 11 }),
    () => epsilonFromAttack({ ...counts, positives: 0, truePositives: 0 }),
    () => epsilonFromAttack({ ...counts, significance: 0 }),
    () => epsilonFromAttack({ ...counts, delta: Number.NaN }),
    () => oneRunEpsilon({ ...run, correct: 6 }),
    () => oneRunEpsilon({ ...run, guesses: 11 }),
    () => oneRunEpsilon({ ...run, significance: 1 }),
    () => oneRunPValue({ canaries: 10, guesses: 5, correct: 3, epsilon: -1, delta: 0 }),
    () => binomialBounds({ successes: 1, trials: 0, significance: 0.05 }),
    () => epsilonFromGdp(Number.NaN, 0.1),
    () => epsilonFromGdp(1, 0),
    () => rocFrontier([], [1]),
    () => rocFrontier([1], [Number.NaN]),
    () => truePositiveRateAt(rocFrontier([1], [0]), 2),
    () => epsilonEstimate(rocFrontier([1], [0]), { minimumCount: 0, delta: 0 }),
  ]) {
    expect(call).toThrow(InvalidParameterError)
  }
})
