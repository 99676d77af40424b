import '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-wasm'
import { withoutArena } from '../../src/tfjs/host/arena.ts'
import { registerWasmKernels } from '../../src/tfjs/wasm-kernels.ts'

export { tensors } from './tensors.ts'

/** Makes a backend the current one. */
export async function useBackend(name: 'cpu' | 'wasm'): Promise<void> {
  await tf.setBackend(name)
  await tf.ready()
}

/** A backend, with the SIMD kernels of this package or without. */
export type Variant = readonly [backend: 'cpu' | 'wasm', kernels: 'with' | 'without']

export const variants: readonly Variant[] = [
  ['cpu', 'with'],
  ['cpu', 'without'],
  ['wasm', 'with'],
  ['wasm', 'without'],
]

/** Makes it the current one; wasm gets the kernels that training needs. */
export async function useVariant([backend, kernels]: Variant): Promise<void> {
  await useBackend(backend)
  registerWasmKernels()
  withoutArena(kernels === 'without')
}
