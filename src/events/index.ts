/**
 * What was released, as plain data: builders, `parse`, `freeze`, `walk`.
 *
 * @module
 */

export {
  approximate,
  composed,
  discreteGaussian,
  discreteLaplace,
  type EventOptions,
  exponential,
  fixedSizeSampled,
  gaussian,
  gdp,
  laplace,
  mixtureOfGaussians,
  nonPrivate,
  permuteAndFlip,
  poissonSampled,
  pure,
  randomAllocation,
  randomizedResponse,
  repeatAndSelect,
  repeated,
  skellam,
  tree,
  truncatedPoissonSampled,
  zcdp,
} from './builders.ts'
export { type Duration, dpSgd, type Sampling, type TrainingRecipe, trainingSteps } from './dp-sgd.ts'
export { freeze } from './freeze.ts'
export type * from './kinds.ts'
export { parse } from './parse.ts'
export { walk } from './walk.ts'
