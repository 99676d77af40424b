import type { Relation } from '../../src/accounting/relation.ts'
import {
  approximate,
  composed,
  discreteLaplace,
  exponential,
  fixedSizeSampled,
  gaussian,
  laplace,
  mixtureOfGaussians,
  nonPrivate,
  type PrivacyEvent,
  poissonSampled,
  randomizedResponse,
  repeatAndSelect,
  repeated,
  tree,
  truncatedPoissonSampled,
  zcdp,
} from '../../src/events/index.ts'

/** The golden files write infinities as words. */
export type Figure = number | 'Infinity' | '-Infinity' | 'NaN'
export const figure = (value: Figure): number => Number(value)

/** An event as the golden files or dp_accounting write it. */
export type GoldenEvent = { readonly type: string; readonly [field: string]: unknown }

const relationOf: Readonly<Record<string, Relation>> = {
  add_or_remove_one: 'add-or-remove',
  replace_one: 'replace-one',
  replace_special: 'replace-special',
}
export const relation = (name: unknown): Relation => relationOf[(name as string | undefined) ?? 'add_or_remove_one'] as Relation

/** dp_accounting's k-ary randomised response: with probability p a uniform answer, else the truth. */
export function response(p: number, k: number): PrivacyEvent {
  if (k === 1) return composed([])
  return p === 0 ? nonPrivate() : randomizedResponse({ epsilon: Math.log1p((k * (1 - p)) / p), categories: k })
}

/** Our event; undefined for a type that is not known here. */
export function eventOf(golden: GoldenEvent): PrivacyEvent | undefined {
  const n = (field: string): number => figure(golden[field] as Figure)
  const inner = (): PrivacyEvent | undefined => eventOf(golden['event'] as GoldenEvent)
  const within = (make: (event: PrivacyEvent) => PrivacyEvent): PrivacyEvent | undefined => {
    const event = inner()
    return event && make(event)
  }
  const bare = ((): PrivacyEvent | undefined => {
    switch (golden.type) {
      case 'poisson_gaussian':
        return poissonSampled({ samplingRate: n('q'), event: gaussian({ noiseMultiplier: n('sigma') }) })
      case 'laplace':
        return laplace({ noiseMultiplier: n('scale') })
      case 'randomized_response':
      case 'RandomizedResponseDpEvent':
        return response(n('noise_parameter'), n('num_buckets'))
      case 'without_replacement_gaussian':
        // There sigma is relative to the change of replacing, which is two contributions.
        return fixedSizeSampled({
          sampleSize: n('m'),
          populationSize: n('n'),
          event: gaussian({ noiseMultiplier: 2 * n('sigma') }),
        })
      case 'tree_aggregation_single_epoch': {
        const counts = golden['step_counts'] as number | readonly number[]
        // No record is in two of the trees.
        return tree({ noiseMultiplier: n('sigma'), steps: typeof counts === 'number' ? counts : Math.max(...counts) })
      }
      case 'zcdp':
        return zcdp({ rho: n('rho') })
      case 'epsilon_delta':
      case 'EpsilonDeltaDpEvent':
        return approximate({ epsilon: n('epsilon'), delta: n('delta') })
      case 'GaussianDpEvent':
        return gaussian({ noiseMultiplier: n('noise_multiplier') })
      case 'LaplaceDpEvent':
        return laplace({ noiseMultiplier: n('noise_multiplier') })
      case 'DiscreteLaplaceDpEvent':
        return discreteLaplace({ scale: n('noise_parameter') > 0 ? 1 / n('noise_parameter') : 0, sensitivity: n('sensitivity') })
      case 'ExponentialMechanismDpEvent':
        return exponential({ epsilon: n('epsilon') })
      case 'MixtureOfGaussiansDpEvent':
        return mixtureOfGaussians({
          stddev: n('standard_deviation'),
          sensitivities: golden['sensitivities'] as readonly number[],
          probabilities: golden['sampling_probs'] as readonly number[],
        })
      case 'TruncatedSubsampledGaussianDpEvent':
        return truncatedPoissonSampled({
          samplingRate: n('sampling_probability'),
          maximumBatch: n('truncated_batch_size'),
          populationSize: n('dataset_size'),
          event: gaussian({ noiseMultiplier: n('noise_multiplier') }),
        })
      case 'NonPrivateDpEvent':
        return nonPrivate()
      case 'NoOpDpEvent':
        return composed([])
      case 'PoissonSampledDpEvent':
        return within((event) => poissonSampled({ samplingRate: n('sampling_probability'), event }))
      case 'SampledWithoutReplacementDpEvent':
        return within((event) =>
          fixedSizeSampled({ sampleSize: n('sample_size'), populationSize: n('source_dataset_size'), event }),
        )
      case 'SelfComposedDpEvent':
        return within((event) => repeated({ times: n('count'), event }))
      case 'ComposedDpEvent': {
        const events = (golden['events'] as readonly GoldenEvent[]).map(eventOf)
        return events.every((event) => event !== undefined) ? composed(events) : undefined
      }
      case 'RepeatAndSelectDpEvent':
        return within((event) => repeatAndSelect({ event, mean: n('mean'), shape: n('shape') }))
      default:
        return undefined
    }
  })()
  const times = golden['times'] ?? (golden.type === 'SelfComposedDpEvent' ? 1 : golden['count']) ?? 1
  return bare && (times === 1 ? bare : repeated({ times: times as number, event: bare }))
}

/** All of a case's events, composed. */
export function eventsOf(list: readonly GoldenEvent[]): PrivacyEvent | undefined {
  return eventOf({ type: 'ComposedDpEvent', events: list })
}

const steps = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)
const tenths = steps(11, 109).map((n) => n / 10)

/** The lists of orders that the golden files name. */
export const orderLists: Readonly<Record<string, readonly number[]>> = {
  seed: [...tenths, ...steps(12, 63)],
  opacus_default: [...tenths, ...steps(12, 63)],
  dp_accounting_default: [...tenths, ...steps(11, 63), 128, 256, 512, 1024],
  tf_privacy: [1.25, 1.5, 1.75, 2, 2.25, 2.5, 3, 3.5, 4, 4.5, ...steps(5, 63), 128, 256, 512],
}
