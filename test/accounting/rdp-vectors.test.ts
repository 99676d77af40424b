import { describe, expect, test } from 'vitest'
import { rdp } from '../../src/accounting/index.ts'
import { deltaOf, epsilonOf, roughEpsilon } from '../../src/accounting/rdp/conversion.ts'
import type { Relation } from '../../src/accounting/relation.ts'
import type { PrivacyEvent } from '../../src/events/index.ts'
import vectors from '../vectors/accounting-rdp.json' with { type: 'json' }

type Case = {
  readonly event: PrivacyEvent
  readonly relation: Relation
  readonly orders: readonly number[]
  readonly values: readonly string[]
}

const title = ({ event, relation }: Case): string => {
  const { event: inner, ...outer } = event as PrivacyEvent & { readonly event?: PrivacyEvent }
  const { events: _, ...rest } = { events: undefined, ...(inner ?? {}) }
  return `${relation} ${Object.values({ ...outer, ...Object.values(rest) }).join(' ')}`
}

describe('50-digit divergences', () => {
  // What was measured is below 1e-13; the promise is 1e-12. A search in the oracle limits bounded ranges.
  const promise = (event: PrivacyEvent): number => (event.kind === 'exponential' ? 1e-12 : 2e-13)
  for (const c of vectors.cases as unknown as readonly Case[]) {
    test(title(c), () => {
      const ours = rdp(c.event, { orders: c.orders, relation: c.relation })
      const worst = ours.reduce((most, value, i) => Math.max(most, Math.abs(value / Number(c.values[i]) - 1)), 0)
      expect(worst, `${ours} against ${c.values}`).toBeLessThan(promise(c.event))
    })
  }
})

describe('the optimal conversion', () => {
  for (const { order, divergence, delta, epsilon } of vectors.conversions) {
    test(`D_${order} = ${divergence} at delta ${delta}`, () => {
      const z = order - 1
      const ours = epsilonOf(z, divergence, delta, 'optimal')
      expect(Math.abs(ours - Number(epsilon))).toBeLessThanOrEqual(2e-11 * Number(epsilon) + 1e-15)
      // On the side that claims more.
      expect(ours).toBeGreaterThanOrEqual(Number(epsilon) * (1 - 1e-15))
      // The way back.
      if (ours > 0) expect(Math.abs(deltaOf(z, divergence, ours, 'optimal') / delta - 1)).toBeLessThan(1e-10 * (1 + z * ours))
      expect(roughEpsilon(z, divergence, delta)).toBeGreaterThanOrEqual(ours * (1 - 1e-12))
      expect(epsilonOf(z, divergence, delta, 'canonne-kamath-steinke')).toBeGreaterThanOrEqual(ours * (1 - 1e-12))
    })
  }
})
