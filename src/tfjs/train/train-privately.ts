/**
 * Private training from data to report: batches, noise, payment and account of one run.
 *
 *     const report = await trainPrivately(model, { x, y }, {
 *       sampling: 'poisson', batchSize: 256, epochs: 10, targetEpsilon: 2, delta: 1e-5, l2NormClip: 1,
 *     })
 *
 * *Promise*
 * - Batches are what the event says: by Poisson sampling each example joins each step by its own exact coin. A batch that happens to be empty is a step of noise.
 * - What a stretch of steps releases is debited, durably, before the first of them runs; one that would overspend does not run.
 * - Sums are divided by the expected size of a batch. Batches that are too large for memory go through in pieces, with noise once.
 * - Terms of the loss without data (regularisers) are in every step, an empty one too: whether they are there tells nothing.
 * *Limits*: the number of examples and the batch size are taken for public. The data is in memory. Steps that were debited and did not run, since training was stopped
 * or broke off, stay debited; a run that is resumed pays for what it runs.
 *
 * @module
 */

import * as tf from '@tensorflow/tfjs-core'
import { epsilon as epsilonOf } from '../../accounting/epsilon.ts'
import type { Relation } from '../../accounting/relation.ts'
import { BudgetExceededError, InvalidParameterError } from '../../errors.ts'
import type { PrivacyEvent } from '../../events/kinds.ts'
import type { Provenance } from '../../random/handles.ts'
import { sourceOf } from '../../random/source-options.ts'
import { DpOptimizer, dpOptimizer } from '../dp-optimizer.ts'
import { type Stepper, treeOptimizer } from '../tree-optimizer.ts'
import { assign, type Checkpoint, restored, saved } from './checkpoint.ts'
import { type Examples, readData, type TrainingData } from './data.ts'
import { readOptions, type Settings, type TrainOptions } from './options.ts'
import { type Plan, planOf } from './plan.ts'
import { type Program, programOf, type Trainable } from './program.ts'
import { progressWriter, type TrainingStep } from './progress.ts'
import { inOrder, pieces, poissonSample } from './sample.ts'

/** What was done, and what it released. */
export type TrainingReport = {
  /** Why it ended: all steps were made, the budget allowed no further stretch, or `onStep` said so. */
  readonly ended: 'done' | 'budget' | 'stopped'
  /** In all, those before a resumption included. */
  readonly steps: number
  readonly epsilon: number
  readonly delta: number
  readonly relation: Relation
  readonly event: PrivacyEvent
  /** Of the last step. */
  readonly noiseMultiplier: number
  readonly provenance: Provenance
}

/** Trains a model of tfjs-layers, or `{ variables, loss(x, y) }`, privately. */
export async function trainPrivately(model: Trainable, data: TrainingData, options: TrainOptions): Promise<TrainingReport> {
  const settings = readOptions(options)
  const { resume, delta, relation } = settings
  const { provenance: ours } = sourceOf(settings.source)
  const provenance = resume?.provenance === 'insecure-seeded' ? resume.provenance : ours
  const examples = readData(data)
  const plan = planOf(settings, examples.count)
  const stretch = stretchOf(settings, plan)
  const program = programOf(model, { optimizer: options.optimizer, loss: options.loss })
  const tellLine = progressWriter(options.progress)
  const epsilonAt = remembered((step: number) => epsilonOf(plan.event(0, step), { delta, relation }).upper)
  let ended: TrainingReport['ended'] = 'done'
  let step = resume?.step ?? 0
  const first = step
  try {
    if (resume !== undefined) await goOn(program, resume)
    const stepper = stepperOf(settings, options, program, plan)
    const next = oneStep(settings, examples, program, stepper)
    const began = Date.now()
    let yielded = began
    while (step < plan.steps && ended === 'done') {
      const end = Math.min(plan.steps, (Math.floor(step / stretch) + 1) * stretch)
      if (!(await paid(settings, plan, step, end, first))) {
        ended = 'budget'
        break
      }
      while (step < end && ended === 'done') {
        const loss = await next(step)
        step++
        const at = step
        const told: TrainingStep = Object.freeze({
          step: at,
          steps: plan.steps,
          delta,
          get epsilon() {
            return epsilonAt(at)
          },
          ...(settings.publicLoss && loss !== undefined ? { loss } : {}),
          secondsLeft: ((Date.now() - began) / 1000 / (at - first)) * (plan.steps - at),
        })
        tellLine(told)
        if ((await options.onStep?.(told)) === false) ended = 'stopped'
        // A page should stay alive while it trains.
        if (Date.now() - yielded > 100) {
          await tf.nextFrame()
          yielded = Date.now()
        }
      }
      const whole = settings.mechanism === 'dp-sgd' || step % plan.perEpoch === 0
      if (whole) await options.checkpoint?.(await stateOf(settings, plan, { examples, program, stepper, step, provenance }))
    }
  } finally {
    program.end()
  }
  return Object.freeze({
    ended,
    steps: step,
    epsilon: epsilonAt(step),
    delta,
    relation,
    event: plan.event(0, step),
    noiseMultiplier: plan.runs(step).at(-1)?.noiseMultiplier ?? Number.NaN,
    provenance,
  })
}

/** Steps between debits. Those of a tree are paid for together. */
function stretchOf({ mechanism, stretch }: Settings, { perEpoch }: Plan): number {
  if (mechanism === 'tree' && stretch !== undefined && stretch % perEpoch !== 0) {
    throw new InvalidParameterError('stretch', `a multiple of the ${perEpoch} steps of a tree`, stretch)
  }
  return stretch ?? perEpoch
}

/** Debits a stretch; false where the budget refuses and something was run before, an error where nothing was. */
async function paid({ budget, label }: Settings, plan: Plan, from: number, to: number, first: number): Promise<boolean> {
  if (budget === undefined) return true
  try {
    await budget.spend(plan.event(from, to), { label: `${label}: steps ${from + 1} to ${to}` })
    return true
  } catch (error) {
    if (error instanceof BudgetExceededError && from > first) return false
    throw error
  }
}

function stepperOf(
  settings: Settings,
  options: TrainOptions,
  { optimizer }: Program,
  { noiseMultiplier, perEpoch }: Plan,
): Stepper {
  const { batchSize, clipping, source, resume } = settings
  const analysis = { constants: options.constants, reduction: options.reduction }
  const l2NormClip = resume?.l2NormClip ?? settings.l2NormClip
  return settings.mechanism === 'tree'
    ? treeOptimizer(optimizer, {
        ...{ clipping, analysis, source, divisor: batchSize, steps: perEpoch },
        l2NormClip: l2NormClip as number,
        noiseMultiplier: noiseMultiplier as number,
      })
    : dpOptimizer(optimizer, {
        ...{ l2NormClip, noiseMultiplier, clipping, expectedBatchSize: batchSize, past: resume?.past },
        ...analysis,
        ...source,
      })
}

/** Makes one step, and tells the loss of its batch if there was one. */
function oneStep(
  { mechanism, batchSize, maxPhysicalBatch, source }: Settings,
  examples: Examples,
  program: Program,
  stepper: Stepper,
): (step: number) => Promise<number | undefined> {
  const choose =
    mechanism === 'tree' ? inOrder(examples.count, batchSize) : poissonSample(examples.count, batchSize / examples.count, source)
  const take = async (numbers: Int32Array): Promise<number> => {
    // Two at least: of an empty batch there are still the terms of the loss without data, and a tensor of one row can look like a constant.
    const filled = numbers.length > 1 ? numbers : Int32Array.of(numbers[0] ?? 0, numbers[0] ?? 0)
    const idle = filled.length - numbers.length
    const batch = examples.batch(filled)
    let loss = Number.NaN
    try {
      await program.run(batch, (f, variables) => {
        loss = stepper.accumulate(f, variables, { idle })
        return loss
      })
    } finally {
      tf.dispose(batch)
    }
    return loss
  }
  return async (step) => {
    const chosen = choose(step)
    if (chosen.length === 0) await take(chosen)
    let total = 0
    for (const piece of pieces(chosen, maxPhysicalBatch)) total += (await take(piece)) * piece.length
    stepper.step(program.variables)
    return chosen.length === 0 ? undefined : total / chosen.length
  }
}

async function goOn({ weights, optimizer }: Program, { weights: values, optimizer: own }: Checkpoint): Promise<void> {
  assign(weights, values)
  const tensors = restored(own)
  await optimizer.setWeights(tensors)
  tf.dispose(tensors.map(({ tensor }) => tensor))
}

type State = {
  readonly examples: Examples
  readonly program: Program
  readonly stepper: Stepper
  readonly step: number
  readonly provenance: Provenance
}

async function stateOf(
  { mechanism, batchSize, delta, relation, targetEpsilon, clipping }: Settings,
  { steps, noiseMultiplier, runs }: Plan,
  { examples, program, stepper, step, provenance }: State,
): Promise<Checkpoint> {
  const adaptive = typeof clipping === 'object' && 'adaptive' in clipping && DpOptimizer.is(stepper)
  const own = await program.optimizer.getWeights()
  const optimizer = await saved(own)
  // What was made for the occasion, not the optimizer's own variables.
  tf.dispose(own.map(({ tensor }) => tensor).filter((tensor) => !(tensor instanceof tf.Variable)))
  return {
    ...{ format: 1, mechanism, examples: examples.count, batchSize, step, past: runs(step), provenance },
    plan: {
      ...{ steps, delta, relation },
      ...(targetEpsilon === undefined ? {} : { targetEpsilon }),
      ...(typeof noiseMultiplier === 'function' ? {} : { noiseMultiplier }),
    },
    ...(adaptive ? { l2NormClip: stepper.l2NormClip } : {}),
    weights: await saved(program.weights.map((tensor) => ({ name: tensor.name, tensor }))),
    optimizer,
  }
}

/** The last answer, if it is asked for again. */
function remembered(f: (at: number) => number): (at: number) => number {
  let [known, value] = [Number.NaN, Number.NaN]
  return (at) => {
    if (at !== known) [known, value] = [at, f(at)]
    return value
  }
}
