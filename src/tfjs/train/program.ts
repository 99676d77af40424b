/**
 * What is trained: a model of tfjs-layers, known by its methods, or a loss written as a function.
 *
 * A model hands the closure of its loss to its optimizer; so it is compiled with one that only listens, and with its own again when training has ended.
 *
 * @module
 */

import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import { InvalidParameterError } from '../../errors.ts'
import { array, options } from '../../guard.ts'
import { DpOptimizer } from '../dp-optimizer.ts'
import type { Batch } from './data.ts'

/** A program without layers: what it learns, and the mean of its losses over a batch. */
export type LossProgram = {
  readonly variables: readonly tf.Variable[]
  // biome-ignore lint/suspicious/noExplicitAny: a batch has the structure of the data, which the caller knows.
  readonly loss: (x: any, y: any) => tf.Scalar
}

export type Trainable = LayersModel | LossProgram

/** A loss by name or as a function, or one for each output; as `model.compile` takes it. */
export type Loss = Parameters<LayersModel['compile']>[0]['loss']

export type Program = {
  /** What learns. */
  readonly variables: readonly tf.Variable[]
  /** All that a checkpoint has to hold. */
  readonly weights: readonly tf.Variable[]
  readonly optimizer: tf.Optimizer
  /** Computes the loss of a batch in a way that `take` gets hold of it. */
  readonly run: (batch: { readonly x: Batch; readonly y: Batch }, take: Take) => Promise<void>
  /** Leaves the model as it was, but for what it has learned. */
  readonly end: () => void
}

export type Take = (loss: () => tf.Scalar, variables: readonly tf.Variable[]) => number

/** Gives what it is asked to minimise to whoever listens. */
class Listener extends tf.Optimizer {
  take: Take | undefined

  override minimize(f: () => tf.Scalar, _returnCost?: boolean, variables?: tf.Variable[]): tf.Scalar {
    return tf.scalar((this.take as Take)(f, variables as tf.Variable[]))
  }
  override applyGradients(): void {
    throw new InvalidParameterError('model', 'trained by nobody else meanwhile', undefined)
  }
  override getConfig(): tf.serialization.ConfigDict {
    return {}
  }
}

/** The program of a model or of a function. */
export function programOf(given: unknown, asked: { readonly optimizer: unknown; readonly loss: unknown }): Program {
  if (isModel(given)) return ofModel(given, asked)
  const { variables, loss } = options('model', given, ['variables', 'loss'])
  const learned = array('model.variables', variables, 1)
  for (const [i, variable] of learned.entries()) {
    if (!(variable instanceof tf.Variable)) throw new InvalidParameterError(`model.variables[${i}]`, 'a tf.variable', variable)
  }
  if (typeof loss !== 'function') throw new InvalidParameterError('model.loss', 'a function of a batch (x, y)', loss)
  if (asked.loss !== undefined) throw new InvalidParameterError('loss', 'left out where the model is a function', asked.loss)
  const weights = learned as readonly tf.Variable[]
  const trainable = weights.filter((variable) => variable.trainable)
  return {
    variables: trainable,
    weights,
    optimizer: readOptimizer(asked.optimizer),
    run: async ({ x, y }, take) => {
      take(() => (loss as LossProgram['loss'])(x, y), trainable)
    },
    end: () => {},
  }
}

const isModel = (given: unknown): given is LayersModel => {
  const model = given as Partial<LayersModel> | null | undefined
  return (
    typeof model?.compile === 'function' && typeof model.trainOnBatch === 'function' && typeof model.getWeights === 'function'
  )
}

function ofModel(model: LayersModel, asked: { readonly optimizer: unknown; readonly loss: unknown }): Program {
  const optimizer = readOptimizer(asked.optimizer ?? model.optimizer)
  const loss = (asked.loss ?? model.loss) as Loss | undefined
  if (loss === undefined) throw new InvalidParameterError('loss', 'given for a model that was not compiled', undefined)
  const { metrics } = model
  // What a model was not compiled with before it keeps.
  const [optimizerBefore, lossBefore] = [model.optimizer ?? optimizer, (model.loss as Loss | undefined) ?? loss]
  const listener = new Listener()
  model.compile({ optimizer: listener, loss })
  return {
    // Of a model that was compiled just now these are what its optimizer will be handed.
    variables: model.getWeights(true) as tf.Variable[],
    weights: model.getWeights() as tf.Variable[],
    optimizer,
    run: async ({ x, y }, take) => {
      listener.take = take
      await model.trainOnBatch(x as tf.Tensor, y as tf.Tensor)
    },
    end: () =>
      model.compile({
        optimizer: optimizerBefore,
        loss: lossBefore,
        ...(metrics === undefined || metrics === null ? {} : { metrics }),
      }),
  }
}

function readOptimizer(given: unknown): tf.Optimizer {
  if (given instanceof tf.Optimizer && !DpOptimizer.is(given)) return given
  throw new InvalidParameterError(
    'optimizer',
    'a plain optimizer of TensorFlow.js: noise and clipping are added to it here',
    given,
  )
}
