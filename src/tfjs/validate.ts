/**
 * What stands in the way of training a model privately, told before a step is made.
 *
 *     validate(model) // [ { severity: 'error', layer: 'bn', kind: 'BatchNormalization', problem: ..., remedy: ... } ]
 *
 * *Promise*: this is advice, and nothing depends on it: a step that can't tell examples apart is refused, whatever was said here.
 * *Limits*: it looks at layers by their kind. Of the code of a layer or a loss of one's own it knows nothing: see `selfTest`.
 *
 * @module
 */

import type { LayersModel } from '@tensorflow/tfjs-layers'
import { type LayerLike, layersOf, learnedSinceCompiled } from './layers.ts'

export type Finding = {
  /** An error is refused in training; a warning is worth a look. */
  readonly severity: 'error' | 'warning'
  readonly layer: string
  /** Its class. */
  readonly kind: string
  readonly problem: string
  readonly remedy: string
}

/** Layers whose gradients by example are held against a loop over single examples, and random ones that treat each number by itself. */
const known = new Set([
  ...['InputLayer', 'Dense', 'Activation', 'Flatten', 'Reshape', 'Permute', 'RepeatVector', 'Masking', 'Embedding'],
  ...['Conv1D', 'Conv2D', 'Conv3D', 'Conv2DTranspose', 'DepthwiseConv2D', 'SeparableConv2D', 'ConvLSTM2D', 'ConvLSTM2DCell'],
  ...['SimpleRNN', 'SimpleRNNCell', 'GRU', 'GRUCell', 'LSTM', 'LSTMCell', 'RNN', 'StackedRNNCells'],
  ...['Add', 'Average', 'Concatenate', 'Dot', 'Maximum', 'Minimum', 'Multiply'],
  ...['ReLU', 'LeakyReLU', 'PReLU', 'ELU', 'Softmax', 'LayerNormalization'],
  ...['Dropout', 'SpatialDropout1D', 'GaussianDropout', 'GaussianNoise', 'AlphaDropout'],
  ...['AveragePooling1D', 'AveragePooling2D', 'MaxPooling1D', 'MaxPooling2D'],
  ...['GlobalAveragePooling1D', 'GlobalAveragePooling2D', 'GlobalMaxPooling1D', 'GlobalMaxPooling2D'],
  ...['Cropping2D', 'ZeroPadding2D', 'UpSampling2D'],
])

/** All that is to be said of a model. */
export function validate(model: LayersModel): readonly Finding[] {
  return Object.freeze([...layersOf(model).flatMap(ofLayer), ...sinceCompiled(model)])
}

function ofLayer(layer: LayerLike): readonly Finding[] {
  const kind = layer.getClassName()
  const finding = (severity: Finding['severity'], problem: string, remedy: string): readonly Finding[] => [
    Object.freeze({ severity, layer: layer.name, kind, problem, remedy }),
  ]
  if (kind === 'BatchNormalization') {
    return finding(
      'error',
      'normalises each example by the statistics of its batch, and writes them down, even where it is frozen',
      'put a LayerNormalization in its place: fix(model) does',
    )
  }
  if (layer.stateful === true) {
    return finding(
      'error',
      'carries the state of one batch into the next: examples are not separate',
      'build it with stateful: false',
    )
  }
  if (!known.has(kind)) {
    return finding(
      'warning',
      'is of a kind that is not tested here; what it computes is checked step by step, and refused where examples mix',
      'run selfTest(model, batch) before training',
    )
  }
  return []
}

/** Layers that were released after the model was compiled, which does nothing in tfjs; freezing them then does what it should. */
function sinceCompiled(model: LayersModel): readonly Finding[] {
  const compiled = learnedSinceCompiled(model)
  if (compiled === undefined) return []
  const then = new Set(compiled.map(({ id }) => id))
  const now = new Set((model as unknown as { trainableWeights: readonly { id: number }[] }).trainableWeights.map(({ id }) => id))
  return layersOf(model).flatMap((layer) => {
    const weights = (layer as unknown as { readonly weights: readonly { readonly id: number }[] }).weights
    if (!weights.some(({ id }) => !then.has(id) && now.has(id))) return []
    const finding: Finding = {
      severity: 'warning',
      layer: layer.name,
      kind: layer.getClassName(),
      problem: 'was released after the model was compiled: it does not learn',
      remedy: 'compile the model again',
    }
    return [Object.freeze(finding)]
  })
}
