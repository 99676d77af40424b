/**
 * Delta of an event at an epsilon.
 *
 *     delta(gaussian({ noiseMultiplier: 1 }), { epsilon: 1 }).upper // => 0.12693673750664...
 *
 * @module
 */

import type { PrivacyEvent } from '../events/kinds.ts'
import { number, options } from '../guard.ts'
import { byAccountant } from './accountants.ts'
import type { PrivacyBound } from './bound.ts'
import type { AccountingOptions } from './epsilon.ts'
import { flatten } from './flatten.ts'
import { queryFields, readQuery } from './query.ts'

export type DeltaOptions = AccountingOptions & { readonly epsilon: number }

/** Brackets the least delta for which the event is (epsilon, delta)-differentially private. */
export function delta(event: PrivacyEvent, given: DeltaOptions): PrivacyBound {
  options('options', given, ['epsilon', ...queryFields])
  const epsilon = number('epsilon', given.epsilon, { atLeast: 0 })
  const { accountant, relation, ...query } = readQuery(given)
  const answer = byAccountant[accountant].delta(flatten(event), epsilon, { relation, ...query })
  return Object.freeze({ ...answer, accountant, relation })
}
