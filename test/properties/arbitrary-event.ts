import fc from 'fast-check'
import * as events from '../../src/events/index.ts'

/** One valid event of each kind. */
export const examples: { readonly [K in events.EventKind]: events.EventOfKind<K> } = (() => {
  const gaussian = events.gaussian({ noiseMultiplier: 1.1 })
  return {
    gaussian,
    laplace: events.laplace({ noiseMultiplier: 2 }),
    discreteGaussian: events.discreteGaussian({ stddev: 3.5, sensitivity: 2 }),
    discreteLaplace: events.discreteLaplace({ scale: 3.5, sensitivity: 1 }),
    randomizedResponse: events.randomizedResponse({ epsilon: 1, categories: 4 }),
    exponential: events.exponential({ epsilon: 0.5 }),
    permuteAndFlip: events.permuteAndFlip({ epsilon: 0.5 }),
    pure: events.pure({ epsilon: 0.25 }),
    approximate: events.approximate({ epsilon: 0.25, delta: 1e-9 }),
    zcdp: events.zcdp({ rho: 0.1 }),
    gdp: events.gdp({ mu: 0.5 }),
    nonPrivate: events.nonPrivate(),
    mixtureOfGaussians: events.mixtureOfGaussians({ stddev: 1, sensitivities: [0, 1, 2], probabilities: [0.81, 0.18, 0.01] }),
    skellam: events.skellam({ variance: 100, l1Sensitivity: 10, l2Sensitivity: 3 }),
    tree: events.tree({ noiseMultiplier: 4, steps: 100, participations: 3, separation: 20 }),
    repeatAndSelect: events.repeatAndSelect({ mean: 10, shape: 0.5, event: gaussian }),
    poissonSampled: events.poissonSampled({ samplingRate: 0.01, event: gaussian }),
    fixedSizeSampled: events.fixedSizeSampled({ sampleSize: 10, populationSize: 1000, event: gaussian }),
    truncatedPoissonSampled: events.truncatedPoissonSampled({
      samplingRate: 0.01,
      populationSize: 1000,
      maximumBatch: 20,
      event: gaussian,
    }),
    randomAllocation: events.randomAllocation({ steps: 10, event: gaussian }),
    repeated: events.repeated({ times: 100, event: gaussian }),
    composed: events.composed([gaussian, events.laplace({ noiseMultiplier: 1 })]),
  }
})()

const nonNegative = fc.double({ min: 0, max: Number.MAX_VALUE, noNaN: true })
const positive = fc.double({ min: Number.MIN_VALUE, max: Number.MAX_VALUE, noNaN: true })
const probability = fc.double({ min: 0, max: 1, noNaN: true })
const count = fc.maxSafeNat()
const positiveCount = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })

/** Any event at all, of every kind. */
export const anyEvent: () => fc.Arbitrary<events.PrivacyEvent> = () =>
  fc.letrec<{ event: events.PrivacyEvent }>((tie) => {
    const event = tie('event')
    return {
      event: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.constantFrom(...Object.values(examples)),
        nonNegative.map((noiseMultiplier) => events.gaussian({ noiseMultiplier })),
        nonNegative.map((noiseMultiplier) => events.laplace({ noiseMultiplier })),
        fc.tuple(nonNegative, positiveCount).map(([stddev, sensitivity]) => events.discreteGaussian({ stddev, sensitivity })),
        fc.tuple(nonNegative, positiveCount).map(([scale, sensitivity]) => events.discreteLaplace({ scale, sensitivity })),
        fc
          .tuple(nonNegative, fc.integer({ min: 2, max: 1e9 }))
          .map(([epsilon, categories]) => events.randomizedResponse({ epsilon, categories })),
        fc.tuple(nonNegative, probability).map(([epsilon, delta]) => events.approximate({ epsilon, delta })),
        nonNegative.map((rho) => events.zcdp({ rho })),
        fc
          .tuple(positive, positive, positive)
          .map(([variance, l1Sensitivity, l2Sensitivity]) => events.skellam({ variance, l1Sensitivity, l2Sensitivity })),
        fc.tuple(probability, event).map(([samplingRate, inner]) => events.poissonSampled({ samplingRate, event: inner })),
        fc
          .tuple(positiveCount, positiveCount, event)
          .map(([a, b, inner]) =>
            events.fixedSizeSampled({ sampleSize: Math.min(a, b), populationSize: Math.max(a, b), event: inner }),
          ),
        fc.tuple(positiveCount, event).map(([steps, inner]) => events.randomAllocation({ steps, event: inner })),
        fc.tuple(count, event).map(([times, inner]) => events.repeated({ times, event: inner })),
        fc
          .tuple(fc.oneof(fc.double({ min: 0, max: 100, noNaN: true }), fc.constant('poisson' as const)), event)
          .map(([shape, inner]) => events.repeatAndSelect({ mean: 3, shape, event: inner })),
        fc.array(event, { maxLength: 5 }).map((list) => events.composed(list)),
      ),
    }
  }).event
