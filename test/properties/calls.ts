/**
 * A right call of every function that the package exports, for tests to spoil. A test fails when an export has none here.
 */
import * as events from '../../src/events/index.ts'
import * as front from '../../src/index.ts'
import * as random from '../../src/random/index.ts'
import * as testing from '../../src/testing/index.ts'
import { examples } from './arbitrary-event.ts'

/** The modules behind the entry points. */
export const doors: Record<string, Record<string, unknown>> = {
  indistinct: front,
  'indistinct/events': events,
  'indistinct/random': random,
  'indistinct/testing': testing,
}

export type Call = {
  readonly args: readonly unknown[]
  /** What comes back is the caller's own data, NaN and all. */
  readonly returnsData?: boolean
  /** Values of the hostile list that are right after all, by field name or by the argument's place. */
  readonly accepts?: Readonly<Record<string, (value: unknown) => boolean>>
}

const recipe = { examples: 1000, batchSize: 10, steps: 100, noiseMultiplier: 1, sampling: 'poisson' }
const fields = ({ kind: _, ...options }: events.PrivacyEvent): Call => ({ args: [options] })

/** By the function's name, which is one and the same through every door. */
export const calls: Record<string, Call> = {
  ...Object.fromEntries(Object.entries(examples).map(([kind, event]) => [kind, fields(event)])),
  nonPrivate: { args: [] },
  composed: { args: [[examples.gaussian, examples.laplace]] },
  dpSgd: { args: [recipe] },
  trainingSteps: { args: [{ examples: 1000, batchSize: 10, epochs: 2, sampling: 'poisson' }] },
  freeze: { args: [{ kind: 'repeated', times: 2, event: { kind: 'gaussian', noiseMultiplier: 1 } }] },
  parse: { args: [{ kind: 'repeated', times: 2, event: { kind: 'gaussian', noiseMultiplier: 1 } }] },
  walk: { args: [examples.composed, () => {}], accepts: { 1: (value) => typeof value === 'function' } },

  secureRandom: { args: [] },
  discardEntropy: { args: [] },
  uniformInteger: { args: [{ low: 1, high: 6 }] },
  shuffle: { args: [[1, 2, 3], {}], accepts: { 0: Array.isArray }, returnsData: true },
  sampleWithoutReplacement: { args: [{ size: 3, population: 10 }] },
  bernoulli: { args: [{ probability: 0.5 }] },
  bernoulliSampler: { args: [{ probability: { numerator: 1, denominator: 3 } }] },
  bernoulliExp: { args: [{ numerator: 1, denominator: 2 }] },
  discreteLaplaceSampler: { args: [{ scale: 10 }] },
  discreteGaussianSampler: { args: [{ stddev: 10 }] },
  referenceDiscreteLaplaceSampler: { args: [{ scale: 10 }] },
  referenceDiscreteGaussianSampler: { args: [{ variance: 10n }] },
  gridLaplace: { args: [{ l1Sensitivity: 1, epsilon: 0.5 }] },
  gaussianAdder: { args: [{ stddev: 2.5 }] },
  laplaceAdder: { args: [{ scale: 2.5 }] },
  insecureSeeded: { args: [1] },
}
