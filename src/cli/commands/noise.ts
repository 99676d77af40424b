/**
 * `indistinct noise`: what noise does my run need?
 *
 * @module
 */

import type { Accountant } from '../../accounting/bound.ts'
import { noiseMultiplierFor } from '../../accounting/calibrate.ts'
import { exact, roundedUp } from '../../accounting/figures.ts'
import type { Run } from '../command.ts'
import { neighbours, whatEpsilonMeans, whatNoiseMultiplierMeans } from '../in-plain-words.ts'
import { type Entry, list, type Page } from '../page.ts'
import { choiceOf, numberOf } from '../read-values.ts'
import { type Recipe, readRecipe, recipeInWords } from '../recipe.ts'
import { circumstances, sideBySide } from '../side-by-side.ts'
import { type Circumstances, casesAsJson, readSamplings, relationFor } from '../subject.ts'

type Target = { readonly epsilon: number; readonly delta: number }
type Found = Circumstances & { readonly noiseMultiplier: number; readonly epsilon: number }

export const run: Run = async (values, { during }) => {
  const recipe = readRecipe(values, ['epsilon', 'delta'])
  const target = { epsilon: numberOf(values, 'epsilon') as number, delta: numberOf(values, 'delta') as number }
  const accountant = choiceOf<Exclude<Accountant, 'gdp'>>(values, 'accountant')
  const found = readSamplings(values).map((sampling): Found => {
    const relation = relationFor(values, sampling)
    const wanted = { ...recipe, ...target, sampling, relation, ...(accountant === undefined ? {} : { accountant }) }
    return {
      sampling,
      relation,
      ...during(`looking for the noise that ${sampling} batches need`, () => noiseMultiplierFor(wanted)),
    }
  })
  const assumed = values.sampling === undefined
  return {
    json: { target, ...casesAsJson({ recipe, assumed }, found, 'noise') },
    text: (page) => asText(found as [Found, ...Found[]], recipe, target, page),
  }
}

function asText(found: readonly [Found, ...Found[]], recipe: Recipe, target: Target, page: Page): string {
  const [first] = found
  const goal = `epsilon ${exact(target.epsilon)} at delta ${exact(target.delta)}`
  // Of two, the larger is the one to have in mind.
  const needed = roundedUp(Math.max(...found.map(({ noiseMultiplier }) => noiseMultiplier)))
  const meanings: readonly Entry[] = [
    ['noise multiplier', `${whatNoiseMultiplierMeans(needed)}.`],
    ['epsilon', `${whatEpsilonMeans(target.delta, target.epsilon)}.`],
  ]
  if (found.length === 1) {
    return [
      page.bold(`a noise multiplier of ${needed} keeps the run within ${goal}`),
      list([['run', recipeInWords(recipe)], ...circumstances(first)], page),
      list(meanings, page),
    ].join('\n\n')
  }
  const multipliers = found.map(({ noiseMultiplier }) => roundedUp(noiseMultiplier))
  return [
    sideBySide(
      {
        title: `noise multiplier for ${goal}`,
        figure: 'noise',
        recipe,
        cases: found,
        columns: [{ title: 'noise multiplier', cells: multipliers, align: 'right' }],
      },
      page,
    ),
    list([...meanings, ['neighbours', `${neighbours[first.relation]}.`]], page),
  ].join('\n\n')
}
