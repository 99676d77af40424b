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
import { InvalidParameterError } from '../errors.ts'
import { composed, gaussian, nonPrivate, repeated } from '../events/builders.ts'
import type { PrivacyEvent } from '../events/kinds.ts'
import { array, integer, number, oneOf, options, orElse } from '../guard.ts'
import type { Provenance } from '../random/handles.ts'
import { type SourceOptions, sourceOf, sourceOptionNames } from '../random/source-options.ts'
import type { AnalysisOptions } from './analysis.ts'
import { type Clipping, clipFactors } from './clip-factors.ts'
import { noisyMean } from './noise.ts'
import { type PerExample, perExample } from './per-example.ts'
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

/** What the last step saw. Not private: for debugging, on data that may be looked at. */
export type StepDiagnostics = {
  readonly batchSize: number
  readonly clipped: number
  /** Examples whose gradient was not finite; they added nothing. */
  readonly unsound: number
}

const clippings: readonly Clipping[] = ['flat', 'automatic', 'per-layer']
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

  readonly provenance: Provenance
  readonly #base: tf.Optimizer
  readonly #options: DpOptimizerOptions
  /** Noise multipliers of the steps so far, run by run. */
  readonly #steps: Steps[]
  #step: number
  #diagnostics: StepDiagnostics | undefined

  constructor(base: tf.Optimizer, given: DpOptimizerOptions) {
    super()
    // tfjs takes for an optimizer what has the methods of one, so that `instanceof` would hold for the private and the plain alike.
    if (typeof base !== 'object' || base === null || !(base instanceof tf.Optimizer) || #options in base) {
      throw new InvalidParameterError('optimizer', 'an optimizer of TensorFlow.js that is not private yet', base)
    }
    const known = options('options', given, optionNames)
    for (const name of ['l2NormClip', 'noiseMultiplier'] as const) {
      if (typeof known[name] !== 'function') number(name, known[name], name === 'l2NormClip' ? { above: 0 } : { atLeast: 0 })
    }
    number('expectedBatchSize', known['expectedBatchSize'], { above: 0 })
    oneOf('clipping', orElse(known['clipping'], 'flat'), clippings)
    if (known['batchSize'] !== undefined) number('batchSize', known['batchSize'], { atLeast: 1 })
    if (known['reduction'] !== undefined) oneOf('reduction', known['reduction'], ['mean', 'sum'])
    if (known['constants'] !== undefined && !Array.isArray(known['constants'])) {
      throw new InvalidParameterError('constants', 'an array of tensors', known['constants'])
    }
    this.provenance = sourceOf({ random: given.random, insecureRandom: given.insecureRandom }).provenance
    registerWasmKernels()
    this.#base = base
    this.#options = given
    this.#steps = readPast(known['past'])
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

  override computeGradients(f: () => tf.Scalar, varList?: tf.Variable[]): { value: tf.Scalar; grads: tf.NamedTensorMap } {
    const registered = Object.values(tf.engine().state.registeredVariables)
    const variables = (varList ?? registered).filter((variable) => variable.trainable)
    const norm = this.#now('l2NormClip', { above: 0 })
    const noiseMultiplier = this.#now('noiseMultiplier', { atLeast: 0 })
    const { loss, result } = perExample(f, variables, this.#options, (found) => {
      const { sums, diagnostics } = clippedSums(found, { clipping: this.#options.clipping ?? 'flat', norm })
      this.#diagnostics = diagnostics
      return noisyMean(variables, {
        sums,
        withoutData: found.withoutData,
        stddev: norm * noiseMultiplier,
        divisor: this.#options.expectedBatchSize,
        source: { random: this.#options.random, insecureRandom: this.#options.insecureRandom },
      })
    })
    this.#count(noiseMultiplier)
    return { value: loss, grads: result }
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
    const { l2NormClip, noiseMultiplier, expectedBatchSize, clipping } = this.#options
    for (const [name, value] of Object.entries({ l2NormClip, noiseMultiplier })) {
      if (typeof value === 'function') throw new InvalidParameterError(name, 'a number where the optimizer is to be saved', value)
    }
    return {
      base: this.#base.getClassName(),
      baseConfig: this.#base.getConfig(),
      l2NormClip: l2NormClip as number,
      noiseMultiplier: noiseMultiplier as number,
      expectedBatchSize,
      clipping: clipping ?? 'flat',
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

function readPast(given: unknown): Steps[] {
  return array('past', orElse(given, [])).map((run, i) => {
    const { noiseMultiplier, times } = options(`past[${i}]`, run, ['noiseMultiplier', 'times'])
    return {
      noiseMultiplier: number(`past[${i}].noiseMultiplier`, noiseMultiplier, { atLeast: 0 }),
      times: integer(`past[${i}].times`, times, { atLeast: 1 }),
    }
  })
}

/** The sum of the clipped gradients, by variable, and what there was to see on the way. */
function clippedSums(
  found: PerExample,
  clip: { readonly clipping: Clipping; readonly norm: number },
): { readonly sums: ReadonlyMap<string, tf.Tensor>; readonly diagnostics: StepDiagnostics } {
  const { batchSize } = found
  const squares = new Map([...found.squaredNorms].map(([name, squared]) => [name, squared.dataSync()]))
  const factors = clipFactors(squares, batchSize, clip)
  // Zero times infinity is no number: such an example has to go before the product.
  const sound = factors.unsound.length === 0 ? found : found.without(factors.unsound)
  return {
    sums: sound.weightedSum((variable) => tf.tensor1d(factors.of(variable))),
    diagnostics: Object.freeze({ batchSize, clipped: factors.clipped, unsound: factors.unsound.length }),
  }
}
