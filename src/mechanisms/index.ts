/**
 * Mechanisms: a value in, a private value of the same type out, with the event, the guarantee and the error known beforehand.
 *
 * @module
 */

export {
  type DiscreteGaussianMechanism,
  type DiscreteGaussianMechanismOptions,
  type DiscreteGaussianVectorMechanism,
  type DiscreteGaussianVectorOptions,
  discreteGaussian,
} from './discrete-gaussian.ts'
export { type DiscreteLaplaceMechanism, type DiscreteLaplaceMechanismOptions, discreteLaplace } from './discrete-laplace.ts'
export { type SkellamMechanism, type SkellamOptions, skellam } from './distributed/skellam.ts'
export { type GaussianMechanism, type GaussianMechanismOptions, gaussian } from './gaussian.ts'
export { type LaplaceMechanism, type LaplaceMechanismOptions, laplace } from './laplace.ts'
export * from './local/index.ts'
export type { ErrorOptions, Guarantee, Mechanism, NoiseError } from './mechanism.ts'
export {
  type RandomizedResponse,
  type RandomizedResponseOptions,
  type ReleaseAnswer,
  randomizedResponse,
  type ShareEstimate,
} from './randomized-response.ts'
export type { Releasable, Release, Released } from './release.ts'
export {
  type Measured,
  type ProposeTestRelease,
  type ProposeTestReleaseError,
  type ProposeTestReleaseOptions,
  proposeTestRelease,
} from './robust/propose-test-release.ts'
export { type SmoothMedianOptions, smoothMedian } from './robust/smooth-median.ts'
export {
  type SmoothSensitivityMechanism,
  type SmoothSensitivityOptions,
  smoothSensitivity,
} from './robust/smooth-sensitivity.ts'
export { type NoisyMax, type NoisyMaxOptions, noisyMax } from './selection/noisy-max.ts'
export {
  type AboveThresholdOptions,
  aboveThreshold,
  type SparseVector,
  type SparseVectorOptions,
  type SparseVectorSession,
  sparseVector,
  type ThresholdError,
  type Verdict,
} from './selection/sparse-vector.ts'
export { type TopK, type TopKOptions, topK } from './selection/top-k.ts'
export {
  exponential,
  permuteAndFlip,
  type Scores,
  type SelectIndex,
  type Selection,
  type SelectionError,
  type SelectionErrorOptions,
  type SelectionOptions,
} from './selection.ts'
export { type StaircaseMechanism, type StaircaseOptions, staircase } from './shapes/staircase.ts'
export {
  type TruncatedLaplaceMechanism,
  type TruncatedLaplaceOptions,
  truncatedLaplace,
} from './shapes/truncated-laplace.ts'
export {
  type TreeCounter,
  type TreeCounterOptions,
  type TreeCounterSession,
  treeCounter,
} from './streams/tree-counter.ts'
