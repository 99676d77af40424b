/**
 * What can be seen of a model of tfjs-layers without importing it: its layers, those within wrappers and within other models too.
 *
 * @module
 */

import type * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import { InvalidParameterError } from '../errors.ts'

/** A layer, by structure. */
export type LayerLike = {
  readonly name: string
  readonly trainable: boolean
  readonly stateful?: boolean
  readonly getClassName: () => string
  readonly getWeights: (trainableOnly?: boolean) => tf.Tensor[]
  readonly setWeights: (weights: tf.Tensor[]) => void
}

type Inner = {
  readonly layers?: readonly LayerLike[]
  readonly layer?: LayerLike
  readonly forwardLayer?: LayerLike
  readonly backwardLayer?: LayerLike
}

/** All layers that are none of the wrappers and models that hold them, in the model's order. */
export function layersOf(model: LayersModel): readonly LayerLike[] {
  if (!Array.isArray((model as Partial<LayersModel> | null | undefined)?.layers)) {
    throw new InvalidParameterError('model', 'a model of tfjs-layers', model)
  }
  const found = new Set<LayerLike>()
  const collect = (layer: LayerLike): void => {
    const { layers, layer: wrapped, forwardLayer, backwardLayer } = layer as Inner
    const inside = layers ?? [wrapped, forwardLayer, backwardLayer].filter((one) => one !== undefined)
    if (inside.length === 0) found.add(layer)
    for (const one of inside) collect(one)
  }
  for (const layer of model.layers as unknown as readonly LayerLike[]) collect(layer)
  return [...found]
}

/** What a compiled model hands to its optimizer, as it was when it was compiled; undefined of a model that was not. */
export function learnedSinceCompiled(model: LayersModel): readonly { readonly id: number; readonly name: string }[] | undefined {
  type Compiled = {
    readonly collectedTrainableWeights?: readonly { readonly id: number; readonly name: string }[]
    readonly model?: Compiled
  }
  const compiled = model as unknown as Compiled
  return (compiled.model ?? compiled).collectedTrainableWeights
}
