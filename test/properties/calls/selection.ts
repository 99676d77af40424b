import type * as front from '../../../src/index.ts'
import type { Call } from '../call.ts'

/** The error of a mechanism is for any confidence. */
const errors: Pick<Call, 'gives'> = {
  gives: (mechanism) => (confidence) => (mechanism as front.GaussianMechanism).error({ confidence: confidence as number }),
}
const isFlag = (value: unknown): boolean => typeof value === 'boolean'

export const selectionCalls: Record<string, Call> = {
  noisyMax: {
    args: [{ sensitivity: 1, epsilon: 1, monotonic: true, noise: 'laplace' }],
    accepts: { monotonic: isFlag },
    ...errors,
  },
  topK: {
    args: [{ k: 3, sensitivity: 1, epsilon: 1, monotonic: true, select: 'permuteAndFlip' }],
    accepts: { monotonic: isFlag },
    ...errors,
  },
  aboveThreshold: {
    args: [{ threshold: 10, sensitivity: 1, epsilon: 1, monotonic: true, answerEpsilon: 0.25 }],
    accepts: { monotonic: isFlag },
    ...errors,
  },
  sparseVector: {
    args: [{ threshold: 10, sensitivity: 1, epsilon: 1, positives: 3, monotonic: true, answerEpsilon: 0.25 }],
    accepts: { monotonic: isFlag },
    ...errors,
  },
  staircase: { args: [{ sensitivity: 2, epsilon: 1, gamma: 0.3, integers: true }], accepts: { integers: isFlag }, ...errors },
  truncatedLaplace: {
    args: [{ sensitivity: 2, epsilon: 1, delta: 1e-5, l0Sensitivity: 2, integers: true }],
    accepts: { integers: isFlag },
    ...errors,
  },
  treeCounter: { args: [{ steps: 100, sensitivity: 1, participations: 2, epsilon: 1 }], ...errors },
  'indistinct skellam': { args: [{ l1Sensitivity: 2, l2Sensitivity: 1, epsilon: 1, delta: 1e-5, parties: 3 }], ...errors },
  smoothSensitivity: { args: [{ epsilon: 1, leastBound: 0.1, smoothing: 0.1 }], ...errors },
  smoothMedian: {
    args: [[1, 2, 3], { lower: 0, upper: 10, smoothing: 0.1 }],
    // The first argument is data.
    accepts: { 0: Array.isArray },
  },
  proposeTestRelease: { args: [{ bound: 1, epsilon: 1, delta: 1e-5 }], ...errors },
}
