import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { attackRisk } from '../../src/accounting/attack-risk.ts'
import { noiseMultiplierFor } from '../../src/accounting/calibrate.ts'
import { delta } from '../../src/accounting/delta.ts'
import { epsilon } from '../../src/accounting/epsilon.ts'
import { flatten } from '../../src/accounting/flatten.ts'
import { groupEvent } from '../../src/accounting/group.ts'
import { statement } from '../../src/accounting/statement.ts'
import { tightDelta, tightEpsilon } from '../../src/accounting/tight.ts'
import { tradeOff } from '../../src/accounting/trade-off.ts'
import { UnsupportedEventError } from '../../src/errors.ts'
import {
  composed,
  dpSgd,
  gaussian,
  laplace,
  type PrivacyEvent,
  poissonSampled,
  pure,
  randomAllocation,
  repeated,
} from '../../src/events/index.ts'
import { thrown } from '../thrown.ts'

type Case = {
  readonly params: {
    readonly kind: 'delta' | 'epsilon'
    readonly sigma: number
    readonly steps: number
    readonly selected: number
    readonly epochs: number
    readonly epsilon?: number
    readonly delta?: number
  }
  readonly expected: { readonly lo?: number; readonly hi?: number; readonly truth?: number }
}
const { cases } = JSON.parse(readFileSync(new URL('../vectors/golden/random-allocation.json', import.meta.url), 'utf8')) as {
  cases: readonly Case[]
}

const epochs = (times: number, steps: number, noiseMultiplier: number): PrivacyEvent =>
  repeated({ times, event: randomAllocation({ steps, event: gaussian({ noiseMultiplier }) }) })

// An event has each record in exactly one step of an epoch; several chosen steps are another scheme.
const applicable = cases.filter(({ params }) => params.selected === 1)

describe('every case of golden/random-allocation.json', () => {
  it('but the one where records take part several times', () => {
    expect([cases.length, applicable.length]).toEqual([15, 14])
  })
  it.each(applicable.map((one) => [JSON.stringify(one.params), one] as const))('%s', (_, { params, expected }) => {
    const event = epochs(params.epochs, params.steps, params.sigma)
    if (params.kind === 'delta') {
      const ours = delta(event, { epsilon: params.epsilon as number })
      const truth = expected.truth as number
      expect(ours.lower).toBeLessThanOrEqual(truth * (1 + 1e-12))
      expect(ours.upper).toBeGreaterThanOrEqual(truth * (1 - 1e-12))
      expect(ours.upper - ours.lower).toBeLessThan(5e-4 * truth)
      return
    }
    const ours = epsilon(event, { delta: params.delta as number })
    // Theirs is a bracket of the truth; ours lies inside, and is much narrower.
    expect(ours.lower).toBeGreaterThan(expected.lo as number)
    expect(ours.upper).toBeLessThan(expected.hi as number)
    expect(ours.upper - ours.lower).toBeLessThan(((expected.hi as number) - (expected.lo as number)) / 20)
    expect(ours.reached).toBeLessThan(2e-3)
    expect(ours.engine).toBe('grid')
    if (expected.truth !== undefined) {
      expect(ours.lower).toBeLessThanOrEqual(expected.truth)
      expect(ours.upper).toBeGreaterThanOrEqual(expected.truth)
    }
  })
})

describe('random allocation in the certified accountant', () => {
  const at = (event: PrivacyEvent, tolerance = 1e-3): { lower: number; upper: number } =>
    epsilon(event, { delta: 1e-5, tolerance })

  it('is as wide as was asked, and says so where it could not be', () => {
    const event = epochs(3, 20, 1)
    const [rough, fine] = [1e-2, 1e-6].map((tolerance) => epsilon(event, { delta: 1e-5, tolerance }))
    expect(rough?.reached).toBeUndefined()
    expect(fine?.reached).toBeGreaterThan(1e-6)
    expect(fine?.lower).toBeGreaterThan(rough?.lower as number)
    expect(fine?.upper).toBeLessThan(rough?.upper as number)
  })
  it('lies between no amplification and one step in t, and falls with the steps', () => {
    const gaussians = epsilon(repeated({ times: 2, event: gaussian({ noiseMultiplier: 1 }) }), { delta: 1e-5 }).upper
    const few = at(epochs(2, 5, 1))
    const many = at(epochs(2, 50, 1))
    expect(few.upper).toBeLessThan(gaussians)
    expect(many.upper).toBeLessThan(few.lower)
    expect(at(epochs(2, 1, 1)).upper).toBeCloseTo(gaussians, 9)
    expect(at(epochs(3, 5, 1)).lower).toBeGreaterThan(few.upper)
    expect(at(epochs(2, 5, 1.2)).upper).toBeLessThan(few.lower)
  })
  it('composes with other events', () => {
    const alone = at(epochs(2, 5, 1))
    const besides = at(composed([epochs(2, 5, 1), laplace({ noiseMultiplier: 10 }), gaussian({ noiseMultiplier: 30 })]))
    expect(besides.lower).toBeGreaterThan(alone.upper)
    expect(besides.upper).toBeLessThan(alone.upper + 0.3)
    expect(besides.upper - besides.lower).toBeLessThan(5e-3 * besides.upper)
    // A guarantee that no mechanism is known to attain leaves upper bounds only.
    const claimed = at(
      composed([
        epochs(2, 5, 1),
        poissonSampled({ samplingRate: 0.5, event: randomAllocation({ steps: 4, event: gaussian({ noiseMultiplier: 2 }) }) }),
      ]),
    )
    expect(claimed.lower).toBe(0)
    expect(claimed.upper).toBeGreaterThan(alone.upper)
  })
  it('agrees with sampling that is done twice over: a Poisson sample of an epoch costs less', () => {
    const epoch = randomAllocation({ steps: 10, event: gaussian({ noiseMultiplier: 1 }) })
    expect(at(poissonSampled({ samplingRate: 0.1, event: epoch })).upper).toBeLessThan(at(epoch).lower)
  })
  it('sees the same batches of several Gaussians as one Gaussian', () => {
    const two = composed([gaussian({ noiseMultiplier: Math.SQRT2 }), gaussian({ noiseMultiplier: Math.SQRT2 })])
    const bound = at(randomAllocation({ steps: 10, event: two }))
    expect(bound.upper).toBeCloseTo(at(epochs(1, 10, 1)).upper, 12)
  })
  it('knows the directions', () => {
    const parts = flatten(epochs(1, 2, 1))
    const relation = 'add-or-remove'
    expect(tightEpsilon(parts, { delta: 1e-5, relation, tolerance: 1e-3 }).direction).toBe('removed')
    expect(tightDelta(parts, { epsilon: 1.5, relation: 'replace-special', tolerance: 1e-3 }).direction).toBe('removed')
  })
  it('at the ends: no noise, next to none, deltas that are tiny or nothing', () => {
    expect(at(epochs(1, 10, 0))).toMatchObject({ upper: Infinity, lower: Infinity })
    const { upper: unamplified } = at(gaussian({ noiseMultiplier: 0.02 }))
    expect(at(epochs(1, 10, 0.02)).upper).toBeGreaterThanOrEqual(unamplified)
    expect(at(epochs(1, 10, 0.02)).upper).toBeLessThan(unamplified * (1 + 1e-3))
    expect(at(epochs(1, 10, 0.02)).lower).toBe(0)
    const tiny = epsilon(epochs(1, 10, 1), { delta: 1e-60, tolerance: 1e-2 })
    expect(tiny.upper).toBeLessThan(epsilon(gaussian({ noiseMultiplier: 1 }), { delta: 1e-60 }).upper)
    expect(tiny.lower).toBeGreaterThan(0.9 * tiny.upper)
    const none = epsilon(epochs(1, 10, 1), { delta: 0, tolerance: 1e-2 })
    expect(none.upper).toBe(Infinity)
    expect(none.reason).toContain('infinite')
  })
  it('is refused by path where nothing is known', () => {
    const inner = thrown(() =>
      at(composed([pure({ epsilon: 1 }), randomAllocation({ steps: 4, event: laplace({ noiseMultiplier: 1 }) })])),
    )
    expect(inner).toBeInstanceOf(UnsupportedEventError)
    expect(inner).toMatchObject({ path: 'events[1].event', kind: 'laplace' })
    expect((inner as Error).message).toContain("'rdp'")
    const replaced = thrown(() => epsilon(epochs(1, 10, 1), { delta: 1e-5, relation: 'replace-one' }))
    expect(replaced).toMatchObject({ path: 'event', kind: 'randomAllocation' })
    expect((replaced as Error).message).toContain("'add-or-remove'")
  })
})

describe('training with random allocation', () => {
  const recipe = { examples: 6000, batchSize: 100, epochs: 5, sampling: 'random-allocation' } as const
  const event = dpSgd({ ...recipe, noiseMultiplier: 1 })

  it('has a statement', () => {
    const text = statement(event, { delta: 1e-5 })
    expect(text).toContain('dealt')
    expect(text).toContain('differentially private')
  })
  it('has a trade-off curve and a risk', () => {
    const options = { tolerance: 1e-3 }
    const misses = tradeOff(event, options)
    expect(misses(0.1)).toBeGreaterThan(tradeOff(dpSgd({ ...recipe, noiseMultiplier: 1, sampling: 'shuffled' }))(0.1))
    const { truePositiveRate, reached } = attackRisk(event, { falsePositiveRate: 0.1, ...options })
    expect(truePositiveRate).toBeCloseTo(1 - misses(0.1), 12)
    expect(reached ?? 0).toBeLessThan(5e-3)
  })
  it('has a noise multiplier', () => {
    const { noiseMultiplier, epsilon: reached } = noiseMultiplierFor({ ...recipe, epsilon: 2, delta: 1e-5 })
    expect(reached).toBeLessThanOrEqual(2)
    expect(reached).toBeGreaterThan(1.99)
    expect(epsilon(dpSgd({ ...recipe, noiseMultiplier }), { delta: 1e-5 }).upper).toBeLessThanOrEqual(2)
  })
  it('groups claim no amplification', () => {
    const group = groupEvent(event, { records: 2, relation: 'add-or-remove' } as never)
    expect(JSON.stringify(group)).toContain('no amplification')
  })
})

describe('shuffled epochs', () => {
  const event = dpSgd({ examples: 6000, batchSize: 100, epochs: 5, noiseMultiplier: 2, sampling: 'shuffled' })
  it('are one Gaussian an epoch: no amplification', () => {
    const gaussians = repeated({ times: 5, event: gaussian({ noiseMultiplier: 2 }) })
    for (const relation of ['add-or-remove', 'replace-one', 'replace-special'] as const) {
      expect(epsilon(event, { delta: 1e-5, relation })).toEqual(epsilon(gaussians, { delta: 1e-5, relation }))
    }
    expect(epsilon(event, { delta: 1e-5 }).upper).toBeGreaterThan(
      2 *
        epsilon(dpSgd({ examples: 6000, batchSize: 100, epochs: 5, noiseMultiplier: 2, sampling: 'poisson' }), { delta: 1e-5 })
          .upper,
    )
  })
})
