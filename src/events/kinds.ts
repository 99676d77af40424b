/**
 * The events: what was released, as plain data. The one vocabulary that mechanisms, accountants and budgets share.
 *
 * An event says nothing about the data and nothing about privacy loss; accountants give it its meaning. It is frozen, survives
 * JSON unchanged, and its `kind` is the name of the builder that makes it.
 *
 * *Law of compatibility.* A kind is never removed. A new field is always optional and its absence means what it meant before.
 * The meaning of a kind never changes; a new meaning gets a new kind. A reader that meets a kind it does not know refuses it.
 *
 * *Whose sensitivity.* A noise multiplier is the noise's standard deviation (or scale) divided by the most that **one record's
 * contribution** can weigh, such as its clip norm. Adding or removing a record moves the result by at most one of these units,
 * replacing one record by another by at most two.
 *
 * @module
 */

/** Gaussian noise; `noiseMultiplier` is its standard deviation over the L2 bound of one record's contribution. */
export type GaussianEvent = { readonly kind: 'gaussian'; readonly noiseMultiplier: number }

/** Laplace noise; `noiseMultiplier` is its scale over the L1 bound of one record's contribution. */
export type LaplaceEvent = { readonly kind: 'laplace'; readonly noiseMultiplier: number }

/** Noise on the integers with P(x) ~ exp(-x^2 / (2 stddev^2)), added to a count that one record moves by at most `sensitivity`. */
export type DiscreteGaussianEvent = { readonly kind: 'discreteGaussian'; readonly stddev: number; readonly sensitivity: number }

/** Noise on the integers with P(x) ~ exp(-|x| / scale), added to a count that one record moves by at most `sensitivity`. */
export type DiscreteLaplaceEvent = { readonly kind: 'discreteLaplace'; readonly scale: number; readonly sensitivity: number }

/** k-ary randomised response: the truth is e^epsilon times as likely as each other answer. */
export type RandomizedResponseEvent = {
  readonly kind: 'randomizedResponse'
  readonly epsilon: number
  readonly categories: number
}

/** The exponential mechanism run at `epsilon`: its privacy loss ranges over an interval no longer than epsilon. */
export type ExponentialEvent = { readonly kind: 'exponential'; readonly epsilon: number }

/** Permute-and-flip run at `epsilon`. */
export type PermuteAndFlipEvent = { readonly kind: 'permuteAndFlip'; readonly epsilon: number }

/** Anything that is epsilon-differentially private, nothing more being known. */
export type PureEvent = { readonly kind: 'pure'; readonly epsilon: number }

/** Anything that is (epsilon, delta)-differentially private, nothing more being known. */
export type ApproximateEvent = { readonly kind: 'approximate'; readonly epsilon: number; readonly delta: number }

/** Anything that is rho-zero-concentrated differentially private (Bun and Steinke 2016). */
export type ZcdpEvent = { readonly kind: 'zcdp'; readonly rho: number }

/** Anything whose trade-off curve lies on or above that of N(0, 1) against N(mu, 1) (Dong, Roth and Su 2019). */
export type GdpEvent = { readonly kind: 'gdp'; readonly mu: number }

/** A release without any privacy: its epsilon is infinite. */
export type NonPrivateEvent = { readonly kind: 'nonPrivate' }

/** Gaussian noise on a sum that the record moves by sensitivities[i] with probability probabilities[i]. */
export type MixtureOfGaussiansEvent = {
  readonly kind: 'mixtureOfGaussians'
  readonly stddev: number
  readonly sensitivities: readonly number[]
  readonly probabilities: readonly number[]
}

/** Skellam noise of the given variance on an integer vector that one record moves by at most these norms. */
export type SkellamEvent = {
  readonly kind: 'skellam'
  readonly variance: number
  readonly l1Sensitivity: number
  readonly l2Sensitivity: number
}

/**
 * Binary-tree aggregation of `steps` releases (DP-FTRL). A record takes part in at most `participations` of the steps, any two
 * of them at least `separation` steps apart. With restarts at each epoch, repeat a one-epoch tree.
 */
export type TreeEvent = {
  readonly kind: 'tree'
  readonly noiseMultiplier: number
  readonly steps: number
  readonly participations: number
  readonly separation: number
}

/**
 * The best of a random number of runs of `event` is released (private hyper-parameter search, Papernot and Steinke 2022). The
 * number of runs has the given mean and is Poisson, or truncated negative binomial of the given shape (0 logarithmic, 1 geometric).
 */
export type RepeatAndSelectEvent = {
  readonly kind: 'repeatAndSelect'
  readonly event: PrivacyEvent
  readonly mean: number
  readonly shape: number | 'poisson'
}

/** `event` on a random subset that each record joins independently with probability `samplingRate`. */
export type PoissonSampledEvent = { readonly kind: 'poissonSampled'; readonly samplingRate: number; readonly event: PrivacyEvent }

/** `event` on a uniformly random subset of exactly `sampleSize` of `populationSize` records. */
export type FixedSizeSampledEvent = {
  readonly kind: 'fixedSizeSampled'
  readonly sampleSize: number
  readonly populationSize: number
  readonly event: PrivacyEvent
}

/** Poisson sampling of which at most `maximumBatch` records, chosen uniformly, are kept. */
export type TruncatedPoissonSampledEvent = {
  readonly kind: 'truncatedPoissonSampled'
  readonly samplingRate: number
  readonly populationSize: number
  readonly maximumBatch: number
  readonly event: PrivacyEvent
}

/**
 * `steps` releases of `event`; each record takes part in exactly one of them, chosen uniformly and independently of the others
 * ("balls and bins"): one epoch of a loader that deals the records out at random.
 */
export type RandomAllocationEvent = { readonly kind: 'randomAllocation'; readonly steps: number; readonly event: PrivacyEvent }

/** `event` released `times` times with independent noise. */
export type RepeatedEvent = { readonly kind: 'repeated'; readonly times: number; readonly event: PrivacyEvent }

/** All of `events` released, each with independent noise. */
export type ComposedEvent = { readonly kind: 'composed'; readonly events: readonly PrivacyEvent[] }

/** Everything that a release can be. */
export type PrivacyEvent =
  | GaussianEvent
  | LaplaceEvent
  | DiscreteGaussianEvent
  | DiscreteLaplaceEvent
  | RandomizedResponseEvent
  | ExponentialEvent
  | PermuteAndFlipEvent
  | PureEvent
  | ApproximateEvent
  | ZcdpEvent
  | GdpEvent
  | NonPrivateEvent
  | MixtureOfGaussiansEvent
  | SkellamEvent
  | TreeEvent
  | RepeatAndSelectEvent
  | PoissonSampledEvent
  | FixedSizeSampledEvent
  | TruncatedPoissonSampledEvent
  | RandomAllocationEvent
  | RepeatedEvent
  | ComposedEvent

/** The literal that tells events apart. */
export type EventKind = PrivacyEvent['kind']

/** The event of one kind. */
export type EventOfKind<K extends EventKind> = Extract<PrivacyEvent, { readonly kind: K }>
