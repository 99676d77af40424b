/**
 * What the figures mean, for somebody who has never met them.
 *
 * @module
 */

import type { Accountant } from '../accounting/bound.ts'
import { exact, percentUp, roundedDown, roundedUp } from '../accounting/figures.ts'
import type { Relation } from '../accounting/relation.ts'

export const neighbours: Readonly<Record<Relation, string>> = {
  'add-or-remove': 'one record added or removed',
  'replace-one': 'one record replaced by another',
  'replace-special': 'one record replaced by a blank',
}

/** How a figure came about. */
export const methods: Readonly<Record<Accountant, string>> = {
  tight: 'certified bounds from both sides',
  rdp: 'the moments accountant',
  zcdp: 'one concentration parameter for all',
  gdp: 'one Gaussian for all',
  basic: 'guarantees added up',
  advanced: 'the best that follows from the guarantees alone',
}

const ruleOfThumb = 'Rule of thumb: up to 1 strong, up to 10 reasonable, above 10 weak (Ponomareva et al. 2023)'

/** What an epsilon means, with its number where there is one. */
export function whatEpsilonMeans(delta: number, epsilon?: number): string {
  if (epsilon === Number.POSITIVE_INFINITY) return `no limit is known to what one record may give away. ${ruleOfThumb}`
  return (
    `whether or not one given record was used makes nothing that anybody sees more than ${factor(epsilon)} times as likely` +
    `${delta === 0 ? '' : `, give or take a probability of ${exact(delta)}`}. ${ruleOfThumb}`
  )
}

function factor(epsilon: number | undefined): string {
  if (epsilon === undefined) return 'e^epsilon'
  const power = `e^${roundedUp(epsilon)}`
  return epsilon > 20 ? power : `${power} = ${roundedUp(Math.exp(epsilon), 2)}`
}

export const whatAttackersFace: string =
  'somebody knows all other records, sees the model after every step, and has to say whether one given record was used'

export const whatRightGuessesMean: string = `${whatAttackersFace}. This is how often they can be right at most; a blind guess is right 50% of the time`

/** How often an attacker who starts from even odds is right, from the advantage. */
export function rightGuesses(advantage: number): string {
  return percentUp(Math.min(1, (1 + advantage) / 2))
}

/** What a delta means, next to the number of examples where that is known. */
export function whatDeltaMeans(epsilon: number, examples?: number): string {
  const size = examples === undefined ? '' : `, which here is ${roundedDown(1 / examples, 2)}`
  return (
    `the probability that epsilon ${exact(epsilon)} leaves uncovered. A method that publishes some record outright with chance ` +
    `delta would keep this promise, so delta must be well below 1 / examples${size}`
  )
}

/** What a noise multiplier is, with one for an example. */
export function whatNoiseMultiplierMeans(multiplier: string): string {
  return (
    `the standard deviation of the noise on each batch's summed gradient, divided by the norm that each record's gradient is ` +
    `clipped to. Clipped to norm 1, the noise has standard deviation ${multiplier}; clipped to norm 2, twice that`
  )
}
