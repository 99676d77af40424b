import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { delta } from '../../src/accounting/delta.ts'
import { epsilon } from '../../src/accounting/epsilon.ts'
import * as events from '../../src/events/index.ts'

/**
 * Every case of golden/pld-epsilon.json: two-sided brackets of the truth, computed independently of this package (see the file's
 * own notes). Ours has to meet theirs, and may not lie above what dp_accounting gives at its default grid.
 */
type Described = { readonly type: string; readonly count: number } & Readonly<Record<string, number | readonly number[]>>
type Bound = { readonly lo?: number; readonly hi?: number; readonly 'pess_1e-4'?: number }
type Case = {
  readonly params: { readonly relation: string; readonly events: readonly Described[] }
  readonly expected: {
    readonly epsilon: readonly (Bound & { readonly delta: number })[]
    readonly delta: readonly (Bound & { readonly epsilon: number })[]
  }
}

const { cases } = JSON.parse(
  readFileSync(new URL('../vectors/golden/pld-epsilon.json', import.meta.url), 'utf8'),
  (_, value: unknown) => (value === 'Infinity' ? Number.POSITIVE_INFINITY : value),
) as { cases: readonly Case[] }

const relations = {
  add_or_remove_one: 'add-or-remove',
  replace_one: 'replace-one',
  replace_special: 'replace-special',
} as const

const primitive: Record<string, (e: Described) => events.PrivacyEvent> = {
  gaussian: (e) => events.gaussian({ noiseMultiplier: e['sigma'] as number }),
  laplace: (e) => events.laplace({ noiseMultiplier: e['scale'] as number }),
  discrete_laplace: (e) =>
    events.discreteLaplace({ scale: 1 / (e['parameter'] as number), sensitivity: e['sensitivity'] as number }),
  discrete_gaussian: (e) => events.discreteGaussian({ stddev: e['sigma'] as number, sensitivity: e['sensitivity'] as number }),
  randomized_response: (e) => {
    // The truth with probability 1 - p, else one of k at random.
    const [p, k] = [e['noise_parameter'] as number, e['num_buckets'] as number]
    return events.randomizedResponse({ epsilon: Math.log(k / p - k + 1), categories: k })
  },
  mixture_of_gaussians: (e) =>
    events.mixtureOfGaussians({
      stddev: e['sigma'] as number,
      sensitivities: e['sensitivities'] as readonly number[],
      probabilities: e['probs'] as readonly number[],
    }),
  truncated_subsampled_gaussian: (e) =>
    events.truncatedPoissonSampled({
      samplingRate: e['q'] as number,
      populationSize: e['dataset_size'] as number,
      maximumBatch: e['truncated_batch_size'] as number,
      event: events.gaussian({ noiseMultiplier: e['sigma'] as number }),
    }),
  epsilon_delta: (e) => events.approximate({ epsilon: e['epsilon'] as number, delta: e['delta'] as number }),
}

function toEvent(described: Described): events.PrivacyEvent {
  const make = primitive[described.type.replace('poisson_', '')]
  if (make === undefined) throw new Error(`no event for ${described.type}`)
  const event = make(described)
  const q = described.type === 'truncated_subsampled_gaussian' ? undefined : (described['q'] as number | undefined)
  return events.repeated({
    times: described.count,
    event: q === undefined ? event : events.poissonSampled({ samplingRate: q, event }),
  })
}

const title = ({ params }: Case): string =>
  `${params.relation}: ${params.events.map(({ type, ...rest }) => `${type} ${JSON.stringify(rest)}`).join(' + ')}`

/** The brackets carry 3e-12 of rounding in delta; ours is asked for to 1e-4, so that the suite stays short. */
function compare(
  ours: { readonly lower: number; readonly upper: number; readonly reached?: number },
  theirs: Bound,
  slack: number,
): void {
  expect(ours.lower).toBeLessThanOrEqual(ours.upper)
  if (theirs.lo !== undefined) expect(ours.upper).toBeGreaterThanOrEqual(theirs.lo - slack)
  if (theirs.hi !== undefined) expect(ours.lower).toBeLessThanOrEqual(theirs.hi + slack)
  const peer = theirs['pess_1e-4']
  // Where the tolerance was not met within a fraction of a second, the answer says by how much.
  if (peer !== undefined) expect(ours.upper).toBeLessThanOrEqual(peer * (1 + (ours.reached ?? tolerance)) + slack)
}

const tolerance = 1e-4

describe('the golden brackets of compositions', () => {
  it('all cases', () => {
    expect(cases.length).toBe(76)
  })
  it.each(cases.map((one) => [title(one), one] as const))('%s', (_, { params, expected }) => {
    const event = events.composed(params.events.map(toEvent))
    const relation = relations[params.relation as keyof typeof relations]
    for (const theirs of expected.epsilon) {
      const ours = epsilon(event, { delta: theirs.delta, relation, tolerance })
      compare(ours, theirs, 1e-9 * (1 + (theirs.hi ?? 0)))
    }
    for (const theirs of expected.delta) {
      compare(delta(event, { epsilon: theirs.epsilon, relation, tolerance }), theirs, 5e-12)
    }
  })
})
