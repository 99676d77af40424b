/**
 * Randomness for privacy: the operating system's entropy, and samplers that draw from their stated law exactly.
 *
 * @module
 */

export {
  type BernoulliExpOptions,
  type BernoulliOptions,
  type BernoulliSampler,
  bernoulli,
  bernoulliExp,
  bernoulliSampler,
} from './bernoulli.ts'
export {
  discreteGaussianSampler,
  discreteLaplaceSampler,
  type GaussianOptions,
  type LaplaceOptions,
  referenceDiscreteGaussianSampler,
  referenceDiscreteLaplaceSampler,
} from './discrete-samplers.ts'
export type { ExactNumber } from './exact-number.ts'
export type { FloatAdder, FloatArray } from './float-adder.ts'
export { type GridLaplace, type GridLaplaceOptions, gridLaplace } from './grid-laplace.ts'
export type { InsecureRandom, Provenance, SecureRandom } from './handles.ts'
export type { IntegerArray, IntegerSampler } from './integer-sampler.ts'
export { gaussianAdder, laplaceAdder } from './real-adder.ts'
export { discardEntropy, secureRandom } from './secure-random.ts'
export type { SourceOptions } from './source-options.ts'
export { sampleWithoutReplacement, shuffle, type UniformOptions, uniformInteger } from './uniform.ts'
