/**
 * DP-SGD for TensorFlow.js.
 *
 * @module
 */

export { type PrivacyCallback, type PrivacyCallbackOptions, privacyCallback } from './callback.ts'
export type { AdaptiveClipping, Clipping } from './clip-factors.ts'
export type { StepDiagnostics } from './clipped-sum.ts'
export {
  DpOptimizer,
  type DpOptimizerOptions,
  dpOptimizer,
  type Schedule,
  type Steps,
} from './dp-optimizer.ts'
export { fix } from './fix.ts'
export { type SelfTestFinding, type SelfTestOptions, type SelfTestReport, selfTest } from './self-test.ts'
export type { Checkpoint, SavedTensor } from './train/checkpoint.ts'
export type { Table, Tables, TrainingData } from './train/data.ts'
export type { Mechanism, Noise, TrainOptions } from './train/options.ts'
export type { LossProgram, Trainable } from './train/program.ts'
export type { TrainingStep } from './train/progress.ts'
export { type TrainingReport, trainPrivately } from './train/train-privately.ts'
export { type Finding, validate } from './validate.ts'
export { registerWasmKernels } from './wasm-kernels.ts'
