/**
 * The front door of indistinct: differential privacy whose claims hold, floating point included.
 *
 * @module
 */

export {
  type AdaptiveClipOptions,
  type AdaptiveClipper,
  type AdaptiveRound,
  adaptiveClip,
  type Clip,
  clipL1,
  clipL2,
  clipLinf,
  type L1Clipper,
  type L2Clipper,
  type LayersClipper,
  type LinfClipper,
  l1Norm,
  l2Norm,
  linfNorm,
  perGroup,
  perLayer,
  type SplitNoise,
  splitNoise,
  type Vector,
} from './clipping/index.ts'
export {
  BudgetExceededError,
  EntropyError,
  type ErrorCode,
  InvalidParameterError,
  NumericalError,
  PrivacyError,
  SchemaError,
  type SchemaIssue,
  UnsupportedEventError,
} from './errors.ts'
export * as events from './events/index.ts'
export type { PrivacyEvent } from './events/kinds.ts'
export {
  type DiscreteGaussianMechanism,
  type DiscreteGaussianMechanismOptions,
  type DiscreteLaplaceMechanism,
  type DiscreteLaplaceMechanismOptions,
  discreteGaussian,
  discreteLaplace,
  type ErrorOptions,
  exponential,
  type GaussianMechanism,
  type GaussianMechanismOptions,
  type Guarantee,
  gaussian,
  type LaplaceMechanism,
  type LaplaceMechanismOptions,
  laplace,
  type Mechanism,
  type NoiseError,
  permuteAndFlip,
  type RandomizedResponse,
  type RandomizedResponseOptions,
  type Releasable,
  type Release,
  type ReleaseAnswer,
  type Released,
  randomizedResponse,
  type SelectIndex,
  type Selection,
  type SelectionError,
  type SelectionOptions,
  type ShareEstimate,
} from './mechanisms/index.ts'
export { discardEntropy, type SecureRandom, secureRandom } from './random/index.ts'
