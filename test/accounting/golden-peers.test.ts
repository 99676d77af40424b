import { afterAll, expect, test } from 'vitest'
import { epsilon } from '../../src/accounting/index.ts'
import { InvalidParameterError } from '../../src/errors.ts'
import { gaussian } from '../../src/events/index.ts'
import peers from '../vectors/golden/peer-tests.json' with { type: 'json' }
import type { Check, GoldenCase } from './golden-cases.ts'
import { composition, compositionChecks, heldByRenyi } from './golden-compositions.ts'
import { lossChecks, nameOf } from './golden-losses.ts'

/**
 * Every case of golden/peer-tests.json: the literals of other libraries' own unit tests. A case is held here, or held in
 * rdp-golden.test.ts, or not applicable for a reason that is counted and printed. A case that fits nowhere fails.
 */
const cases = peers.cases as unknown as readonly (GoldenCase & { readonly level: string })[]

const held = { here: 0, byRenyi: 0 }
const reasons = new Map<string, { public: number; internal: number }>()
const notApplicable = (reason: string, level: string): void => {
  const count = reasons.get(reason) ?? { public: 0, internal: 0 }
  count[level as 'public' | 'internal']++
  reasons.set(reason, count)
}

const checks: Readonly<Record<string, Check>> = { ...lossChecks, ...compositionChecks }

/** Not applicable in the Renyi accountant's own file. */
const deltaOfOne: Check = ({ params }) => {
  expect(() => epsilon(gaussian({ noiseMultiplier: 1 }), { delta: params['delta'] as number })).toThrow(InvalidParameterError)
  return 'delta = 1, which anything keeps: a delta is below 1 here, and this one is refused (asserted)'
}

for (const [i, c] of cases.entries()) {
  const name = nameOf(c)
  if (heldByRenyi(c, name)) {
    held.byRenyi++
    continue
  }
  test(`${i} ${name}`, () => {
    const accountant = c.params['accountant']
    const check = accountant === 'pld' ? composition : accountant === 'rdp' ? deltaOfOne : checks[name]
    if (check === undefined) throw new Error(`nothing here for ${c.params['test']}`)
    const reason = check(c)
    if (typeof reason === 'string') notApplicable(reason, c.level)
    else held.here++
  })
}

test('is the whole file', () => {
  expect(cases.length).toBe(549)
  const refused = [...reasons.values()].reduce((sum, count) => sum + count.public + count.internal, 0)
  expect(held.here + held.byRenyi + refused).toBe(549)
})

afterAll(() => {
  console.log(
    [
      `peer-tests.json: ${held.here} held here, ${held.byRenyi} in rdp-golden.test.ts; not applicable:`,
      ...[...reasons].map(([reason, count]) => `  ${count.public} public, ${count.internal} internal: ${reason}`),
    ].join('\n'),
  )
})
