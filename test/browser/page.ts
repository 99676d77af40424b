import '@tensorflow/tfjs-backend-cpu'
import '@tensorflow/tfjs-backend-webgl'
// What the union package does for everyone: methods of tensors, which layers call.
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js'
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
import * as tf from '@tensorflow/tfjs-core'
import * as tl from '@tensorflow/tfjs-layers'
import { arena } from '../../src/tfjs/host/arena.ts'
import { registerWasmKernels } from '../../src/tfjs/wasm-kernels.ts'
import { compare, type Errors, modelProblem } from '../tfjs/brute-force.ts'
import { tensors } from '../tfjs/tensors.ts'

const { layers: l } = tl

/** What a page reports of each model. */
export type Report = { readonly backend: string; readonly kernels: boolean; readonly errors: Readonly<Record<string, Errors>> }

const models = (): Record<string, () => Errors> => {
  const { normal, integers, oneHot } = tensors(41)
  const chain = (...layers: tl.layers.Layer[]): tl.LayersModel => tl.sequential({ layers })
  const softmax = (): tl.layers.Layer => l.dense({ units: 3, activation: 'softmax' })
  const classes = 'categoricalCrossentropy'
  return {
    mlp: () =>
      compare(
        modelProblem(
          chain(l.dense({ units: 8, inputShape: [6], activation: 'relu' }), softmax()),
          normal(7, 6),
          oneHot(7, 3),
          classes,
        ),
      ),
    cnn: () =>
      compare(
        modelProblem(
          chain(
            l.conv2d({ filters: 3, kernelSize: 3, inputShape: [8, 8, 1], activation: 'relu' }),
            l.maxPooling2d({ poolSize: 2 }),
            l.conv2d({ filters: 4, kernelSize: 2, activation: 'tanh' }),
            l.flatten(),
            softmax(),
          ),
          normal(5, 8, 8, 1),
          oneHot(5, 3),
          classes,
        ),
      ),
    lstm: () =>
      compare(
        modelProblem(
          chain(l.embedding({ inputDim: 9, outputDim: 4, inputLength: 5 }), l.lstm({ units: 4 }), softmax()),
          integers(9, 5, 5),
          oneHot(5, 3),
          classes,
        ),
      ),
    depthwise: () =>
      compare(
        modelProblem(
          chain(l.depthwiseConv2d({ kernelSize: 3, inputShape: [6, 6, 2] }), l.flatten(), l.dense({ units: 2 })),
          normal(4, 6, 6, 2),
          normal(4, 2),
        ),
      ),
    upsampling: () =>
      compare(
        modelProblem(
          chain(
            l.conv2d({ filters: 2, kernelSize: 2, inputShape: [4, 4, 1] }),
            l.upSampling2d({ size: [2, 2] }),
            l.conv2d({ filters: 1, kernelSize: 2 }),
            l.flatten(),
            l.dense({ units: 2 }),
          ),
          normal(4, 4, 4, 1),
          normal(4, 2),
        ),
      ),
    normalised: () =>
      compare(
        modelProblem(
          chain(
            l.dense({ units: 6, inputShape: [5] }),
            l.layerNormalization(),
            l.prelu(),
            l.dense({ units: 2, kernelRegularizer: 'l1l2' }),
          ),
          normal(6, 5),
          normal(6, 2),
        ),
      ),
  }
}

async function run(backend: string): Promise<Report> {
  setWasmPaths('/wasm/')
  if (!(await tf.setBackend(backend))) throw new Error(`no ${backend} here`)
  await tf.ready()
  registerWasmKernels()
  const errors: Record<string, Errors> = {}
  for (const [name, model] of Object.entries(models())) errors[name] = model()
  return { backend: tf.getBackend(), kernels: arena() !== undefined, errors }
}

/** A step on a device whose textures have 16 bits, as tfjs sees it. */
async function halfPrecision(): Promise<void> {
  tf.env().set('WEBGL_RENDER_FLOAT32_ENABLED', false)
  await tf.setBackend('webgl')
  Object.values(models())[0]?.()
}

Object.assign(globalThis, { run, halfPrecision })
