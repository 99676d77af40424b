/**
 * Epsilon in the logs of `model.fit`, and an end before it is too much.
 *
 *     await model.fit(x, y, { batchSize: 256, epochs: 20, callbacks: privacyCallback({ model, delta: 1e-5, stopAt: 8 }) })
 *
 * `model.fit` cuts batches from a shuffled list. That is not Poisson sampling, and no amplification by sampling is claimed for it: batches of an epoch
 * are not independent, and figures for Poisson sampling can be several times too small for them (Chua et al. 2024, arXiv 2403.17673). What is
 * claimed is that each example is in one step of each epoch, so that an epoch costs what one Gaussian release costs, at the least noise among its steps.
 * To sample by Poisson's law, train with `trainPrivately`.
 *
 * *Promise*: an epoch counts from its first step on. Of `fitDataset`, which may show an example twice in an epoch, every step counts in full unless `sampling`
 * says 'shuffled'. So do steps of the optimizer that this callback did not see. What would pass `stopAt` is not begun: training stops before it, or, where that is the
 * first of all, `fit` is rejected with a BudgetExceededError.
 * *Limits*: the loss and the metrics that `fit` shows beside epsilon are exact, and not private.
 *
 * @module
 */

import type { LayersModel } from '@tensorflow/tfjs-layers'
import { epsilon as epsilonOf } from '../accounting/epsilon.ts'
import { readRelation } from '../accounting/query.ts'
import type { Relation } from '../accounting/relation.ts'
import { BudgetExceededError, InvalidParameterError } from '../errors.ts'
import { composed, gaussian, repeated } from '../events/builders.ts'
import type { PrivacyEvent } from '../events/kinds.ts'
import { number, options } from '../guard.ts'
import { DpOptimizer } from './dp-optimizer.ts'

export type PrivacyCallbackOptions = {
  /** Compiled with a `dpOptimizer`. */
  readonly model: LayersModel
  readonly delta: number
  /** The epsilon that is not to be passed. */
  readonly stopAt?: number | undefined
  /** Whether each example is in one step of each epoch ('shuffled': as `fit` has it), or may be in all of them ('any'). */
  readonly sampling?: 'shuffled' | 'any' | undefined
  readonly relation?: Relation | undefined
}

type Logs = Record<string, number>

/** What tfjs binds callbacks to. */
type Runner = { readonly params?: { readonly samples?: number | null; readonly batchSize?: number | null } }

/** To be handed to `fit` or `fitDataset`, alone or among others. */
export type PrivacyCallback = {
  readonly onTrainBegin: (this: unknown) => void
  readonly onEpochBegin: (this: unknown, epoch: number) => void
  readonly onBatchEnd: (this: unknown) => void
  /** Adds `epsilon` to the logs. */
  readonly onEpochEnd: (this: unknown, epoch: number, logs?: Logs) => void
  /** What was released so far. */
  readonly event: () => PrivacyEvent
  readonly epsilon: () => number
}

/** Accounts for `model.fit`. */
export function privacyCallback(given: PrivacyCallbackOptions): PrivacyCallback {
  const known = options('options', given, ['model', 'delta', 'stopAt', 'sampling', 'relation'])
  const { model } = given
  if (typeof model?.fit !== 'function') throw new InvalidParameterError('model', 'a model of tfjs-layers', model)
  const delta = number('delta', known['delta'], { atLeast: 0, below: 1 })
  const stopAt = known['stopAt'] === undefined ? undefined : number('stopAt', known['stopAt'], { atLeast: 0 })
  const stated = readSampling(known['sampling'])
  const relation = readRelation(known['relation'])

  /** Least noise of each epoch so far, and of each step that may have had anybody in it. */
  const releases: number[] = []
  let seen = 0
  let perEpoch: number | undefined
  /** The steps of the epoch that is under way, where they count together. */
  let epoch: { readonly from: number } | undefined

  const optimizer = (): DpOptimizer => {
    if (DpOptimizer.is(model.optimizer)) return model.optimizer
    throw new InvalidParameterError('model', 'compiled with a dpOptimizer', model)
  }
  const shuffled = (): boolean => perEpoch !== undefined
  /** Counts the steps since it last looked. */
  const look = (): void => {
    const now = optimizer().steps
    if (epoch === undefined) for (; seen < now; seen++) releases.push(optimizer().noiseMultiplierAt(seen))
    else if (now > seen) {
      if (seen === epoch.from) releases.push(Number.POSITIVE_INFINITY)
      for (; seen < now; seen++) lower(releases, optimizer().noiseMultiplierAt(seen))
    }
  }
  const nextRelease = (): number => {
    const steps = Array.from({ length: perEpoch ?? 1 }, (_, i) => optimizer().noiseMultiplierAt(optimizer().steps + i))
    return steps.reduce((least, noise) => Math.min(least, noise))
  }
  const epsilonWith = (more: readonly number[]): number => epsilonOf(eventOf([...releases, ...more]), { delta, relation }).upper
  const wouldPass = (): boolean => stopAt !== undefined && epsilonWith([nextRelease()]) > stopAt
  const refuse = (): void => {
    if (!wouldPass()) return
    throw new BudgetExceededError({
      limit: `epsilon ${stopAt} at delta ${delta}`,
      spent: `epsilon ${epsilonWith([])}`,
      requested: `${shuffled() ? 'an epoch' : 'a step'}, and epsilon ${epsilonWith([nextRelease()])} in all`,
    })
  }

  return Object.freeze({
    onTrainBegin(this: unknown) {
      const { samples, batchSize } = (this as Runner | undefined)?.params ?? {}
      epoch = undefined
      look()
      const once = stated === 'shuffled' || (stated === undefined && typeof samples === 'number')
      perEpoch = once ? Math.ceil((samples ?? 1) / (batchSize ?? 32)) : undefined
      refuse()
    },
    onEpochBegin() {
      look()
      refuse()
      epoch = shuffled() ? { from: optimizer().steps } : undefined
    },
    onBatchEnd() {
      look()
      if (!shuffled() && wouldPass()) model.stopTraining = true
    },
    onEpochEnd(_epoch: number, logs?: Logs) {
      look()
      epoch = undefined
      if (logs !== undefined) logs['epsilon'] = epsilonWith([])
      if (wouldPass()) model.stopTraining = true
    },
    event: () => {
      look()
      return eventOf(releases)
    },
    epsilon: () => {
      look()
      return epsilonWith([])
    },
  })
}

function readSampling(given: unknown): 'shuffled' | 'any' | undefined {
  if (given === undefined || given === 'shuffled' || given === 'any') return given
  const why =
    given === 'poisson'
      ? "'shuffled' or 'any': model.fit cuts batches from a list, and an epsilon for Poisson sampling does not hold for them (trainPrivately samples so)"
      : "'shuffled' or 'any'"
  throw new InvalidParameterError('sampling', why, given)
}

/** The last one, no higher than this. */
function lower(releases: number[], noise: number): void {
  releases[releases.length - 1] = Math.min(releases.at(-1) as number, noise)
}

function eventOf(releases: readonly number[]): PrivacyEvent {
  const times = new Map<number, number>()
  for (const noise of releases) times.set(noise, (times.get(noise) ?? 0) + 1)
  const events = [...times].map(([noiseMultiplier, count]) => repeated({ times: count, event: gaussian({ noiseMultiplier }) }))
  return events.length === 1 ? (events[0] as PrivacyEvent) : composed(events)
}
