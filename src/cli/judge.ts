/**
 * A bound on epsilon or delta for each case of a subject, and how it is shown.
 *
 * @module
 */

import type { Accountant, PrivacyBound } from '../accounting/bound.ts'
import { inWords } from '../accounting/event-in-words.ts'
import { roundedDown, roundedUp } from '../accounting/figures.ts'
import type { Values } from './flags.ts'
import { methods, rightGuesses } from './in-plain-words.ts'
import { list, type Page, paragraph } from './page.ts'
import { choiceOf, numberOf } from './read-values.ts'
import { recipeInWords } from './recipe.ts'
import { circumstances, sideBySide } from './side-by-side.ts'
import { type Case, casesAsJson, computing, type Subject } from './subject.ts'
import type { World } from './world.ts'

/** A case with its bound and with the advantage it leaves an attacker. */
export type Judged = Case & { readonly bound: PrivacyBound; readonly advantage: number }

/** The options that go with every question to an accountant. */
export type Question = Pick<Case, 'relation'> & { readonly accountant?: Accountant; readonly tolerance?: number }

/** What the flags say about how a case is to be judged. */
export function question(values: Values, { relation }: Pick<Case, 'relation'>): Question {
  const accountant = choiceOf<Accountant>(values, 'accountant')
  const tolerance = numberOf(values, 'tolerance')
  return { relation, ...(accountant === undefined ? {} : { accountant }), ...(tolerance === undefined ? {} : { tolerance }) }
}

/** Judges each case. */
export function judge(
  { cases }: Subject,
  values: Values,
  world: World,
  ask: (one: Case, options: Question) => Pick<Judged, 'bound' | 'advantage'>,
): readonly [Judged, ...Judged[]] {
  const judged = cases.map((one) => ({ ...one, ...computing(one, world, () => ask(one, question(values, one))) }))
  return judged as unknown as [Judged, ...Judged[]]
}

/** The judged cases for a program. */
export function judgedAsJson(subject: Subject, judged: readonly Judged[], figure: string): Record<string, unknown> {
  const answers = judged.map(({ sampling, event, bound, advantage }) => ({
    ...(sampling === undefined ? {} : { sampling, event }),
    ...bound,
    advantage,
  }))
  return casesAsJson(subject, answers, figure)
}

/** What is bounded, and at which value of the other. */
type Bounded = { readonly name: 'epsilon' | 'delta'; readonly at: string }

/** The judged cases for a person. */
export function judgedAsText(
  { recipe }: Subject,
  judged: readonly [Judged, ...Judged[]],
  page: Page,
  { name, at }: Bounded,
): string {
  if (recipe === undefined || judged.length === 1) {
    return inFull(judged[0], recipe === undefined ? inWords(judged[0].event) : recipeInWords(recipe), page, { name, at })
  }
  const reasons = new Set(judged.flatMap(({ bound: { reason } }) => reason ?? []))
  return sideBySide(
    {
      title: `${name} at ${at}`,
      figure: name,
      recipe,
      cases: judged,
      columns: [
        { title: name, cells: judged.map(({ bound }) => roundedUp(bound.upper)), align: 'right' },
        { title: 'right guesses', cells: judged.map(({ advantage }) => `at most ${rightGuesses(advantage)}`), align: 'right' },
      ],
      notes: [...reasons].map((reason) => `Infinite: ${reason}.`),
    },
    page,
  )
}

function inFull(judged: Judged, release: string, page: Page, { name, at }: Bounded): string {
  const { bound, advantage } = judged
  const headline = Number.isFinite(bound.upper)
    ? `${name} is at most ${roundedUp(bound.upper)} at ${at}`
    : `there is no finite ${name} at ${at}`
  return [
    page.bold(headline) + (bound.reason === undefined ? '' : `\n${paragraph(`${bound.reason}.`, page)}`),
    list(
      [
        [judged.sampling === undefined ? 'release' : 'run', release],
        ...circumstances(judged),
        ['method', methodInWords(bound)],
        ['right guesses', `at most ${rightGuesses(advantage)} (a blind guess: 50%)`],
      ],
      page,
    ),
  ].join('\n\n')
}

function methodInWords({ accountant, upper, lower, order, warning }: PrivacyBound): string {
  const at = order === undefined ? '' : ` at order ${roundedUp(order)}`
  return [
    `${accountant}${at} (${methods[accountant]})`,
    bracketInWords(lower, upper),
    ...(warning === undefined ? [] : [warning]),
  ].join('; ')
}

function bracketInWords(lower: number, upper: number): string {
  if (lower === upper) return 'the figure is exact'
  if (lower > 0) return `the truth lies between ${roundedDown(lower)} and ${roundedUp(upper)}`
  return 'how far below it the truth lies is not known'
}
