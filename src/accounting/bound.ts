/**
 * What every accountant answers: a bound, who gave it, and for which neighbours it holds.
 *
 * @module
 */

import type { Relation } from './relation.ts'
import type { TightBound } from './tight.ts'

/**
 * Who does the accounts.
 *
 * - `'tight'`: the composed loss itself, certified from both sides;
 * - `'rdp'`: Renyi divergences at the best order;
 * - `'zcdp'`: one concentration parameter;
 * - `'gdp'`: one Gaussian. Exact for Gaussians; for sampled ones a bound that ignores the sampling, and the central limit as an estimate;
 * - `'basic'`: guarantees add up;
 * - `'advanced'`: the best that follows from the guarantees alone (Kairouz, Oh and Viswanath).
 */
export type Accountant = 'tight' | 'rdp' | 'zcdp' | 'gdp' | 'basic' | 'advanced'

/** Every accountant, the default first. */
export const accountants: readonly Accountant[] = Object.freeze(['tight', 'rdp', 'zcdp', 'gdp', 'basic', 'advanced'] as const)

/** lower <= truth <= upper. */
export type PrivacyBound = {
  readonly upper: number
  /** 0 where an accountant knows upper bounds only. */
  readonly lower: number
  readonly accountant: Accountant
  readonly relation: Relation
  /** The Renyi order that won. */
  readonly order?: number
  /** An approximation that is not a bound, and may lie below the truth. */
  readonly estimate?: number
  /** What a careful reader should know. */
  readonly warning?: string
  /** Why `upper` is infinite (an epsilon) or 1 (a delta). */
  readonly reason?: string
} & Partial<Pick<TightBound, 'engine' | 'direction' | 'reached'>>

/** The part of a bound that its accountant fills in. */
export type Answer = Omit<PrivacyBound, 'accountant' | 'relation'>
