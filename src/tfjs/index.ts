/**
 * DP-SGD for TensorFlow.js.
 *
 * @module
 */

export type { Clipping } from './clip-factors.ts'
export {
  DpOptimizer,
  type DpOptimizerOptions,
  dpOptimizer,
  type Schedule,
  type StepDiagnostics,
  type Steps,
} from './dp-optimizer.ts'
export { registerWasmKernels } from './wasm-kernels.ts'
