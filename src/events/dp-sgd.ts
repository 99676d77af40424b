/**
 * A training recipe as an event: what DP-SGD releases, given how its batches are really chosen.
 *
 * Each step releases a sum of clipped gradients with Gaussian noise. What hides a record is the noise and, where the batches
 * are secret and independent, the chance of not being in the batch. So `sampling` has no default:
 *
 * - `'poisson'`: each record joins each batch by its own coin. Amplified by sampling.
 * - `'fixed-size'`: each batch is a fresh uniform subset of exactly `batchSize`. Amplified, under replace-one.
 * - `'shuffled'`: an epoch walks through a permutation, as model.fit does. No amplification is claimed: the batches of an
 *   epoch are not independent, and the Poisson figure can be several times too small for it (Chua et al. 2024, "How private
 *   are DP-SGD implementations?"). Each record is in one step of each epoch, so the event is one Gaussian an epoch.
 * - `'random-allocation'`: at the start of an epoch each record is dealt to one of its batches, independently of the other
 *   records, so that batches differ in size ("balls and bins"). Amplified, but not as Poisson sampling is.
 * - `'full'`: every step uses every record.
 *
 * *Promise*: steps and epochs round up, never down.
 *
 * @module
 */

import { InvalidParameterError } from '../errors.ts'
import { integer, number, oneOf, options } from '../guard.ts'
import { fixedSizeSampled, gaussian, poissonSampled, randomAllocation, repeated } from './builders.ts'
import type { PrivacyEvent, RepeatedEvent } from './kinds.ts'

/** How the batches of a training run are chosen. */
export type Sampling = 'poisson' | 'shuffled' | 'fixed-size' | 'random-allocation' | 'full'

/** How long a run lasts: exactly one of the two. */
export type Duration =
  | { readonly epochs: number; readonly steps?: undefined }
  | { readonly steps: number; readonly epochs?: undefined }

/** The parts of a training recipe that decide its privacy, apart from the noise. */
export type TrainingRecipe = Duration & {
  /** The number of records in the training set. */
  readonly examples: number
  /** The (for Poisson sampling: expected) number of records in a batch. Not needed where sampling is 'full'. */
  readonly batchSize?: number
  readonly sampling: Sampling
}

const samplings: readonly Sampling[] = Object.freeze(['poisson', 'shuffled', 'fixed-size', 'random-allocation', 'full'] as const)
const recipeFields = ['examples', 'batchSize', 'epochs', 'steps', 'noiseMultiplier', 'sampling']

/** The event of a DP-SGD run. */
export function dpSgd(recipe: TrainingRecipe & { readonly noiseMultiplier: number }): RepeatedEvent {
  const { noiseMultiplier } = options('options', recipe, recipeFields)
  const step = gaussian({ noiseMultiplier: number('noiseMultiplier', noiseMultiplier, { atLeast: 0 }) })
  const { examples, batchSize, sampling } = checkedBatches(recipe)
  const byEpochs = sampling === 'shuffled' || sampling === 'random-allocation'
  const times = byEpochs ? passes(recipe, batchesPerEpoch(examples, batchSize)) : trainingSteps(recipe)
  const sampled: Record<Sampling, () => PrivacyEvent> = {
    poisson: () => poissonSampled({ samplingRate: batchSize / examples, event: step }),
    'fixed-size': () => fixedSizeSampled({ sampleSize: batchSize, populationSize: examples, event: step }),
    'random-allocation': () => randomAllocation({ steps: batchesPerEpoch(examples, batchSize), event: step }),
    shuffled: () => step,
    full: () => step,
  }
  return repeated({ times, event: sampled[sampling]() })
}

/** The number of steps of a run, rounded up: epochs * examples / batchSize where the recipe speaks of epochs. */
export function trainingSteps(recipe: TrainingRecipe): number {
  options('options', recipe, recipeFields)
  const { examples, batchSize } = checkedBatches(recipe)
  const { epochs, steps } = checkedDuration(recipe)
  return steps ?? integer('steps (epochs * examples / batchSize)', roundUp(((epochs as number) * examples) / batchSize))
}

/** The batches of one epoch, rounded down: fewer batches hide a record less, and steps then make up more epochs. */
function batchesPerEpoch(examples: number, batchSize: number): number {
  return Math.floor(examples / batchSize)
}

/** How often a run comes past one record, each started epoch counted. */
function passes(recipe: TrainingRecipe, batches: number): number {
  const { epochs, steps } = checkedDuration(recipe)
  return roundUp(epochs ?? (steps as number) / batches)
}

function checkedBatches(recipe: TrainingRecipe): { examples: number; batchSize: number; sampling: Sampling } {
  const sampling = oneOf('sampling', recipe.sampling, samplings)
  const examples = integer('examples', recipe.examples, { atLeast: 1 })
  if (sampling === 'full') {
    const batchSize = recipe.batchSize ?? examples
    if (batchSize !== examples) {
      throw new InvalidParameterError('batchSize', `all ${examples} examples where sampling is 'full'`, batchSize)
    }
    return { examples, batchSize, sampling }
  }
  // An expected batch may be a fraction of a record; a batch that is cut from a list may not.
  const check = sampling === 'poisson' ? number : integer
  const least = sampling === 'poisson' ? { above: 0 } : { atLeast: 1 }
  return { examples, batchSize: check('batchSize', recipe.batchSize, { ...least, atMost: examples }), sampling }
}

function checkedDuration({ epochs, steps }: TrainingRecipe): { epochs?: number; steps?: number } {
  if ((epochs === undefined) === (steps === undefined)) {
    const both = epochs === undefined ? 'neither' : 'both'
    throw new InvalidParameterError('epochs', 'given, or steps, and not both', both)
  }
  return steps !== undefined
    ? { steps: integer('steps', steps, { atLeast: 0 }) }
    : { epochs: number('epochs', epochs, { atLeast: 0 }) }
}

/** Up to the next integer, but for a quotient that misses an integer by rounding alone: 1.1 epochs of 10 batches are 11 steps. */
function roundUp(quotient: number): number {
  const nearest = Math.round(quotient)
  return Math.abs(quotient - nearest) <= 4 * Number.EPSILON * quotient ? nearest : Math.ceil(quotient)
}
