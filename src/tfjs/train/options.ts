/**
 * What a private training run is told, checked.
 *
 * @module
 */

import type * as tf from '@tensorflow/tfjs-core'
import { readRelation } from '../../accounting/query.ts'
import type { Relation } from '../../accounting/relation.ts'
import type { Budget } from '../../budget/budget.ts'
import { InvalidParameterError } from '../../errors.ts'
import type { Duration } from '../../events/dp-sgd.ts'
import { flag, integer, number, oneOf, options, orElse } from '../../guard.ts'
import { type SourceOptions, sourceOptionNames } from '../../random/source-options.ts'
import type { AnalysisOptions } from '../analysis.ts'
import { type Clipping, readClipping } from '../clip-factors.ts'
import type { Schedule } from '../dp-optimizer.ts'
import { type Checkpoint, readCheckpoint } from './checkpoint.ts'
import type { Loss } from './program.ts'
import type { TrainingStep } from './progress.ts'

/** How noise and batches go together. */
export type Mechanism =
  /** Every example joins every batch by its own coin; each step's sum gets noise of its own. */
  | { readonly mechanism?: 'dp-sgd' | undefined; readonly sampling: 'poisson' }
  /** Batches in the order of the data, with noise by a tree for each epoch (DP-FTRL): nothing is sampled. */
  | { readonly mechanism: 'tree'; readonly sampling?: undefined }

/** How much noise: so much, or the least that keeps a promise. */
export type Noise =
  | { readonly noiseMultiplier: Schedule; readonly targetEpsilon?: undefined }
  | { readonly targetEpsilon: number; readonly noiseMultiplier?: undefined }

export type TrainOptions = SourceOptions &
  Mechanism &
  Noise &
  Duration &
  Pick<AnalysisOptions, 'constants' | 'reduction'> & {
    /** The expected size of a batch; by a tree, its size. */
    readonly batchSize: number
    readonly delta: number
    /** When data sets are neighbours: `'add-or-remove'` unless given, by a tree `'replace-special'`. */
    readonly relation?: Relation | undefined
    /** The most that one example's gradient may weigh, in L2. */
    readonly l2NormClip: Schedule
    readonly clipping?: Clipping | undefined
    /** A plain one; that of the compiled model unless given. */
    readonly optimizer?: tf.Optimizer | undefined
    /** That of the compiled model unless given. */
    readonly loss?: Loss | undefined
    /** Batches go through in pieces of at most so many examples. */
    readonly maxPhysicalBatch?: number | undefined
    /** What the run is paid from, stretch by stretch, each before it runs. */
    readonly budget?: Budget | undefined
    /** What the ledger says that it was for. */
    readonly label?: string | undefined
    /** Steps between debits, and between checkpoints: those of an epoch unless given. */
    readonly stretch?: number | undefined
    /** Is handed the state after every stretch. */
    readonly checkpoint?: ((state: Checkpoint) => void | Promise<void>) | undefined
    /** A state to go on from; `epochs` or `steps` count from the beginning. */
    readonly resume?: Checkpoint | undefined
    /** Is told of each step; training stops where it answers false. */
    readonly onStep?: ((step: TrainingStep) => unknown) | undefined
    /** Is handed a line of text, about once a second. */
    readonly progress?: ((line: string) => void) | undefined
    /** Whether the loss of each batch is told: it is exact, and not private. */
    readonly publicLoss?: boolean | undefined
  }

/** Options with their defaults, as far as they can be checked without the data. */
export type Settings = {
  readonly mechanism: 'dp-sgd' | 'tree'
  readonly batchSize: number
  readonly duration: Duration
  readonly noiseMultiplier: Schedule | undefined
  readonly targetEpsilon: number | undefined
  readonly delta: number
  readonly relation: Relation
  readonly l2NormClip: Schedule
  readonly clipping: Clipping
  readonly maxPhysicalBatch: number
  readonly budget: Budget | undefined
  readonly label: string
  readonly stretch: number | undefined
  readonly resume: Checkpoint | undefined
  readonly publicLoss: boolean
  readonly source: SourceOptions
}

const names = [
  ...['mechanism', 'sampling', 'batchSize', 'epochs', 'steps', 'targetEpsilon', 'noiseMultiplier', 'delta', 'relation'],
  ...['l2NormClip', 'clipping', 'optimizer', 'loss', 'maxPhysicalBatch', 'budget', 'label', 'stretch', 'checkpoint', 'resume'],
  ...['onStep', 'progress', 'publicLoss', 'constants', 'reduction'],
  ...sourceOptionNames,
]

export function readOptions(given: TrainOptions): Settings {
  const known = options('options', given, names)
  const mechanism = oneOf('mechanism', orElse(known['mechanism'], 'dp-sgd'), ['dp-sgd', 'tree'])
  const byTree = mechanism === 'tree'
  if (byTree) {
    if (known['sampling'] !== undefined) {
      throw new InvalidParameterError('sampling', 'left out by a tree, which takes the data in its order', known['sampling'])
    }
    for (const name of ['l2NormClip', 'noiseMultiplier'] as const) {
      if (typeof known[name] === 'function') throw new InvalidParameterError(name, 'a number by a tree', known[name])
    }
  } else oneOf('sampling', known['sampling'], ['poisson'])
  if ((known['noiseMultiplier'] === undefined) === (known['targetEpsilon'] === undefined)) {
    throw new InvalidParameterError('noiseMultiplier', 'given, or "targetEpsilon", and not both', known['noiseMultiplier'])
  }
  const schedule = (name: 'l2NormClip' | 'noiseMultiplier', least: { above: number } | { atLeast: number }): Schedule =>
    typeof known[name] === 'function' ? (known[name] as Schedule) : number(name, known[name], least)
  for (const name of ['checkpoint', 'onStep', 'progress']) {
    if (known[name] !== undefined && typeof known[name] !== 'function') {
      throw new InvalidParameterError(name, 'a function', known[name])
    }
  }
  const label = orElse(known['label'], 'training')
  if (typeof label !== 'string') throw new InvalidParameterError('label', 'a text', label)
  const relation = readRelation(orElse(known['relation'], byTree ? 'replace-special' : undefined))
  if (byTree && relation === 'add-or-remove') {
    const why = "'replace-special' or 'replace-one' by a tree: taking an example away would move those behind it to other batches"
    throw new InvalidParameterError('relation', why, relation)
  }
  return {
    mechanism,
    relation,
    label,
    batchSize: (byTree ? integer : number)('batchSize', known['batchSize'], byTree ? { atLeast: 1 } : { above: 0 }),
    duration: { epochs: known['epochs'], steps: known['steps'] } as Duration,
    noiseMultiplier:
      known['noiseMultiplier'] === undefined ? undefined : schedule('noiseMultiplier', byTree ? { above: 0 } : { atLeast: 0 }),
    targetEpsilon:
      known['targetEpsilon'] === undefined ? undefined : number('targetEpsilon', known['targetEpsilon'], { above: 0 }),
    delta: number('delta', known['delta'], { atLeast: 0, below: 1 }),
    l2NormClip: schedule('l2NormClip', { above: 0 }),
    clipping: readClipping(known['clipping']),
    maxPhysicalBatch:
      known['maxPhysicalBatch'] === undefined
        ? Number.POSITIVE_INFINITY
        : integer('maxPhysicalBatch', known['maxPhysicalBatch'], { atLeast: 1 }),
    budget: readBudget(known['budget'], relation),
    stretch: known['stretch'] === undefined ? undefined : integer('stretch', known['stretch'], { atLeast: 1 }),
    resume: known['resume'] === undefined ? undefined : readCheckpoint(known['resume']),
    publicLoss: flag('publicLoss', known['publicLoss']),
    source: { random: given.random, insecureRandom: given.insecureRandom },
  }
}

function readBudget(given: unknown, relation: Relation): Budget | undefined {
  if (given === undefined) return undefined
  const budget = given as Partial<Budget> | null
  if (typeof budget?.spend !== 'function') throw new InvalidParameterError('budget', 'a budget from openBudget()', given)
  if (budget.relation !== relation) {
    throw new InvalidParameterError('relation', `'${budget.relation}', as that of the budget`, relation)
  }
  return budget as Budget
}
