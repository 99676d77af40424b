import * as tf from '@tensorflow/tfjs-core'
import type * as layers from '@tensorflow/tfjs-layers'
import type { AnalysisOptions } from '../../src/tfjs/analysis.ts'
import { perExample } from '../../src/tfjs/per-example.ts'

/** A loss over a batch, the same over one of its examples alone, and what it learns. */
export type Problem = {
  readonly batchSize: number
  readonly loss: () => tf.Scalar
  readonly lossOf: (example: number) => tf.Scalar
  readonly variables: readonly tf.Variable[]
  /** The terms of the loss that have no data in them. */
  readonly withoutData?: () => tf.Scalar
  readonly options?: AnalysisOptions
}

export type Errors = {
  readonly norms: number
  readonly clippedSum: number
  readonly withoutData: number
  readonly leaked: number
}

const values = (tensor: tf.Tensor | undefined, size: number): Float64Array =>
  tensor === undefined ? new Float64Array(size) : Float64Array.from(tensor.dataSync())

/** Norms, the sum clipped at the median norm and gradients without data, against a loop over single examples: errors relative to the largest value. */
export function compare({ batchSize, loss, lossOf, variables, withoutData, options }: Problem): Errors {
  const gradientsOf = (f: () => tf.Scalar): Map<string, Float64Array> => {
    const { value, grads } = tf.variableGrads(f, [...variables])
    const found = new Map(variables.map((variable) => [variable.name, values(grads[variable.name], variable.size)]))
    tf.dispose([value, grads])
    return found
  }
  const apart = withoutData === undefined ? new Map<string, Float64Array>() : gradientsOf(withoutData)
  const single = Array.from({ length: batchSize }, (_, i) => {
    const found = gradientsOf(() => lossOf(i))
    for (const [name, gradient] of found)
      apart.get(name)?.forEach((x, j) => {
        gradient[j] = (gradient[j] as number) - x
      })
    return found
  })
  const norms = single.map((one) => Math.sqrt([...one.values()].reduce((sum, g) => sum + g.reduce((s, x) => s + x * x, 0), 0)))
  const clip = norms.toSorted((a, b) => a - b)[batchSize >> 1] as number
  const expected = new Map(
    variables.map(({ name, size }) => {
      const total = new Float64Array(size)
      for (const [i, one] of single.entries()) {
        const factor = Math.min(1, clip / (norms[i] as number))
        for (const [j, x] of one.get(name)?.entries() ?? []) total[j] = (total[j] as number) + x * factor
      }
      return [name, total]
    }),
  )
  const before = tf.memory().numTensors
  let foundNorms: number[] = []
  const foundSum = new Map<string, Float64Array>()
  const foundApart = new Map<string, Float64Array>()
  const { loss: value } = perExample(loss, variables, options ?? {}, (found) => {
    const squares = Array.from({ length: batchSize }, () => 0)
    for (const one of found.squaredNorms.values())
      one.dataSync().forEach((x, i) => {
        squares[i] = (squares[i] as number) + x
      })
    foundNorms = squares.map(Math.sqrt)
    const weights = tf.tensor1d(foundNorms.map((norm) => Math.min(1, clip / norm)))
    const sums = found.weightedSum(() => weights)
    for (const { name, size } of variables) {
      foundSum.set(name, values(sums.get(name), size))
      foundApart.set(name, values(found.withoutData.get(name), size))
    }
    return {}
  })
  value.dispose()
  const leaked = tf.memory().numTensors - before
  // Of all variables together: what is zero in one of them is rounding against the others.
  const flat = (gradients: ReadonlyMap<string, Float64Array>): number[] =>
    variables.flatMap(({ name }) => [...(gradients.get(name) ?? [])])
  return {
    norms: error(foundNorms, norms),
    clippedSum: error(flat(foundSum), flat(expected)),
    withoutData: error(flat(foundApart), flat(apart)),
    leaked,
  }
}

function error(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [difference, size] = [0, 1e-30]
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Math.abs((found[i] as number) - (expected[i] as number)))
    size = Math.max(size, Math.abs(expected[i] as number))
  }
  return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference / size
}

/** What a compiled model does in a step of training, with the closure that it hands to its optimizer. */
export function modelProblem(
  model: layers.LayersModel,
  x: tf.Tensor | tf.Tensor[],
  y: tf.Tensor | tf.Tensor[],
  loss: string | string[] = 'meanSquaredError',
  options: AnalysisOptions = {},
): Problem {
  let latest: (() => tf.Scalar) | undefined
  let variables: readonly tf.Variable[] = []
  class Listener extends tf.Optimizer {
    override minimize(f: () => tf.Scalar, _: boolean, trained: tf.Variable[]): tf.Scalar {
      latest = f
      variables = trained
      return tf.scalar(0)
    }
    override applyGradients(): void {}
    override getConfig(): tf.serialization.ConfigDict {
      return {}
    }
  }
  model.compile({ optimizer: new Listener(), loss })
  const data = [x, y].flat()
  const batchSize = data[0]?.shape[0] as number
  type Inner = { makeTrainFunction: () => (data: tf.Tensor[]) => tf.Scalar[]; model?: Inner; calculateLosses: () => tf.Scalar[] }
  const inner = (model as unknown as Inner).model ?? (model as unknown as Inner)
  const step = (given: tf.Tensor[]): (() => tf.Scalar) => {
    tf.tidy(() => {
      inner.makeTrainFunction()(given)
    })
    return latest as () => tf.Scalar
  }
  const whole = step(data)
  const singles = Array.from({ length: batchSize }, (_, i) => step(data.map((tensor) => tf.slice(tensor, i, 1))))
  const regularised = tf.tidy(() => inner.calculateLosses().length > 0)
  return {
    batchSize,
    loss: whole,
    lossOf: (i) => (singles[i] as () => tf.Scalar)(),
    variables,
    options,
    ...(regularised ? { withoutData: () => tf.addN(inner.calculateLosses()) as tf.Scalar } : {}),
  }
}
