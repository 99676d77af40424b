import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { attackRisk } from '../../src/accounting/attack-risk.ts'
import { delta } from '../../src/accounting/delta.ts'
import { tradeOff } from '../../src/accounting/trade-off.ts'
import { InvalidParameterError, UnsupportedEventError } from '../../src/errors.ts'
import { approximate, composed, dpSgd, gaussian, laplace, nonPrivate, pure, skellam, zcdp } from '../../src/events/index.ts'
import { normalCdf } from '../../src/numeric/normal.ts'
import { normalQuantile } from '../../src/numeric/normal-quantile.ts'

describe('attackRisk', () => {
  it('of one Gaussian', () => {
    const risk = attackRisk(gaussian({ noiseMultiplier: 1 }), { falsePositiveRate: 0.01 })
    const hits = normalCdf(normalQuantile(0.01) + 1)
    expect(risk).toMatchObject({ falsePositiveRate: 0.01, prior: 0.5, relation: 'add-or-remove', accountant: 'tight' })
    expect(risk.truePositiveRate).toBeGreaterThanOrEqual(hits)
    expect(risk.truePositiveRate).toBeCloseTo(hits, 7)
    expect(risk.advantage).toBeCloseTo(2 * normalCdf(0.5) - 1, 12)
    expect(risk.posterior).toBeCloseTo(hits / (hits + 0.01), 7)
    expect(risk.posterior).toBeGreaterThanOrEqual(hits / (hits + 0.01))
    expect(Object.isFrozen(risk)).toBe(true)
    expect(risk).not.toHaveProperty('reached')
  })
  it('agrees with delta, the trade-off curve and Bayes', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.5, max: 5, noNaN: true }),
        fc.double({ min: 1e-6, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom('add-or-remove', 'replace-one' as const),
        (noiseMultiplier, falsePositiveRate, prior, relation) => {
          const event = laplace({ noiseMultiplier })
          const risk = attackRisk(event, { falsePositiveRate, prior, relation })
          expect(risk.advantage).toBeCloseTo(delta(event, { epsilon: 0, relation }).upper, 6)
          expect(risk.truePositiveRate).toBeCloseTo(1 - tradeOff(event, { relation })(falsePositiveRate), 12)
          expect(risk.truePositiveRate).toBeGreaterThanOrEqual(falsePositiveRate)
          const alarms = prior * risk.truePositiveRate + (1 - prior) * falsePositiveRate
          expect(risk.posterior).toBeCloseTo((prior * risk.truePositiveRate) / alarms, 12)
          expect(risk.posterior).toBeGreaterThanOrEqual(prior * (1 - 1e-15))
          expect(risk.posterior).toBeLessThanOrEqual(1)
        },
      ),
      { seed: 21, numRuns: 40 },
    )
  })
  it('without false alarms', () => {
    const at = (event: Parameters<typeof attackRisk>[0], prior?: number): number[] => {
      const { truePositiveRate, posterior } = attackRisk(event, {
        falsePositiveRate: 0,
        ...(prior === undefined ? {} : { prior }),
      })
      return [truePositiveRate, posterior]
    }
    expect(at(gaussian({ noiseMultiplier: 1 }))).toEqual([0, 1])
    expect(at(nonPrivate())).toEqual([1, 1])
    expect(at(composed([]), 0.2)).toEqual([0, expect.closeTo(0.2, 14)])
    const [hits, posterior] = at(pure({ epsilon: 2 }), 0.25) as [number, number]
    expect(hits).toBe(0)
    expect(posterior).toBeCloseTo(0.25 / (0.25 + 0.75 * Math.exp(-2)), 13)
    expect(at(approximate({ epsilon: 1, delta: 0.01 }))).toEqual([expect.closeTo(0.01, 14), 1])
    expect(at(gaussian({ noiseMultiplier: 1 }), 0)).toEqual([0, 0])
    expect(
      attackRisk(skellam({ variance: 100, l1Sensitivity: 1, l2Sensitivity: 1 }), { falsePositiveRate: 0, accountant: 'rdp' })
        .posterior,
    ).toBe(1)
  })
  it('of somebody who is sure before, or raises alarms always', () => {
    const event = gaussian({ noiseMultiplier: 1 })
    expect(attackRisk(event, { falsePositiveRate: 0.1, prior: 1 }).posterior).toBe(1)
    expect(attackRisk(event, { falsePositiveRate: 0.1, prior: 0 }).posterior).toBe(0)
    const { truePositiveRate, posterior } = attackRisk(event, { falsePositiveRate: 1, prior: 0.3 })
    expect([truePositiveRate, posterior]).toEqual([1, expect.closeTo(0.3, 14)])
  })
  it('says so where the curve itself is not known', () => {
    const bound = attackRisk(zcdp({ rho: 0.5 }), { falsePositiveRate: 0.1, accountant: 'zcdp' })
    expect(bound.reached).toBeGreaterThan(0.1)
    expect(bound.accountant).toBe('zcdp')
  })
  it('of training: less noise, more risk; batches by coin flips hide more than shuffled ones', () => {
    const risk = (noiseMultiplier: number, sampling: 'poisson' | 'shuffled'): number =>
      attackRisk(dpSgd({ examples: 60_000, batchSize: 256, epochs: 60, noiseMultiplier, sampling }), { falsePositiveRate: 0.01 })
        .truePositiveRate
    expect(risk(1.1, 'poisson')).toBeLessThan(risk(0.9, 'poisson'))
    expect(risk(1.1, 'poisson')).toBeLessThan(risk(1.1, 'shuffled'))
    expect(risk(1.1, 'shuffled')).toBeCloseTo(normalCdf(normalQuantile(0.01) + Math.sqrt(60) / 1.1), 6)
  })
  it('refuses what is not a rate, a prior or an event with a known law', () => {
    const event = gaussian({ noiseMultiplier: 1 })
    for (const given of [
      {},
      { falsePositiveRate: -1 },
      { falsePositiveRate: Number.NaN },
      { falsePositiveRate: 0.1, prior: 1.5 },
      { falsePositiveRate: 0.1, prior: Number.NaN },
      { falsePositiveRate: 0.1, delta: 1e-5 },
    ]) {
      expect(() => attackRisk(event, given as never)).toThrow(InvalidParameterError)
    }
    expect(() => attackRisk(zcdp({ rho: 1 }), { falsePositiveRate: 0.1 })).toThrow(UnsupportedEventError)
  })
})
