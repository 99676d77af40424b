/**
 * A paragraph that a reviewer can read: what is claimed of a release, for whom, on which assumptions, and what is not covered.
 *
 * *Promise*: every figure in it is rounded to the side that claims less, and to as many digits as are known.
 *
 * The advantage is the most by which an attacker's rate of true positives can exceed the rate of false ones, which is
 * delta(0); of an (epsilon, delta) alone it is at most (e^epsilon - 1 + 2 delta) / (e^epsilon + 1) (Kairouz, Oh and Viswanath
 * 2015, section 2). An attacker who starts from even odds is right with probability (1 + advantage) / 2.
 *
 * @module
 */

import { freeze, type PrivacyEvent } from '../events/index.ts'
import { options } from '../guard.ts'
import { delta as deltaOf } from './delta.ts'
import { type Accountant, epsilon as epsilonOf, type PrivacyBound } from './epsilon.ts'
import { assumptions, inWords } from './event-in-words.ts'
import { exact, percentUp, roundedDown, roundedUp } from './figures.ts'
import type { Relation } from './relation.ts'

/** What a statement claims: epsilon at this delta, for neighbours of this relation. */
export type StatementOptions = {
  readonly delta: number
  readonly relation?: Relation
  /** How the figure is computed. */
  readonly accountant?: Accountant
}

const neighbours: Readonly<Record<Relation, string>> = {
  'add-or-remove': 'one record being present or absent',
  'replace-one': 'one record being replaced by another',
  'replace-special': 'one record being replaced by a blank',
}

/** The paragraph. */
export function statement(event: PrivacyEvent, given: StatementOptions): string {
  options('options', given, ['delta', 'relation', 'accountant'])
  const checked = freeze(event)
  const bound = epsilonOf(checked, given)
  const released = `What was released: ${inWords(checked)}.`
  return [
    released,
    ...(Number.isFinite(bound.upper) ? claim(checked, given.delta, bound) : noClaim(given.delta, bound)),
    uncovered,
  ].join(' ')
}

function claim(event: PrivacyEvent, delta: number, bound: PrivacyBound): string[] {
  const { upper, relation } = bound
  const epsilon = roundedUp(upper)
  const advantage = greatestAdvantage(event, bound, { epsilon: upper, delta })
  const conditions = [
    "every record's contribution is bounded before the noise is added",
    'the noise is drawn afresh from the stated distribution and stays secret',
    ...assumptions(event),
  ]
  return [
    `Claim: this is (${epsilon}, ${exact(delta)})-differentially private, neighbouring data sets differing in ${neighbours[relation]}; ${method(bound)}.`,
    `It holds against anybody who knows all other records and sees every one of these releases, provided that ${listed(conditions)}.`,
    `An attacker who holds it as likely as not that a given record was used can be right about that at most ${percentUp((1 + advantage) / 2)} of the time ` +
      `(advantage at most ${roundedUp(advantage, 2)}), where a blind guess is right 50% of the time.`,
  ]
}

function noClaim(delta: number, { relation, reason }: PrivacyBound): string[] {
  return [
    `No claim: at delta ${exact(delta)} no finite epsilon can be given, neighbouring data sets differing in ${neighbours[relation]}` +
      `${reason === undefined ? '' : `: ${reason}`}.`,
  ]
}

const uncovered =
  'Not covered: choices made by looking at the same data without noise (hyper-parameters, the number of steps, preprocessing such as ' +
  'normalisation or the removal of duplicates), anything else that is published about it without noise (the training loss, metrics ' +
  'on training records), and what several records of one person give away together, the unit of privacy being one record.'

/** How the figure came about, and how far it may lie above the truth. */
function method({ accountant, lower, order }: PrivacyBound): string {
  const least = roundedDown(lower)
  const bracket = lower > 0 ? `, the true epsilon being at least ${least}` : ''
  switch (accountant) {
    case 'tight':
      return `the figure is a certified numerical bound on the composed privacy loss, errors of truncation and rounding included${bracket}`
    case 'rdp':
      return `the figure is an upper bound by Renyi differential privacy${order === undefined ? '' : ` at order ${exact(order)}`}${bracket}`
    case 'zcdp':
      return `the figure is an upper bound by zero-concentrated differential privacy${bracket}`
    case 'gdp':
      return `the figure is an upper bound by Gaussian differential privacy${bracket}`
    default:
      return `the figure is an upper bound by ${accountant} composition${bracket}`
  }
}

const listed = (parts: readonly string[]): string =>
  parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')}, and ${parts.at(-1)}`

/** A privacy guarantee, known to hold. */
export type Pair = { readonly epsilon: number; readonly delta: number }

/**
 * The advantage that is left to an attacker by an event that is known to keep a pair: the accountant that found the pair is
 * asked again at epsilon 0.
 */
export function greatestAdvantage(
  event: PrivacyEvent,
  { relation, accountant }: Pick<PrivacyBound, 'relation' | 'accountant'>,
  { epsilon, delta }: Pair,
): number {
  // (e^x - 1) / (e^x + 1) = tanh(x / 2), which does not overflow.
  const ofThePair = Math.tanh(epsilon / 2) + (2 * delta) / (1 + Math.exp(epsilon))
  return Math.min(1, ofThePair, deltaOf(event, { epsilon: 0, relation, accountant }).upper)
}
