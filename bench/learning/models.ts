/**
 * The models that both sides train on the digits, as small as they come: Glorot's uniform initialisation, biases 0. reference.py has
 * the same in torch.
 */
import * as tl from '@tensorflow/tfjs-layers'

const { layers: l } = tl

export type ModelName = 'mlp' | 'cnn'

/** The shape of an image that a model takes. */
export const imageShape: Readonly<Record<ModelName, readonly number[]>> = { mlp: [64], cnn: [8, 8, 1] }

export const models: Readonly<Record<ModelName, (seed: number) => tl.Sequential>> = {
  mlp: (seed) =>
    tl.sequential({
      layers: [
        l.dense({ units: 32, activation: 'relu', inputShape: [64], kernelInitializer: glorot(seed, 1) }),
        l.dense({ units: 10, activation: 'softmax', kernelInitializer: glorot(seed, 2) }),
      ],
    }),
  cnn: (seed) =>
    tl.sequential({
      layers: [
        l.conv2d({ ...convolution, filters: 8, inputShape: [8, 8, 1], kernelInitializer: glorot(seed, 1) }),
        l.maxPooling2d({ poolSize: 2, strides: 2 }),
        l.conv2d({ ...convolution, filters: 16, kernelInitializer: glorot(seed, 2) }),
        l.maxPooling2d({ poolSize: 2, strides: 2 }),
        l.flatten(),
        l.dense({ units: 10, activation: 'softmax', kernelInitializer: glorot(seed, 3) }),
      ],
    }),
}

const convolution = { kernelSize: 3, padding: 'same', activation: 'relu' } as const

const glorot = (seed: number, layer: number): ReturnType<typeof tl.initializers.glorotUniform> =>
  tl.initializers.glorotUniform({ seed: 100 * seed + layer })
