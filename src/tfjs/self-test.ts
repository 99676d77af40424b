/**
 * Whether, in numbers, a model's gradients by example are what they should be, on the backend at hand.
 *
 *     together    each example's gradient, from one pass over all, against tfjs's own from a pass over that example alone
 *     apart       with one example exchanged for another, the gradients of all others stay as they were
 *
 * What the analysis promises rests on kernels that do what they say, on layers and losses of one's own that it could not see through, and on a backend's
 * arithmetic. A kernel whose gradient mixes examples passes the analysis and fails here.
 *
 * *Promise*: differences are relative to the largest gradient of an example. Nothing learns; a compiled model is given back as it was.
 * *Limits*: a test of one batch, not a proof: take some examples that differ. Every example costs three passes. A loss that is random (dropout) can't be compared: set its rates to 0 for the test.
 *
 * @module
 */

import * as tf from '@tensorflow/tfjs-core'
import { InvalidParameterError } from '../errors.ts'
import { number, options, orElse } from '../guard.ts'
import type { AnalysisOptions } from './analysis.ts'
import { perExample } from './per-example.ts'
import { type Examples, readData, type TrainingData } from './train/data.ts'
import { type Loss, type Program, programOf, type Trainable } from './train/program.ts'

export type SelfTestOptions = Pick<AnalysisOptions, 'constants' | 'reduction'> & {
  /** That of the compiled model unless given. */
  readonly loss?: Loss | undefined
  /** The largest difference that passes, relative to the largest gradient; 1e-3 unless given. */
  readonly tolerance?: number | undefined
}

export type SelfTestFinding = {
  readonly test: 'together' | 'apart' | 'random'
  /** The variable that differs most. */
  readonly variable?: string
  /** The example whose gradient it is. */
  readonly example?: number
  readonly problem: string
}

export type SelfTestReport = {
  readonly ok: boolean
  readonly examples: number
  /** The largest differences; NaN where there was nothing to compare. */
  readonly together: number
  readonly apart: number
  readonly findings: readonly SelfTestFinding[]
}

/** A gradient by variable. */
type Gradient = ReadonlyMap<string, Float32Array>

/** Puts a model, or `{ variables, loss(x, y) }`, to the test on a batch of at least two examples. */
export async function selfTest(model: Trainable, batch: TrainingData, given: SelfTestOptions = {}): Promise<SelfTestReport> {
  const known = options('options', given, ['loss', 'tolerance', 'constants', 'reduction'])
  const tolerance = number('tolerance', orElse(known['tolerance'], 1e-3), { above: 0 })
  const examples = readData(batch)
  const { count } = examples
  if (count < 2) throw new InvalidParameterError('batch', 'of two examples at least', batch)
  const idle = tf.train.sgd(0)
  const program = programOf(model, { optimizer: idle, loss: given.loss })
  const analysis = { constants: given.constants, reduction: given.reduction }
  const together = (numbers: Int32Array): Promise<readonly Gradient[]> => byExample(program, examples, numbers, analysis)
  try {
    const all = Int32Array.from({ length: count }, (_, i) => i)
    const gradients = await together(all)
    const again = await together(all)
    const size = Math.max(Number.MIN_VALUE, ...gradients.map(norm))
    const shaky = worst(gradients, again, size)
    if (shaky.difference > tolerance) {
      const problem = 'the loss is random: set the rates of dropout and noise to 0 for the test'
      return report(count, { together: Number.NaN, apart: Number.NaN }, [{ test: 'random', variable: shaky.variable, problem }])
    }
    const withoutData = await stock(program, examples, all, 'without data', analysis)
    const single: Gradient[] = []
    for (const i of all) single.push(minus(await stock(program, examples, Int32Array.of(i), 'whole', analysis), withoutData))
    const togetherWorst = worst(gradients, single, size)
    let apartWorst: Worst = { difference: 0, variable: '', example: 0 }
    for (const i of all) {
      const exchanged = await together(all.map((number) => (number === i ? (i + 1) % count : number)))
      const others = all.filter((number) => number !== i)
      const found = worst(pick(gradients, others), pick(exchanged, others), size)
      if (!(found.difference <= apartWorst.difference)) apartWorst = { ...found, example: others[found.example] as number }
    }
    const findings: SelfTestFinding[] = []
    const check = (test: 'together' | 'apart', { difference, variable, example }: Worst, what: string): void => {
      if (difference <= tolerance) return
      const problem = `the gradient of example ${example} ${what}, by ${difference.toPrecision(2)} of the largest`
      findings.push({ test, variable, example, problem })
    }
    check('together', togetherWorst, 'differs from what it is alone')
    check('apart', apartWorst, 'changes with another example')
    return report(count, { together: togetherWorst.difference, apart: apartWorst.difference }, findings)
  } finally {
    program.end()
    idle.dispose()
  }
}

const report = (
  examples: number,
  differences: Pick<SelfTestReport, 'together' | 'apart'>,
  findings: readonly SelfTestFinding[],
): SelfTestReport =>
  Object.freeze({
    ok: findings.length === 0,
    examples,
    ...differences,
    findings: Object.freeze(findings.map((one) => Object.freeze(one))),
  })

/** Each example's gradient, from one pass. */
async function byExample(
  program: Program,
  examples: Examples,
  numbers: Int32Array,
  analysis: AnalysisOptions,
): Promise<readonly Gradient[]> {
  let found: readonly Gradient[] = []
  await onBatch(program, examples, numbers, (f, variables) => {
    const { loss } = perExample(f, variables, analysis, ({ batchSize, weightedSum }) => {
      found = Array.from({ length: batchSize }, (_, i) => {
        const one = tf.tensor1d(Float32Array.from({ length: batchSize }, (_, j) => (i === j ? 1 : 0)))
        return onHost(
          variables,
          weightedSum(() => one),
        )
      })
      return {}
    })
    loss.dispose()
  })
  return found
}

/** The gradient that tfjs itself computes, or the part of it that has no data in it. */
async function stock(
  program: Program,
  examples: Examples,
  numbers: Int32Array,
  part: 'whole' | 'without data',
  analysis: AnalysisOptions,
): Promise<Gradient> {
  let found: Gradient = new Map()
  await onBatch(program, examples, numbers, (f, variables) => {
    if (part === 'whole') {
      const { value, grads } = tf.variableGrads(f, [...variables])
      found = onHost(variables, new Map(Object.entries(grads)))
      tf.dispose([value, grads])
      return
    }
    const { loss } = perExample(f, variables, analysis, ({ withoutData }) => {
      found = onHost(variables, withoutData)
      return {}
    })
    loss.dispose()
  })
  return found
}

async function onBatch(
  program: Program,
  examples: Examples,
  numbers: Int32Array,
  use: (f: () => tf.Scalar, variables: readonly tf.Variable[]) => void,
): Promise<void> {
  const batch = examples.batch(numbers)
  try {
    await program.run(batch, (f, variables) => {
      use(f, variables)
      return 0
    })
  } finally {
    tf.dispose(batch)
  }
}

const onHost = (variables: readonly tf.Variable[], gradients: ReadonlyMap<string, tf.Tensor>): Gradient =>
  new Map(variables.map(({ name, size }) => [name, Float32Array.from(gradients.get(name)?.dataSync() ?? new Float32Array(size))]))

const norm = (gradient: Gradient): number =>
  Math.sqrt([...gradient.values()].reduce((sum, part) => sum + part.reduce((s, x) => s + x * x, 0), 0))

const minus = (a: Gradient, b: Gradient): Gradient =>
  new Map([...a].map(([name, values]) => [name, values.map((x, i) => x - (b.get(name)?.[i] ?? 0))]))

const pick = (gradients: readonly Gradient[], numbers: Int32Array): readonly Gradient[] =>
  [...numbers].map((i) => gradients[i] as Gradient)

type Worst = { readonly difference: number; readonly variable: string; readonly example: number }

/** Where gradients by example differ most; a difference that is no number counts as infinite. */
function worst(a: readonly Gradient[], b: readonly Gradient[], size: number): Worst {
  let found: Worst = { difference: 0, variable: '', example: 0 }
  for (const [example, gradient] of a.entries()) {
    for (const [variable, values] of minus(gradient, b[example] as Gradient)) {
      const length = Math.sqrt(values.reduce((sum, x) => sum + x * x, 0)) / size
      const difference = Number.isNaN(length) ? Number.POSITIVE_INFINITY : length
      if (difference > found.difference) found = { difference, variable, example }
    }
  }
  return found
}
