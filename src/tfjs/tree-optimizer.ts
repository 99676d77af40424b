/**
 * DP-FTRL: steps along private prefix sums of clipped gradients, by trees that restart.
 *
 *     weights after t steps of a tree = weights before it - rate (noisy sum of the clipped gradients of its steps 1 to t) / divisor
 *
 * Kairouz, McMahan, Song, Thakkar, Thakurta and Xu 2021 (arXiv 2103.00039). The base optimizer is given the growth of the prefix sum from step to step: for plain SGD that is
 * the formula above, and for any other it is a computation on what was released.
 *
 * *Promise*: no batch needs to be sampled or secret. Each tree is `tree({ noiseMultiplier, steps })` if each example takes part in one of its steps.
 * *Limits*: see tree-sum.ts for its memory. Gradients of terms without data are added to each step.
 *
 * @module
 */

import * as tf from '@tensorflow/tfjs-core'
import { InvalidParameterError } from '../errors.ts'
import { gaussianAdder } from '../random/real-adder.ts'
import type { SourceOptions } from '../random/source-options.ts'
import type { AnalysisOptions } from './analysis.ts'
import type { Clipping } from './clip-factors.ts'
import { clippedSum, empty, plus, type StepDiagnostics } from './clipped-sum.ts'
import { meanOf } from './noise.ts'
import { type TreeSum, treeSum } from './tree-sum.ts'
import { registerWasmKernels } from './wasm-kernels.ts'

/** What a step of training needs of an optimizer. */
export type Stepper = {
  readonly accumulate: (f: () => tf.Scalar, variables: readonly tf.Variable[], options?: { readonly idle?: number }) => number
  readonly step: (variables: readonly tf.Variable[]) => void
  readonly diagnostics: StepDiagnostics | undefined
}

export type TreeOptimizerOptions = {
  readonly l2NormClip: number
  readonly noiseMultiplier: number
  /** What a prefix sum is divided by. */
  readonly divisor: number
  /** The steps of a tree. */
  readonly steps: number
  readonly clipping: Clipping
  readonly analysis: AnalysisOptions
  readonly source: SourceOptions
}

/** Options were checked. */
export function treeOptimizer(base: tf.Optimizer, given: TreeOptimizerOptions): Stepper {
  const { l2NormClip: norm, noiseMultiplier, divisor, steps, clipping, analysis, source } = given
  if (typeof clipping === 'object' && 'adaptive' in clipping) {
    throw new InvalidParameterError('clipping', 'other than adaptive by a tree: its nodes sum over steps, of one norm', clipping)
  }
  registerWasmKernels()
  const stddev = norm * noiseMultiplier
  const adder = gaussianAdder({ stddev, ...source })
  let trees = new Map<string, { readonly tree: TreeSum; before: Float64Array }>()
  let done = 0
  let gathered = empty
  let diagnostics: StepDiagnostics | undefined

  /** How the prefix sum of a variable has grown. */
  const growth = ({ name, size }: tf.Variable): Float32Array => {
    const known = trees.get(name) ?? { tree: treeSum(adder), before: new Float64Array(size) }
    trees.set(name, known)
    const now = known.tree.add(gathered.sums.get(name) ?? new Float64Array(size))
    const grown = Float32Array.from(now, (value, i) => value - (known.before[i] as number))
    known.before = now
    return grown
  }

  return {
    accumulate: (f, variables, { idle = 0 } = {}) => {
      const { loss, ...found } = clippedSum(f, variables, { clipping, norm, analysis, idle })
      gathered = plus(gathered, found)
      const [value] = loss.dataSync()
      loss.dispose()
      return value as number
    },
    step: (variables) => {
      if (done % steps === 0) trees = new Map()
      const gradients = meanOf(variables, growth, { divisor, withoutData: gathered.withoutData })
      diagnostics = gathered.diagnostics
      gathered = empty
      done++
      base.applyGradients(gradients)
      tf.dispose(gradients)
    },
    get diagnostics() {
      return diagnostics
    },
  }
}
