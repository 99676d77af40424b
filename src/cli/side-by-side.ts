/**
 * A training run and a figure of it, as people read it: in full where it is known how batches are drawn, else for each of the
 * usual ways, side by side.
 *
 * @module
 */

import { neighbours } from './in-plain-words.ts'
import { type Column, type Entry, type Page, paragraph, table } from './page.ts'
import { type Recipe, recipeInWords } from './recipe.ts'
import { loader, whatHappens, whichIsYours } from './samplings.ts'
import type { Circumstances } from './subject.ts'

/** What a single figure holds for. */
export function circumstances({ sampling, relation }: Circumstances): readonly Entry[] {
  return [
    ...(sampling === undefined ? [] : [['batches', `${sampling}: ${whatHappens[sampling]}`] as const]),
    ['neighbours', neighbours[relation]],
  ]
}

/** Figures that stand for one way each to draw batches. */
export type SideBySide = {
  readonly title: string
  /** What the figures are of, in a word. */
  readonly figure: string
  readonly recipe: Recipe & { readonly noiseMultiplier?: number }
  readonly cases: readonly Circumstances[]
  readonly columns: readonly Column[]
  /** Said between the table and the advice which line to read. */
  readonly notes?: readonly string[]
}

/** The figures in a table, and which of them is whose. */
export function sideBySide({ title, figure, recipe, cases, columns, notes = [] }: SideBySide, page: Page): string {
  const named = (name: (sampling: NonNullable<Circumstances['sampling']>) => string): readonly string[] =>
    cases.map(({ sampling }) => (sampling === undefined ? '' : name(sampling)))
  return [
    `${page.bold(title)}\n${paragraph(`for ${recipeInWords(recipe)}`, page)}`,
    table(
      [{ title: 'batches', cells: named((sampling) => sampling) }, ...columns, { title: 'yours if', cells: named(loader) }],
      page,
    ),
    ...notes.map((note) => paragraph(note, page)),
    paragraph(whichIsYours(figure), page),
  ].join('\n\n')
}
