/**
 * One function for each kind of event. Each validates its options and returns plain frozen data.
 *
 *     repeated({ times: 1000, event: poissonSampled({ samplingRate: 0.01, event: gaussian({ noiseMultiplier: 1 }) }) })
 *
 * @module
 */

import { build } from './freeze.ts'
import type {
  ApproximateEvent,
  ComposedEvent,
  DiscreteGaussianEvent,
  DiscreteLaplaceEvent,
  EventKind,
  EventOfKind,
  ExponentialEvent,
  FixedSizeSampledEvent,
  GaussianEvent,
  GdpEvent,
  LaplaceEvent,
  MixtureOfGaussiansEvent,
  NonPrivateEvent,
  PermuteAndFlipEvent,
  PoissonSampledEvent,
  PrivacyEvent,
  PureEvent,
  RandomAllocationEvent,
  RandomizedResponseEvent,
  RepeatAndSelectEvent,
  RepeatedEvent,
  SkellamEvent,
  TreeEvent,
  TruncatedPoissonSampledEvent,
  ZcdpEvent,
} from './kinds.ts'

/** What a builder takes: the fields of its event, those with a default being optional. */
export type EventOptions<K extends EventKind, Defaulted extends keyof EventOfKind<K> = never> = Omit<
  EventOfKind<K>,
  'kind' | Defaulted
> & { readonly [F in Defaulted]?: EventOfKind<K>[F] }

/** Gaussian noise of `noiseMultiplier` times the L2 bound of one record's contribution. */
export function gaussian(options: EventOptions<'gaussian'>): GaussianEvent {
  return build('gaussian', options)
}

/** Laplace noise whose scale is `noiseMultiplier` times the L1 bound of one record's contribution. */
export function laplace(options: EventOptions<'laplace'>): LaplaceEvent {
  return build('laplace', options)
}

/** Integer noise with P(x) ~ exp(-x^2 / (2 stddev^2)) on a count that one record moves by at most `sensitivity`. */
export function discreteGaussian(options: EventOptions<'discreteGaussian'>): DiscreteGaussianEvent {
  return build('discreteGaussian', options)
}

/** Integer noise with P(x) ~ exp(-|x| / scale) on a count that one record moves by at most `sensitivity`. */
export function discreteLaplace(options: EventOptions<'discreteLaplace'>): DiscreteLaplaceEvent {
  return build('discreteLaplace', options)
}

/** Randomised response over `categories` answers (2 unless given): the truth is e^epsilon times as likely as any other. */
export function randomizedResponse(options: EventOptions<'randomizedResponse', 'categories'>): RandomizedResponseEvent {
  return build('randomizedResponse', options)
}

/** The exponential mechanism: a privacy loss that ranges over at most `epsilon`. */
export function exponential(options: EventOptions<'exponential'>): ExponentialEvent {
  return build('exponential', options)
}

/** Permute-and-flip at `epsilon`. */
export function permuteAndFlip(options: EventOptions<'permuteAndFlip'>): PermuteAndFlipEvent {
  return build('permuteAndFlip', options)
}

/** Anything known to be epsilon-differentially private. */
export function pure(options: EventOptions<'pure'>): PureEvent {
  return build('pure', options)
}

/** Anything known to be (epsilon, delta)-differentially private. */
export function approximate(options: EventOptions<'approximate'>): ApproximateEvent {
  return build('approximate', options)
}

/** Anything known to be rho-zCDP. */
export function zcdp(options: EventOptions<'zcdp'>): ZcdpEvent {
  return build('zcdp', options)
}

/** Anything known to be mu-GDP. */
export function gdp(options: EventOptions<'gdp'>): GdpEvent {
  return build('gdp', options)
}

/** A release without privacy. */
export function nonPrivate(): NonPrivateEvent {
  return build('nonPrivate', {})
}

/** Gaussian noise where a record's contribution is itself random: sensitivities[i] with probability probabilities[i]. */
export function mixtureOfGaussians(options: EventOptions<'mixtureOfGaussians'>): MixtureOfGaussiansEvent {
  return build('mixtureOfGaussians', options)
}

/** Skellam noise of the given total variance on integers, with the L1 and L2 bounds of one record's contribution. */
export function skellam(options: EventOptions<'skellam'>): SkellamEvent {
  return build('skellam', options)
}

/** Tree aggregation over `steps` releases; a record takes part once unless `participations` and `separation` say otherwise. */
export function tree(options: EventOptions<'tree', 'participations' | 'separation'>): TreeEvent {
  return build('tree', options)
}

/** The best of a random number of runs. */
export function repeatAndSelect(options: EventOptions<'repeatAndSelect'>): RepeatAndSelectEvent {
  return build('repeatAndSelect', options)
}

/** `event` on a Poisson sample: each record joins by its own coin of probability `samplingRate`. */
export function poissonSampled(options: EventOptions<'poissonSampled'>): PoissonSampledEvent {
  return build('poissonSampled', options)
}

/** `event` on `sampleSize` of `populationSize` records, drawn without replacement. */
export function fixedSizeSampled(options: EventOptions<'fixedSizeSampled'>): FixedSizeSampledEvent {
  return build('fixedSizeSampled', options)
}

/** `event` on a Poisson sample cut down to at most `maximumBatch` records. */
export function truncatedPoissonSampled(options: EventOptions<'truncatedPoissonSampled'>): TruncatedPoissonSampledEvent {
  return build('truncatedPoissonSampled', options)
}

/** `steps` releases of `event`, each record taking part in exactly one, dealt at random. */
export function randomAllocation(options: EventOptions<'randomAllocation'>): RandomAllocationEvent {
  return build('randomAllocation', options)
}

/** `event`, `times` times over, with fresh noise each time. */
export function repeated(options: EventOptions<'repeated'>): RepeatedEvent {
  return build('repeated', options)
}

/** All the events, one after another, each with its own noise. */
export function composed(events: readonly PrivacyEvent[]): ComposedEvent {
  return build('composed', { events })
}
