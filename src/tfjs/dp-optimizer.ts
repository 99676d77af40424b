/**
 * DP-SGD around any optimizer of TensorFlow.js: in compile and fit, in trainOnBatch, in minimize, saved and loaded with its model.
 *
 *     gradient = (sum over examples of min(1, C / |g_i|) g_i  +  N(0, (z C)^2)) / expected batch size  +  gradients of terms without data
 *
 * Abadi, Chu, Goodfellow, McMahan, Mironov, Talwar and Zhang 2016 (arXiv 1607.00133). C is `l2NormClip`, z the `noiseMultiplier`.
 *
 * *Promise*: every example's gradient is clipped by itself, exactly (per-example.ts); what can't be told apart is refused. The noise is that of
 * `gaussianAdder`, by the operating system's entropy. Every variable of the step gets noise, whether or not the batch reached it. The
 * sum is divided by a constant, never by the batch's own size.
 * *Limits*: the clipped sum is formed in float32: adding up b examples moves it by up to about b^2 2^-24 of C beyond real arithmetic in the worst
 * case, and far less as a rule. The loss that training reports is exact, not private. `event` counts steps in each of which any
 * example may have taken part; what sampling gains, the one who samples accounts for.
 *
 *     const optimizer = dpOptimizer(tf.train.adam(1e-3), { l2NormClip: 1, noiseMultiplier: 1.1, expectedBatchSize: 256 })
 *     model.compile({ optimizer, loss: 'categoricalCrossentropy' })
 *
 * @module
 */

import * as tf from '@tensorflow/tfjs-core'
import { type AdaptiveClipper, adaptiveClip } from '../clipping/adaptive.ts'
import { InvalidParameterError } from '../errors.ts'
import { composed, gaussian, nonPrivate, repeated } from '../events/builders.ts'
import type { PrivacyEvent } from '../events/kinds.ts'
import { array, integer, number, oneOf, options, orElse } from '../guard.ts'
import type { Provenance } from '../random/handles.ts'
import { type SourceOptions, sourceOf, sourceOptionNames } from '../random/source-options.ts'
import type { AnalysisOptions } from './analysis.ts'
import { type Clipping, readClipping } from './clip-factors.ts'
import { type ClippedSum, clippedSum, empty, plus, type StepDiagnostics } from './clipped-sum.ts'
import { noisyMean } from './noise.ts'
import { registerWasmKernels } from './wasm-kernels.ts'

/** tfjs-core has this type but does not export it. */
type NamedTensor = { name: string; tensor: tf.Tensor }

/** A constant, or what it is in the given step (the first is 0): public, decided without looking at data. */
export type Schedule = number | ((step: number) => number)

export type DpOptimizerOptions = SourceOptions &
  AnalysisOptions & {
    /** The most that one example's gradient may weigh, in L2. */
    readonly l2NormClip: Schedule
    /** Standard deviation of the noise over `l2NormClip`. */
    readonly noiseMultiplier: Schedule
    /** What the noisy sum is divided by: the batch size, or its mean where batches are sampled. */
    readonly expectedBatchSize: number
    readonly clipping?: Clipping | undefined
    /** Steps that a model has behind it when its training goes on: `event` counts them too. A saved optimizer brings its own. */
    readonly past?: readonly Steps[] | undefined
  }

/** Steps in a row with the same noise. */
export type Steps = { readonly noiseMultiplier: number; readonly times: number }

const optionNames = [
  ...['l2NormClip', 'noiseMultiplier', 'expectedBatchSize', 'clipping', 'batchSize', 'constants', 'reduction', 'past'],
  ...sourceOptionNames,
]

/** An optimizer whose steps are private. */
export function dpOptimizer(optimizer: tf.Optimizer, options: DpOptimizerOptions): DpOptimizer {
  return new DpOptimizer(optimizer, options)
}

/** What `dpOptimizer` returns; a class because tfjs asks for one. */
export class DpOptimizer extends tf.Optimizer {
  /** The name under which a saved model finds it again. */
  static get className(): string {
    return 'DpOptimizer'
  }

  /** tfjs takes for an optimizer what has the methods of one, so that `instanceof` holds for the private and the plain alike. */
  static is(value: unknown): value is DpOptimizer {
    return typeof value === 'object' && value !== null && #options in value
  }

  readonly provenance: Provenance
  readonly #base: tf.Optimizer
  readonly #options: DpOptimizerOptions
  /** Noise multipliers of the steps so far, run by run. */
  readonly #steps: Steps[]
  readonly #clipping: Clipping
  readonly #adaptive: AdaptiveClipper | undefined
  #step: number
  #diagnostics: StepDiagnostics | undefined
  #gathered: Gathered | undefined

  constructor(base: tf.Optimizer, given: DpOptimizerOptions) {
    super()
    if (!(base instanceof tf.Optimizer) || DpOptimizer.is(base)) {
      throw new InvalidParameterError('optimizer', 'an optimizer of TensorFlow.js that is not private yet', base)
    }
    const known = options('options', given, optionNames)
    for (const name of ['l2NormClip', 'noiseMultiplier'] as const) {
      if (typeof known[name] !== 'function') number(name, known[name], name === 'l2NormClip' ? { above: 0 } : { atLeast: 0 })
    }
    number('expectedBatchSize', known['expectedBatchSize'], { above: 0 })
    if (known['batchSize'] !== undefined) number('batchSize', known['batchSize'], { atLeast: 1 })
    if (known['reduction'] !== undefined) oneOf('reduction', known['reduction'], ['mean', 'sum'])
    if (known['constants'] !== undefined && !Array.isArray(known['constants'])) {
      throw new InvalidParameterError('constants', 'an array of tensors', known['constants'])
    }
    this.provenance = sourceOf({ random: given.random, insecureRandom: given.insecureRandom }).provenance
    this.#clipping = readClipping(known['clipping'])
    this.#adaptive = adaptiveOf(this.#clipping, given)
    registerWasmKernels()
    this.#base = base
    this.#options = given
    this.#steps = readPast('past', known['past'])
    this.#step = this.#steps.reduce((sum, { times }) => sum + times, 0)
  }

  /** What all steps so far have released, if any example may have been in each of them. */
  get event(): PrivacyEvent {
    const parts = this.#steps.map(({ noiseMultiplier, times }) =>
      noiseMultiplier > 0 ? repeated({ times, event: gaussian({ noiseMultiplier }) }) : nonPrivate(),
    )
    return parts.length === 1 ? (parts[0] as PrivacyEvent) : composed(parts)
  }

  get steps(): number {
    return this.#step
  }

  /** What the last step saw; not private. */
  get diagnostics(): StepDiagnostics | undefined {
    return this.#diagnostics
  }

  override get iterations(): number {
    return this.#base.iterations
  }

  /** The clip norm of the step to come. */
  get l2NormClip(): number {
    return this.#adaptive?.l2Sensitivity ?? this.#now('l2NormClip', { above: 0 })
  }

  /** What the noise multiplier of a step is or will be, the first being 0. */
  noiseMultiplierAt(step: number): number {
    const scheduled = this.#options.noiseMultiplier
    return number('noiseMultiplier', typeof scheduled === 'function' ? scheduled(step) : scheduled, { atLeast: 0 })
  }

  /** The noise multipliers of all steps so far, steps in a row with the same one together. */
  get runs(): readonly Steps[] {
    return this.#steps.map((run) => Object.freeze({ ...run }))
  }

  override computeGradients(f: () => tf.Scalar, varList?: tf.Variable[]): { value: tf.Scalar; grads: tf.NamedTensorMap } {
    if (this.#gathered !== undefined) {
      throw new InvalidParameterError('f', 'accumulated too, or step() called first: a step is under way', f)
    }
    const step = this.#begin(varList)
    const { loss, ...found } = clippedSum(f, step.variables, this.#sumOptions(step))
    return { value: loss, grads: this.#release(step, found) }
  }

  /**
   * Adds the clipped gradients of a batch to those gathered for the next `step()`: batches too large for memory go through in pieces. An example may be
   * in one piece of a step only: in two it weighs twice as much as the noise is made for. Returns
   * the loss of the piece, which is not private. The last `idle` examples add nothing:
   * they fill up a piece. Terms of the loss without data are those of the last piece, once.
   */
  accumulate(f: () => tf.Scalar, varList?: readonly tf.Variable[], given: { readonly idle?: number } = {}): number {
    const idle = orElse(options('options', given, ['idle'])['idle'] as number | undefined, 0)
    const step = this.#gathered ?? { ...this.#begin(varList), sum: empty }
    const variables = trainable(varList)
    if (
      !tf.util.arraysEqual(
        variables.map(({ id }) => id),
        step.variables.map(({ id }) => id),
      )
    ) {
      throw new InvalidParameterError('variables', 'the same for all that is gathered for a step', varList)
    }
    const { loss, ...found } = clippedSum(f, step.variables, { ...this.#sumOptions(step), idle })
    this.#gathered = { ...step, sum: plus(step.sum, found) }
    const [value] = loss.dataSync()
    loss.dispose()
    return value as number
  }

  /** One step from what was accumulated: noise once, whatever that was; noise alone where it was nothing. */
  step(varList?: readonly tf.Variable[]): void {
    const { sum, ...step } = this.#gathered ?? { ...this.#begin(varList), sum: empty }
    this.#gathered = undefined
    const gradients = this.#release(step, sum)
    try {
      this.applyGradients(gradients)
    } finally {
      tf.dispose(gradients)
    }
  }

  override applyGradients(gradients: tf.NamedTensorMap | NamedTensor[]): void {
    this.#base.applyGradients(gradients)
  }

  override getWeights(): Promise<NamedTensor[]> {
    return this.#base.getWeights()
  }

  override setWeights(weights: NamedTensor[]): Promise<void> {
    return this.#base.setWeights(weights)
  }

  override dispose(): void {
    this.#base.dispose()
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { noiseMultiplier, expectedBatchSize, clipping } = this.#options
    const l2NormClip = this.#adaptive?.l2Sensitivity ?? this.#options.l2NormClip
    for (const [name, value] of Object.entries({ l2NormClip, noiseMultiplier })) {
      if (typeof value === 'function') throw new InvalidParameterError(name, 'a number where the optimizer is to be saved', value)
    }
    return {
      base: this.#base.getClassName(),
      baseConfig: this.#base.getConfig(),
      l2NormClip: l2NormClip as number,
      noiseMultiplier: noiseMultiplier as number,
      expectedBatchSize,
      clipping: (clipping ?? 'flat') as string,
      past: this.#steps.map((run) => ({ ...run })),
    }
  }

  static override fromConfig<T extends tf.serialization.Serializable>(
    cls: tf.serialization.SerializableConstructor<T>,
    config: tf.serialization.ConfigDict,
  ): T {
    // tfjs-layers adds the custom objects of a load to every configuration.
    const { base, baseConfig, customObjects: _, ...rest } = config
    const known = tf.serialization.SerializationMap.getMap().classNameMap[String(base)]
    if (known === undefined) throw new InvalidParameterError('base', 'an optimizer that TensorFlow.js knows', base)
    const [construct, fromConfig] = known
    return new (cls as unknown as new (base: unknown, options: unknown) => T)(
      fromConfig(construct, baseConfig as tf.serialization.ConfigDict),
      rest,
    )
  }

  /** What is fixed before a step looks at data. */
  #begin(varList: readonly tf.Variable[] | undefined): Step {
    const noiseMultiplier = this.#now('noiseMultiplier', { atLeast: 0 })
    const norm = this.l2NormClip
    const stddev = norm * (this.#adaptive?.sumNoiseMultiplier ?? noiseMultiplier)
    return { variables: trainable(varList), norm, noiseMultiplier, stddev }
  }

  #sumOptions({ norm }: Step): Parameters<typeof clippedSum>[2] {
    return { clipping: this.#clipping, norm, analysis: this.#options }
  }

  #release({ variables, noiseMultiplier, stddev }: Step, sum: ClippedSum): tf.NamedTensorMap {
    const { random, insecureRandom, expectedBatchSize } = this.#options
    const gradients = noisyMean(variables, sum, { stddev, divisor: expectedBatchSize, source: { random, insecureRandom } })
    const { batchSize, clipped, unsound } = sum.diagnostics
    if (this.#adaptive !== undefined) {
      for (let i = 0; i < batchSize; i++) this.#adaptive.count(i >= clipped + unsound)
      this.#adaptive.update()
    }
    this.#diagnostics = sum.diagnostics
    this.#count(noiseMultiplier)
    return gradients
  }

  #now(name: 'l2NormClip' | 'noiseMultiplier', range: { above?: number; atLeast?: number }): number {
    const scheduled = this.#options[name]
    return number(name, typeof scheduled === 'function' ? scheduled(this.#step) : scheduled, range)
  }

  #count(noiseMultiplier: number): void {
    const latest = this.#steps.at(-1)
    if (latest?.noiseMultiplier === noiseMultiplier) this.#steps[this.#steps.length - 1] = { ...latest, times: latest.times + 1 }
    else this.#steps.push({ noiseMultiplier, times: 1 })
    this.#step++
  }
}

tf.serialization.registerClass(DpOptimizer as unknown as tf.serialization.SerializableConstructor<tf.serialization.Serializable>)

/** Runs of steps, checked. */
export function readPast(name: string, given: unknown): Steps[] {
  return array(name, orElse(given, [])).map((run, i) => {
    const { noiseMultiplier, times } = options(`${name}[${i}]`, run, ['noiseMultiplier', 'times'])
    return {
      noiseMultiplier: number(`${name}[${i}].noiseMultiplier`, noiseMultiplier, { atLeast: 0 }),
      times: integer(`${name}[${i}].times`, times, { atLeast: 1 }),
    }
  })
}

/** What is fixed before a step looks at data; `stddev` is that of the noise on the sum. */
type Step = {
  readonly variables: readonly tf.Variable[]
  readonly norm: number
  readonly noiseMultiplier: number
  readonly stddev: number
}

type Gathered = Step & { readonly sum: ClippedSum }

/** Of all variables unless some are given. */
function trainable(varList: readonly tf.Variable[] | undefined): readonly tf.Variable[] {
  const among = varList ?? Object.values(tf.engine().state.registeredVariables)
  return among.filter((variable) => variable.trainable)
}

/** The norm that moves, where it is to. */
function adaptiveOf(clipping: Clipping, given: DpOptimizerOptions): AdaptiveClipper | undefined {
  if (typeof clipping === 'string' || !('adaptive' in clipping)) return undefined
  for (const name of ['l2NormClip', 'noiseMultiplier'] as const) {
    if (typeof given[name] === 'function')
      throw new InvalidParameterError(name, 'a number where clipping is adaptive', given[name])
  }
  return adaptiveClip({
    ...clipping.adaptive,
    initialNorm: given.l2NormClip as number,
    expectedRecords: given.expectedBatchSize,
    noiseMultiplier: given.noiseMultiplier as number,
    random: given.random,
    insecureRandom: given.insecureRandom,
  })
}
