/**
 * The tight epsilon of all that was spent, and what may be said of it.
 *
 * The filters guarantee the *limit*, whatever each event was chosen by. The tight epsilon of what was spent is a theorem only for events that
 * were fixed before the first of them was released; where some were chosen (or the moment to stop was) by looking at earlier answers, it
 * is a report of what the same events would cost had they been fixed. So it comes with the epsilon that holds in any case.
 *
 * @module
 */

import { type AccountingOptions, epsilon, type PrivacyBound } from '../accounting/epsilon.ts'
import { UnsupportedEventError } from '../errors.ts'
import { composed, repeated } from '../events/builders.ts'
import type { PrivacyEvent } from '../events/kinds.ts'
import { options } from '../guard.ts'
import type { Entry } from './entry.ts'
import { eventIn } from './history.ts'
import { epsilonOfLimit, type Terms } from './terms.ts'

export type BudgetEpsilonOptions = Omit<AccountingOptions, 'relation'> & { readonly delta: number }

export type BudgetEpsilon = PrivacyBound & {
  readonly delta: number
  /** `'guarantee'`: the events are a schedule that was declared beforehand, all of it. `'report'`: see `meaning`. */
  readonly standing: 'guarantee' | 'report'
  /** The epsilon at this delta that holds however events are chosen, up to the day the budget is spent; Infinity if the limit promises none at this delta. */
  readonly guaranteed: number
  /** The same in words. */
  readonly meaning: string
}

/** Composes what was spent; like events are counted, so that memory grows with the number of different ones. */
export async function reportEpsilon(
  terms: Terms,
  entries: AsyncIterable<Entry>,
  given: BudgetEpsilonOptions,
): Promise<BudgetEpsilon> {
  const known = options('options', given, ['delta', 'accountant', 'tolerance', 'orders', 'conversion'])
  const asked = { ...(known as BudgetEpsilonOptions), relation: terms.relation }
  // Refuses what is wrong with the question before the ledger is read.
  epsilon(composed([]), asked)
  const counts = new Map<string, { readonly event: PrivacyEvent; times: number }>()
  let sequence = 0
  let spent = 0
  for await (const entry of entries) {
    if (entry.type === 'spend' || entry.type === 'debit') {
      spent++
      const text = JSON.stringify(entry.event)
      const same = counts.get(text)
      if (same === undefined) counts.set(text, { event: eventIn(entry, sequence), times: 1 })
      else same.times++
    }
    sequence++
  }
  const all = composed(Array.from(counts.values(), ({ event, times }) => (times === 1 ? event : repeated({ times, event }))))
  const bound = bestBound(all, asked)
  const guaranteed = epsilonOfLimit(terms, asked.delta)
  const standing = terms.schedule?.length === spent ? 'guarantee' : 'report'
  return Object.freeze({ ...bound, delta: asked.delta, standing, guaranteed, meaning: meanings[standing] })
}

/** Where nobody asks for an accountant, the tight one, or Renyi's for events (such as zcdp) that the tight one has no law for. */
function bestBound(event: PrivacyEvent, asked: AccountingOptions & { readonly delta: number }): PrivacyBound {
  try {
    return epsilon(event, asked)
  } catch (error) {
    if (asked.accountant !== undefined || !(error instanceof UnsupportedEventError)) throw error
    return epsilon(event, { ...asked, accountant: 'rdp' })
  }
}

const meanings = {
  guarantee: 'The events were declared before the first of them was released: "upper" is a guarantee.',
  report:
    '"upper" is a guarantee only if no event, nor the moment to stop, was chosen by looking at an earlier answer; "guaranteed" holds in any case.',
} as const
