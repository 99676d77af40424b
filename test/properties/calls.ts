/**
 * A right call of every function that the package exports, for tests to spoil. A test fails when an export has none here.
 */
import * as accounting from '../../src/accounting/index.ts'
import * as events from '../../src/events/index.ts'
import * as front from '../../src/index.ts'
import * as random from '../../src/random/index.ts'
import * as testing from '../../src/testing/index.ts'
import { examples } from './arbitrary-event.ts'
import type { Call } from './call.ts'
import { auditCalls } from './calls/audit.ts'
import { budgetCalls } from './calls/budget.ts'
import { localCalls } from './calls/local.ts'
import { selectionCalls } from './calls/selection.ts'
import { statisticsCalls } from './calls/statistics.ts'

/** The modules behind the entry points. */
export const doors: Record<string, Record<string, unknown>> = {
  indistinct: front,
  'indistinct/accounting': accounting,
  'indistinct/events': events,
  'indistinct/random': random,
  'indistinct/testing': testing,
}

const recipe = { examples: 1000, batchSize: 10, steps: 100, noiseMultiplier: 1, sampling: 'poisson' }
const attack = { positives: 100, truePositives: 90, negatives: 100, falsePositives: 5 }
const isFlag = (value: unknown): boolean => typeof value === 'boolean'
/** The error of a mechanism is for any confidence; its release is for data, which is not refused (test/mechanisms). */
const releases: Pick<Call, 'gives'> = {
  gives: (mechanism) => (confidence) => (mechanism as front.GaussianMechanism).error({ confidence: confidence as number }),
}
const clip = (clipper: unknown): ((vector: unknown) => unknown) => (clipper as { clip: (vector: unknown) => unknown }).clip
const fields = ({ kind: _, ...options }: events.PrivacyEvent): Call => ({ args: [options] })

/** By the function's name, with its door before it where another door has another function of that name. */
export const calls: Record<string, Call> = {
  ...Object.fromEntries(Object.entries(examples).map(([kind, event]) => [kind, fields(event)])),
  nonPrivate: { args: [] },
  composed: { args: [[examples.gaussian, examples.laplace]] },
  dpSgd: { args: [recipe] },
  trainingSteps: { args: [{ examples: 1000, batchSize: 10, epochs: 2, sampling: 'poisson' }] },
  freeze: { args: [{ kind: 'repeated', times: 2, event: { kind: 'gaussian', noiseMultiplier: 1 } }] },
  parse: { args: [{ kind: 'repeated', times: 2, event: { kind: 'gaussian', noiseMultiplier: 1 } }] },
  walk: { args: [examples.composed, () => {}], accepts: { 1: (value) => typeof value === 'function' } },

  epsilon: { args: [examples.gaussian, { delta: 1e-5, relation: 'add-or-remove', accountant: 'tight', tolerance: 1e-6 }] },
  delta: {
    args: [examples.gaussian, { epsilon: 1, relation: 'replace-one', accountant: 'rdp', orders: [2, 8], conversion: 'optimal' }],
  },
  rdp: { args: [examples.poissonSampled, { orders: [2, 8], relation: 'add-or-remove' }] },
  calibrate: {
    args: [
      (noiseMultiplier: number) => events.gaussian({ noiseMultiplier }),
      {
        epsilon: 1,
        delta: 1e-5,
        relation: 'add-or-remove',
        accountant: 'tight',
        increasing: false,
        integer: false,
        tolerance: 1e-6,
        start: 1,
        min: 0.1,
        max: 100,
      },
    ],
    mayGiveUp: true,
    accepts: { increasing: isFlag, integer: isFlag },
  },
  noiseMultiplierFor: {
    args: [
      {
        examples: 1000,
        batchSize: 10,
        steps: 100,
        sampling: 'poisson',
        epsilon: 1,
        delta: 1e-5,
        relation: 'add-or-remove',
        accountant: 'rdp',
      },
    ],
    mayGiveUp: true,
  },
  gaussianStddev: { args: [{ epsilon: 1, delta: 1e-5, l2Sensitivity: 1 }] },
  tradeOff: {
    args: [examples.gaussian, { relation: 'add-or-remove', accountant: 'tight', tolerance: 1e-6 }],
    gives: (curve) => curve as (rate: unknown) => unknown,
  },
  attackRisk: {
    args: [
      examples.gaussian,
      { falsePositiveRate: 0.01, prior: 0.5, relation: 'add-or-remove', accountant: 'tight', tolerance: 1e-6 },
    ],
  },
  statement: { args: [examples.gaussian, { delta: 1e-5, relation: 'add-or-remove', accountant: 'tight' }] },
  groupEvent: { args: [examples.poissonSampled, { records: 3, relation: 'add-or-remove' }] },
  privacyFilter: {
    args: [{ kind: 'zcdp', limit: { rho: 1, delta: 1e-6 }, relation: 'add-or-remove' }],
    gives: (filter) => (filter as accounting.PrivacyFilter).spend as (event: unknown) => unknown,
  },
  privacyOdometer: {
    args: [{ kind: 'renyi', delta: 1e-6, orders: [2, 8], relation: 'add-or-remove' }],
    gives: (odometer) => (odometer as accounting.PrivacyOdometer).record as (event: unknown) => unknown,
  },
  shuffleEpsilon: { args: [{ localEpsilon: 1, population: 1000, categories: 4, delta: 1e-6, bound: 'blanket' }] },
  shuffleDelta: { args: [{ localEpsilon: 1, population: 1000, totalVariation: 0.4, epsilon: 0.1 }] },
  treeSensitivitySquared: { args: [{ steps: 100, participations: 3, separation: 20 }] },
  epsilonFromAttack: {
    args: [{ ...attack, significance: 0.05, delta: 1e-5, bothAnswers: true }],
    accepts: { bothAnswers: isFlag },
  },
  gdpFromAttack: { args: [{ ...attack, significance: 0.05 }] },
  oneRunEpsilon: { args: [{ canaries: 1000, guesses: 100, correct: 90, significance: 0.05, delta: 1e-5 }] },
  oneRunGdp: { args: [{ canaries: 1000, guesses: 100, correct: 90, significance: 0.05 }] },

  'indistinct laplace': { args: [{ sensitivity: 1, epsilon: 0.5, l0Sensitivity: 2 }], ...releases },
  'indistinct gaussian': { args: [{ l2Sensitivity: 1, epsilon: 1, delta: 1e-5 }], ...releases },
  'indistinct discreteLaplace': { args: [{ sensitivity: 2, epsilon: 0.5 }], ...releases },
  'indistinct randomizedResponse': { args: [{ epsilon: 1, categories: 3 }], ...releases },
  'indistinct exponential': { args: [{ sensitivity: 1, epsilon: 1 }], ...releases },
  'indistinct permuteAndFlip': { args: [{ sensitivity: 1, epsilon: 1 }], ...releases },
  'indistinct discreteGaussian': { args: [{ sensitivity: 2, rho: 0.125 }], ...releases },

  l1Norm: { args: [[3, 4]] },
  l2Norm: { args: [Float64Array.of(3, 4)] },
  linfNorm: { args: [Float32Array.of(3, 4)] },
  clipL1: { args: [{ norm: 1 }], gives: clip },
  clipL2: { args: [{ norm: 1 }], gives: clip },
  clipLinf: { args: [{ norm: 1, dimension: 2 }], gives: clip },
  perLayer: { args: [{ norms: [1, 2] }], gives: clip },
  perGroup: { args: [{ norms: [1, 2], groups: [0, 1, 1] }], gives: clip },
  splitNoise: { args: [{ noiseMultiplier: 1, countStddev: 5 }] },
  adaptiveClip: {
    args: [{ initialNorm: 1, targetQuantile: 0.5, expectedRecords: 100, noiseMultiplier: 1, countStddev: 5, learningRate: 0.2 }],
    gives: clip,
  },

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

  ...selectionCalls,
  ...localCalls,
  ...statisticsCalls,
  ...budgetCalls,
  ...auditCalls,
}
