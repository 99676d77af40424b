/**
 * Epsilon of an event at a delta.
 *
 *     epsilon(dpSgd({ examples: 60000, batchSize: 256, epochs: 60, noiseMultiplier: 1.1, sampling: 'poisson' }), { delta: 1e-5 }).upper
 *     // => 2.3816897...
 *
 * @module
 */

import type { PrivacyEvent } from '../events/kinds.ts'
import { number, options } from '../guard.ts'
import { byAccountant } from './accountants.ts'
import type { Accountant, PrivacyBound } from './bound.ts'
import { flatten } from './flatten.ts'
import { queryFields, readQuery } from './query.ts'
import type { Conversion } from './rdp/conversion.ts'
import type { Relation } from './relation.ts'

export type { Accountant, PrivacyBound } from './bound.ts'

/** How a question is to be answered. */
export type AccountingOptions = {
  /** When data sets are neighbours; `'add-or-remove'` unless given. */
  readonly relation?: Relation
  /** `'tight'` unless given. */
  readonly accountant?: Accountant
  /** How wide the bracket may be, relative to its upper end; for `'tight'`. Default 1e-6. */
  readonly tolerance?: number
  /** The orders to look at, at least 1, Infinity allowed; for `'rdp'`. All of them unless given. */
  readonly orders?: readonly number[]
  /** From a Renyi divergence to epsilon and delta; for `'rdp'`. The best there is unless given. */
  readonly conversion?: Conversion
}

export type EpsilonOptions = AccountingOptions & { readonly delta: number }

/**
 * Brackets the least epsilon for which the event is (epsilon, delta)-differentially private.
 *
 * Infinity comes with a reason. An event that the accountant has no bound for is an `UnsupportedEventError`.
 */
export function epsilon(event: PrivacyEvent, given: EpsilonOptions): PrivacyBound {
  options('options', given, ['delta', ...queryFields])
  const delta = number('delta', given.delta, { atLeast: 0, below: 1 })
  const { accountant, relation, ...query } = readQuery(given)
  const answer = byAccountant[accountant].epsilon(flatten(event), delta, { relation, ...query })
  return Object.freeze({ ...answer, accountant, relation })
}
