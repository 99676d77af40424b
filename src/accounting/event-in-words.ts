/**
 * What an event says, in English, and what has to be true of the program for it to be the right event.
 *
 * *Limits*: a long or deep composition is summed up after its first parts, so the text stays a paragraph whatever the event.
 *
 * @module
 */

import type { EventKind, EventOfKind, PrivacyEvent } from '../events/index.ts'
import { walk } from '../events/index.ts'
import { exact, grouped } from './figures.ts'

const partsShown = 3
const levelsShown = 6

type Phrases = { readonly [K in EventKind]: (event: EventOfKind<K>, inner: (event: PrivacyEvent) => string) => string }

/** A noun phrase for each kind: "Gaussian noise of ...". */
const phrases: Phrases = {
  gaussian: ({ noiseMultiplier }) =>
    `a sum with Gaussian noise of standard deviation ${exact(noiseMultiplier)} times the bound on one record's contribution`,
  laplace: ({ noiseMultiplier }) =>
    `a sum with Laplace noise of scale ${exact(noiseMultiplier)} times the bound on one record's contribution`,
  discreteGaussian: ({ stddev, sensitivity }) =>
    `a whole number with discrete Gaussian noise of parameter ${exact(stddev)} and sensitivity ${exact(sensitivity)}`,
  discreteLaplace: ({ scale, sensitivity }) =>
    `a whole number with discrete Laplace noise of scale ${exact(scale)} and sensitivity ${exact(sensitivity)}`,
  randomizedResponse: ({ epsilon, categories }) =>
    `randomised response over ${grouped(categories)} answers at epsilon ${exact(epsilon)}`,
  exponential: ({ epsilon }) => `a selection by the exponential mechanism at epsilon ${exact(epsilon)}`,
  permuteAndFlip: ({ epsilon }) => `a selection by permute-and-flip at epsilon ${exact(epsilon)}`,
  pure: ({ epsilon }) => `a release taken to be ${exact(epsilon)}-differentially private`,
  approximate: ({ epsilon, delta }) => `a release taken to be (${exact(epsilon)}, ${exact(delta)})-differentially private`,
  zcdp: ({ rho }) => `a release taken to be ${exact(rho)}-zCDP`,
  gdp: ({ mu }) => `a release taken to be ${exact(mu)}-GDP`,
  nonPrivate: () => 'a release with no noise at all',
  mixtureOfGaussians: ({ stddev, sensitivities }) =>
    `a sum with Gaussian noise of standard deviation ${exact(stddev)} in which a record weighs one of ${sensitivities.length} amounts, at random`,
  skellam: ({ variance, l1Sensitivity, l2Sensitivity }) =>
    `a vector of whole numbers with Skellam noise of variance ${exact(variance)}, L1 sensitivity ${exact(l1Sensitivity)} and L2 sensitivity ${exact(l2Sensitivity)}`,
  tree: ({ noiseMultiplier, steps, participations }) =>
    `the running sums of ${grouped(steps)} steps by tree aggregation with noise multiplier ${exact(noiseMultiplier)}, each record taking part at most ${times(participations)}`,
  repeatAndSelect: ({ event, mean, shape }, inner) =>
    `the best of a random number of runs (${exact(mean)} on average, ${shape === 'poisson' ? 'Poisson' : `negative binomial of shape ${exact(shape)}`}) of ${inner(event)}`,
  poissonSampled: ({ samplingRate, event }, inner) =>
    `${inner(event)}, over a batch that each record joins by its own coin of probability ${about(samplingRate)}`,
  fixedSizeSampled: ({ sampleSize, populationSize, event }, inner) =>
    `${inner(event)}, over a fresh uniform batch of exactly ${grouped(sampleSize)} of ${grouped(populationSize)} records`,
  truncatedPoissonSampled: ({ samplingRate, maximumBatch, event }, inner) =>
    `${inner(event)}, over a batch that each record joins by its own coin of probability ${about(samplingRate)}, cut at ${grouped(maximumBatch)} records`,
  randomAllocation: ({ steps, event }, inner) =>
    `${grouped(steps)} batches among which every record is dealt to exactly one at random, each ${inner(event)}`,
  repeated: ({ times, event }, inner) => `${grouped(times)} releases, each ${inner(event)}`,
  composed: ({ events }, inner) => {
    const shown = events.slice(0, partsShown).map((part, i) => `(${i + 1}) ${inner(part)}`)
    const more = events.length - shown.length
    return `${grouped(events.length)} parts: ${shown.join('; ')}${more > 0 ? `; and ${grouped(more)} more` : ''}`
  },
}

/** Four digits of a number that nobody chose, such as a ratio. */
const about = (value: number): string => {
  const short = Number(value.toPrecision(4))
  return `${short === value ? '' : 'about '}${exact(short)}`
}

const times = (count: number): string => (count === 1 ? 'once' : `${grouped(count)} times`)

/** What was released. */
export function inWords(event: PrivacyEvent, level = 1): string {
  if (level > levelsShown) return 'a further composition'
  const phrase = phrases[event.kind] as (event: PrivacyEvent, inner: (event: PrivacyEvent) => string) => string
  return phrase(event, (inner) => inWords(inner, level + (event.kind === 'composed' ? 3 : 1)))
}

/** Sampling claims of which the promise depends, each once, in the order met. */
const samplingAssumptions: { readonly [K in EventKind]?: string } = {
  poissonSampled:
    'every batch really is drawn by independent coin flips, one for each record, and is kept secret (batches cut from a shuffled list do not meet this, and the figure does not hold for them)',
  fixedSizeSampled:
    'every batch really is drawn afresh and uniformly from all records, and is kept secret (batches cut one after another from a shuffled list do not meet this)',
  truncatedPoissonSampled:
    'every batch really is drawn by independent coin flips, one for each record, cut uniformly at random where it is too large, and is kept secret',
  randomAllocation:
    'every record is dealt to a batch at random and independently of the others in each epoch, and the deal is kept secret (batches of equal size cut from a shuffled list do not meet this)',
  pure: 'the guarantees quoted for parts of the release are true',
  approximate: 'the guarantees quoted for parts of the release are true',
  zcdp: 'the guarantees quoted for parts of the release are true',
  gdp: 'the guarantees quoted for parts of the release are true',
}

/** What has to be true of the program, beside the noise itself, for the event to describe it. */
export function assumptions(event: PrivacyEvent): readonly string[] {
  const found = new Set<string>()
  walk(event, ({ kind }) => {
    const assumption = samplingAssumptions[kind]
    if (assumption !== undefined) found.add(assumption)
  })
  return [...found]
}
