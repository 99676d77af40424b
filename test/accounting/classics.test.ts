import { describe, expect, test } from 'vitest'
import { type Conversion, defaultOrders, epsilon } from '../../src/accounting/index.ts'
import { dpSgd, gaussian, type PrivacyEvent, poissonSampled, repeated } from '../../src/events/index.ts'
import { orderLists } from './golden-events.ts'

/** The figures that every library's documentation has, by the public functions alone. */

const by = (event: PrivacyEvent, orders: readonly number[], conversion: Conversion): number =>
  epsilon(event, { delta: 1e-5, accountant: 'rdp', orders, conversion }).upper

function tight(event: PrivacyEvent): number {
  const { lower, upper } = epsilon(event, { delta: 1e-5 })
  expect(upper - lower).toBeLessThanOrEqual(1e-6 * upper)
  return upper
}

describe('q = 0.1, sigma = 1.1, 100 steps, delta = 1e-5', () => {
  const event = repeated({ times: 100, event: poissonSampled({ samplingRate: 0.1, event: gaussian({ noiseMultiplier: 1.1 }) }) })

  test('on the classic orders: 7.418557 by the old conversion, 6.613704 by the new, 6.61355 by the optimal one', () => {
    expect(by(event, defaultOrders, 'mironov').toFixed(6)).toBe('7.418557')
    expect(by(event, defaultOrders, 'canonne-kamath-steinke').toFixed(6)).toBe('6.613704')
    expect(by(event, defaultOrders, 'optimal').toFixed(5)).toBe('6.61355')
  })

  test('the truth: 5.912652', () => {
    expect(tight(event).toFixed(6)).toBe('5.912652')
  })
})

describe('MNIST: 60 000 examples in batches of 256, delta = 1e-5', () => {
  const run = (noiseMultiplier: number, epochs: number): PrivacyEvent =>
    dpSgd({ examples: 60_000, batchSize: 256, epochs, noiseMultiplier, sampling: 'poisson' })
  const orders = orderLists['tf_privacy'] as readonly number[]

  test.each([
    { noise: 1.1, epochs: 60, steps: 14_063, old: '3.00921', new: '2.59708', truth: '2.38169' },
    { noise: 1.3, epochs: 15, steps: 3516, old: '1.19226', new: '0.95456', truth: '0.86454' },
  ])('sigma $noise, $epochs epochs: $old, $new, $truth', ({ noise, epochs, steps, ...figures }) => {
    const event = run(noise, epochs)
    expect(event).toMatchObject({ kind: 'repeated', times: steps })
    expect(by(event, orders, 'mironov').toFixed(5)).toBe(figures.old)
    expect(by(event, orders, 'canonne-kamath-steinke').toFixed(5)).toBe(figures.new)
    expect(tight(event).toFixed(5)).toBe(figures.truth)
  })
})
