import { describe, expect, it } from 'vitest'
import { flatten } from '../../src/accounting/flatten.ts'
import { gridDelta, gridEpsilon } from '../../src/accounting/grid/grid.ts'
import { directions } from '../../src/accounting/laws/dominating-pairs.ts'
import { renyiDelta, renyiEpsilon } from '../../src/accounting/rdp/accountant.ts'
import { boundOfParts } from '../../src/accounting/rdp/curve.ts'
import type { Relation } from '../../src/accounting/relation.ts'
import { gaussian, laplace, poissonSampled, repeated } from '../../src/events/builders.ts'
import type { PrivacyEvent } from '../../src/events/kinds.ts'
import { seeded } from './grid-cases.ts'

/** Recipes all over the range; each is answered by the grid alone, whatever other engine would do better. */
describe('the grid on random recipes', () => {
  const random = seeded(1)
  const between = (low: number, high: number): number => low * (high / low) ** random()
  for (let k = 0; k < 8; k++) {
    const rate = between(1e-6, 1)
    const sigma = between(0.1, 100)
    const times = Math.round(between(2, 1e5))
    const delta = between(1e-12, 1e-2)
    const flat = random() < 0.25
    const relation: Relation = !flat && random() < 0.3 ? 'replace-one' : 'add-or-remove'
    const part = 1.3 * random()
    const base: PrivacyEvent = flat ? laplace({ noiseMultiplier: sigma }) : gaussian({ noiseMultiplier: sigma })
    const event = repeated({ event: poissonSampled({ samplingRate: rate, event: base }), times })
    it(`q ${rate}, ${base.kind} ${sigma}, ${times} steps, delta ${delta}, ${relation}`, () => {
      const parts = flatten(event)
      const curve = boundOfParts(parts, relation)
      const most = renyiEpsilon(curve, delta, { conversion: 'optimal' }).value
      let highest = 0
      for (const laws of directions(parts, relation)) {
        const epsilon = gridEpsilon(laws, { delta })
        expect(epsilon.lower).toBeGreaterThanOrEqual(0)
        expect(epsilon.lower).toBeLessThanOrEqual(epsilon.upper)
        // Renyi's bound holds for both directions; the grid's is as close as its tolerance, or it says so by its width.
        expect(epsilon.lower).toBeLessThanOrEqual(most * (1 + 1e-9))
        expect(epsilon.upper).toBeLessThanOrEqual(most * (1 + 2e-6) + 1e-12)
        highest = Math.max(highest, epsilon.upper)
        // What the two questions say of one another: delta falls, and is delta at the epsilon of delta.
        const there = gridDelta(laws, { epsilon: epsilon.upper })
        expect(there.lower).toBeLessThanOrEqual(delta)
        const here = gridDelta(laws, { epsilon: epsilon.lower })
        if (epsilon.lower > 0) expect(here.upper).toBeGreaterThanOrEqual(delta * (1 - 1e-12))
        const elsewhere = gridDelta(laws, { epsilon: part * most })
        expect(elsewhere.lower).toBeLessThanOrEqual(elsewhere.upper)
        expect(elsewhere.lower).toBeLessThanOrEqual(renyiDelta(curve, part * most, { conversion: 'optimal' }).value * (1 + 1e-9))
        expect(elsewhere.upper).toBeLessThanOrEqual(1)
        if (part * most > epsilon.upper) expect(elsewhere.lower).toBeLessThanOrEqual(delta)
        if (part * most < epsilon.lower) expect(elsewhere.upper).toBeGreaterThanOrEqual(delta)
      }
      expect(highest).toBeLessThan(Number.POSITIVE_INFINITY)
    })
  }
})
