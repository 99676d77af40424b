/**
 * A model that can be trained privately in place of one that can't: LayerNormalization for BatchNormalization.
 *
 * A batch's statistics are of all its examples; those of a layer's own output, along the same axis, are of one. Scale and offset are kept (and learned where there were none), and so are all other weights.
 *
 * *Promise*: the model that was given is left as it is. Whatever else stands in the way is refused by the layer's name.
 * *Limits*: normalisation along an axis is not normalisation over a batch: a model that was trained with the one has to be trained on with the other. The new
 * model is not compiled.
 *
 * @module
 */

import type * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import { UnsupportedModelError } from '../errors.ts'
import { type LayerLike, layersOf } from './layers.ts'
import { validate } from './validate.ts'

/** The same model, with layers of a kind that keeps examples apart; the model itself where there is nothing to do. */
export function fix(model: LayersModel): LayersModel {
  const errors = validate(model).filter(({ severity }) => severity === 'error')
  const other = errors.find(({ kind }) => kind !== 'BatchNormalization')
  if (other !== undefined) {
    const { kind, layer, problem, remedy } = other
    throw new UnsupportedModelError({ reason: `the ${kind} layer "${layer}" ${problem}: ${remedy}` })
  }
  if (errors.length === 0) return model
  const config = replaced(JSON.parse(JSON.stringify(model.getConfig())))
  const made = rebuilt(model, config)
  const theirs = layersOf(made)
  for (const [i, layer] of layersOf(model).entries()) {
    const copy = theirs[i] as LayerLike
    const isReplaced = layer.getClassName() === 'BatchNormalization'
    copy.setWeights(isReplaced ? scaleAndOffset(layer, copy) : layer.getWeights())
  }
  return made
}

type Buildable = { readonly fromConfig: (cls: unknown, config: unknown) => LayersModel }

function rebuilt(model: LayersModel, config: unknown): LayersModel {
  const construct = model.constructor as unknown as Buildable
  try {
    return construct.fromConfig(construct, config)
  } catch (cause) {
    const names = validate(model).map(({ layer }) => `"${layer}"`)
    const why = cause instanceof Error ? `: ${cause.message}` : ''
    throw new UnsupportedModelError({
      reason: `the model around ${names.join(', ')} can't be built again from its configuration${why}`,
    })
  }
}

/** The configuration of a batch normalisation, wherever it is found, as that of a layer normalisation. */
function replaced(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(replaced)
  if (typeof part !== 'object' || part === null) return part
  const { className, config, ...rest } = part as Record<string, unknown>
  if (className !== 'BatchNormalization') {
    return Object.fromEntries(Object.entries(part).map(([name, value]) => [name, replaced(value)]))
  }
  const kept = ['name', 'trainable', 'batchInputShape', 'dtype', 'axis', 'epsilon']
  const learned = ['betaInitializer', 'gammaInitializer', 'betaRegularizer', 'gammaRegularizer']
  const given = Object.entries(config as object).filter(([name]) => [...kept, ...learned].includes(name))
  // That of tfjs 4.22 fails without either.
  return { className: 'LayerNormalization', config: { ...Object.fromEntries(given), center: true, scale: true }, ...rest }
}

/** Those of the old layer, where it had them; its other weights are statistics of batches. */
function scaleAndOffset(old: LayerLike, made: LayerLike): tf.Tensor[] {
  const { scale, center } = old as unknown as { readonly scale: boolean; readonly center: boolean }
  const own = old.getWeights()
  const [gamma, beta] = made.getWeights() as [tf.Tensor, tf.Tensor]
  return [scale ? (own[0] as tf.Tensor) : gamma, center ? (own[scale ? 1 : 0] as tf.Tensor) : beta]
}
