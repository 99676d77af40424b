/**
 * The recipe of a training run, from flags and in words.
 *
 * @module
 */

import { grouped } from '../accounting/figures.ts'
import { type Duration, trainingSteps } from '../events/index.ts'
import type { FlagName, Values } from './flags.ts'
import { type Hints, mustHave, mustLack, numberOf } from './read-values.ts'

/** A training run without its sampling and its noise. */
export type Recipe = Duration & { readonly examples: number; readonly batchSize?: number }

/** The flags that describe a run but for its noise. */
export const recipeFlags: readonly FlagName[] = ['examples', 'batch', 'epochs', 'steps', 'sampling']

/** The recipe that the flags tell. `also` are the flags the question needs besides. */
export function readRecipe(values: Values, also: readonly FlagName[], hints: Hints = {}): Recipe {
  const full = values.sampling?.[0] === 'full'
  mustHave(values, ['examples', ...(full ? [] : (['batch'] as const)), ['epochs', 'steps'], ...also], {
    ...hintForDelta(values),
    ...hints,
  })
  if (values.epochs !== undefined) mustLack(values, ['steps'], '--epochs: one says how long the run is')
  const epochs = numberOf(values, 'epochs')
  const batchSize = numberOf(values, 'batch')
  return {
    examples: numberOf(values, 'examples') as number,
    ...(batchSize === undefined ? {} : { batchSize }),
    ...(epochs === undefined ? { steps: numberOf(values, 'steps') as number } : { epochs }),
  }
}

/** What to choose for a missing delta: the first power of ten below one over the number of examples. */
function hintForDelta(values: Values): Hints {
  const examples = Number(values.examples?.[0])
  if (!(examples >= 2)) return {}
  const delta = `1e-${Math.floor(Math.log10(examples)) + 1}`
  return { delta: `delta is the chance that the promise fails: choose it below 1 / ${grouped(examples)}, for instance ${delta}` }
}

/** The run in a line. */
export function recipeInWords(recipe: Recipe & { readonly noiseMultiplier?: number }): string {
  const { examples, batchSize, noiseMultiplier } = recipe
  return [
    `${grouped(examples)} examples`,
    ...(batchSize === undefined ? [] : [`batches of ${grouped(batchSize)}`]),
    lengthInWords(recipe),
    ...(noiseMultiplier === undefined ? [] : [`noise multiplier ${grouped(noiseMultiplier)}`]),
  ].join(', ')
}

function lengthInWords({ examples, batchSize, epochs, steps }: Recipe): string {
  if (epochs === undefined) return counted(steps, 'step')
  if (batchSize === undefined) return counted(epochs, 'epoch')
  // The number of steps is the same however batches are drawn.
  const taken = trainingSteps({ examples, batchSize, epochs, sampling: 'poisson' })
  return `${counted(epochs, 'epoch')} (${counted(taken, 'step')})`
}

const counted = (count: number, what: string): string => `${grouped(count)} ${what}${count === 1 ? '' : 's'}`
