/**
 * What this room reads of tfjs beyond its public types: the tape of its engine.
 *
 * The fields are those of tfjs-core 4.0 to 4.22, unchanged since 2020; `engineInternals` refuses an engine that lacks them rather than
 * train on a guess.
 *
 * @module
 */

import * as tf from '@tensorflow/tfjs-core'
import { UnsupportedModelError } from '../errors.ts'

export type Attributes = Readonly<Record<string, unknown>>

/** One kernel call, as the engine writes it down while it differentiates. */
export type RawNode = {
  readonly id: number
  readonly kernelName: string
  readonly inputs: Readonly<Record<string, tf.Tensor>>
  readonly outputs: readonly tf.Tensor[]
  readonly saved: readonly tf.Tensor[] | null
  readonly gradient?: (dys: readonly (tf.Tensor | null)[]) => Readonly<Record<string, () => tf.Tensor>>
}

export type EngineInternals = {
  readonly state: {
    activeTape: RawNode[] | null
    gradientDepth: number
    readonly kernelDepth: number
    readonly registeredVariables: Readonly<Record<string, tf.Variable>>
  }
  runKernel: (name: string, inputs: unknown, attributes?: unknown) => tf.Tensor | tf.Tensor[]
  readSync: (dataId: object) => tf.BackendValues
}

/** The engine, with its tape. */
export function engineInternals(): EngineInternals {
  const engine = tf.engine() as unknown as EngineInternals
  const { state, runKernel, readSync } = engine
  if (
    typeof runKernel !== 'function' ||
    typeof readSync !== 'function' ||
    typeof state?.gradientDepth !== 'number' ||
    typeof state.kernelDepth !== 'number' ||
    typeof state.registeredVariables !== 'object'
  ) {
    throw new UnsupportedModelError({
      reason: `the engine of tfjs ${tf.version_core} has no tape that is known here (4.0 to 4.22 do)`,
    })
  }
  return engine
}

/** Ids grow: tensors made from now on have this one or a larger. */
export function nextTensorId(): number {
  const probe = tf.scalar(0)
  probe.dispose()
  return probe.id + 1
}
