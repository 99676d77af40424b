/**
 * `indistinct compare`: noises, samplings and methods side by side.
 *
 * @module
 */

import { type Accountant, epsilon, type PrivacyBound } from '../../accounting/epsilon.ts'
import { exact, roundedUp } from '../../accounting/figures.ts'
import { UnsupportedEventError } from '../../errors.ts'
import { type Combination, combinations } from '../combinations.ts'
import type { Run } from '../command.ts'
import type { FlagName } from '../flags.ts'
import { neighbours } from '../in-plain-words.ts'
import { type Question, question } from '../judge.ts'
import { type Column, type Page, paragraph, table } from '../page.ts'
import { choicesOf, numberOf } from '../read-values.ts'
import { samplings } from '../samplings.ts'
import { type Case, readSubject } from '../subject.ts'

/** What an accountant says of a case, or why it says nothing. */
type Cell = { readonly accountant: Accountant; readonly bound?: PrivacyBound; readonly refused?: string }

/** One line of the comparison. */
type Row = Pick<Combination, 'apart'> &
  Pick<Case, 'relation'> & {
    /** The whole line for a program: the recipe, or the name of the event's file. */
    readonly named: Readonly<Record<string, unknown>>
    readonly cells: readonly Cell[]
  }

const usualAccountants: readonly Accountant[] = ['tight', 'rdp']
const usualSamplings = samplings.filter((sampling) => sampling !== 'full')
const varying: readonly FlagName[] = ['event', 'examples', 'batch', 'epochs', 'steps', 'noise', 'sampling']

export const run: Run = async (values, world) => {
  const accountants = choicesOf<Accountant>(values, 'accountant') ?? usualAccountants
  const sampling = values.event === undefined ? { sampling: values.sampling ?? usualSamplings } : {}
  const lines = combinations({ ...values, ...sampling }, varying)
  const delta = numberOf(values, 'delta') as number
  const rows: Row[] = []
  for (const { values: single, apart } of lines) {
    const { accountant: _, ...others } = single
    const { recipe, cases } = await readSubject(others, world, ['delta'])
    const [one] = cases
    const named = recipe === undefined ? { event: single.event?.[0] } : { ...recipe, sampling: one.sampling }
    const label = `line ${rows.length + 1} of ${lines.length}`
    const cells = accountants.map((accountant) =>
      world.during(`${label}, ${accountant}`, () => ask(one, accountant, { ...question(others, one), delta })),
    )
    rows.push({ apart, named, relation: one.relation, cells })
  }
  return { json: { delta, rows: rows.map(asJson) }, text: (page) => asText(rows, delta, page) }
}

function ask({ event }: Case, accountant: Accountant, options: Question & { readonly delta: number }): Cell {
  try {
    return { accountant, bound: epsilon(event, { ...options, accountant }) }
  } catch (error) {
    if (!(error instanceof UnsupportedEventError)) throw error
    return { accountant, refused: error.message }
  }
}

function asJson({ named, relation, cells }: Row): Record<string, unknown> {
  return {
    ...named,
    relation,
    answers: cells.map(({ accountant, bound, refused }) => (bound === undefined ? { accountant, refused } : { ...bound })),
  }
}

function asText(rows: readonly Row[], delta: number, page: Page): string {
  const [first] = rows as [Row]
  const apart = Object.keys(first.apart) as FlagName[]
  const relations = new Set(rows.map(({ relation }) => relation))
  const columns: Column[] = [
    ...apart.map((flag) => ({ title: flag, cells: rows.map((row) => row.apart[flag] as string) })),
    ...first.cells.map(({ accountant }, i) => ({
      title: accountant,
      cells: rows.map(({ cells }) => epsilonIn(cells[i] as Cell)),
      align: 'right' as const,
    })),
    ...(relations.size > 1 ? [{ title: 'neighbours', cells: rows.map(({ relation }) => neighbours[relation]) }] : []),
  ]
  const notes = [
    ...(relations.size > 1
      ? ['Figures for different neighbours do not compare: a replaced record is one removed and one added.']
      : []),
    ...new Set(
      rows.flatMap(({ cells }) =>
        cells.flatMap(({ accountant, refused }) =>
          refused === undefined ? [] : [`-: ${accountant} has no answer; ${refused}.`],
        ),
      ),
    ),
    ...(rows.some(({ cells }) => cells.some(({ bound }) => bound?.estimate !== undefined))
      ? ['~: an estimate by the central limit, which may lie below the truth and promises nothing.']
      : []),
  ]
  const subject = relations.size > 1 ? '' : ` (${neighbours[first.relation]})`
  return [
    page.bold(`epsilon at delta ${exact(delta)}${subject}, smaller is more private`),
    table(columns, page),
    ...notes.map((note) => paragraph(note, page)),
  ].join('\n\n')
}

function epsilonIn({ bound }: Cell): string {
  if (bound === undefined) return '-'
  return `${roundedUp(bound.upper)}${bound.estimate === undefined ? '' : ` (~${roundedUp(bound.estimate)})`}`
}
