import { afterAll, expect, test } from 'vitest'
import { flatten } from '../../src/accounting/flatten.ts'
import { gridDelta } from '../../src/accounting/grid/grid.ts'
import { delta, rdp } from '../../src/accounting/index.ts'
import { directions } from '../../src/accounting/laws/dominating-pairs.ts'
import type { LawPart } from '../../src/accounting/laws/law.ts'
import {
  discreteGaussian,
  discreteLaplace,
  gaussian,
  laplace,
  type PrivacyEvent,
  poissonSampled,
  repeated,
} from '../../src/events/index.ts'
import truths from '../vectors/golden/truths.json' with { type: 'json' }
import { type GoldenCase, near, num } from './golden-cases.ts'
import { response } from './golden-events.ts'

/**
 * Every case of golden/truths.json, 50-digit values: the bracket contains the truth and is about as narrow as the digits of a double.
 * Two steps of a sampled Gaussian are the exception: the grid gets to some 1e-7 of delta in a tenth of a second, and is asked for that.
 */
const cases = truths.cases as unknown as readonly GoldenCase[]

type Fields = Readonly<Record<string, unknown>>
type Bracket = { readonly lower: number; readonly upper: number }

const widest = new Map<string, { count: number; width: number }>()
const record = (kind: string, width: number): void => {
  const before = widest.get(kind) ?? { count: 0, width: 0 }
  widest.set(kind, { count: before.count + 1, width: Math.max(before.width, width) })
}

/** The value is the double nearest the truth. */
const half = 2 ** -53

function holds(kind: string, { lower, upper }: Bracket, truth: number, width: number): void {
  if (!(lower <= truth * (1 + half) && truth * (1 - half) <= upper)) {
    throw new Error(`${truth} is not in [${lower}, ${upper}]`)
  }
  // (A delta of 0 is told by a bound of 1e-300.)
  const wide = upper > 1e-299 ? (upper - lower) / upper : 0
  expect(wide).toBeLessThanOrEqual(width)
  record(kind, wide)
}

function sampled(f: Fields, times: number): PrivacyEvent {
  const event = gaussian({ noiseMultiplier: num(f['sigma']) })
  return repeated({ times, event: f['q'] === 1 ? event : poissonSampled({ samplingRate: num(f['q']), event }) })
}

/** The named direction, or both where it is the public answer. */
function inDirection(event: PrivacyEvent, f: Fields, tolerance: number): Bracket {
  const epsilon = num(f['epsilon'])
  if (f['direction'] === 'replace') return delta(event, { epsilon, tolerance, relation: 'replace-one' })
  // Removing is the larger of the two for these, from epsilon = 0 on.
  if (f['direction'] === 'remove') return delta(event, { epsilon, tolerance })
  return gridDelta(directions(flatten(event), 'add-or-remove').at(-1) as readonly LawPart[], { epsilon, tolerance })
}

const composed: Readonly<Record<string, (f: Fields) => PrivacyEvent>> = {
  randomized_response: (f) => response(num(f['noise_parameter']), num(f['num_buckets'])),
  discrete_laplace: (f) => discreteLaplace({ scale: 1 / num(f['parameter']), sensitivity: num(f['sensitivity']) }),
  discrete_gaussian: (f) => discreteGaussian({ stddev: num(f['sigma']), sensitivity: num(f['sensitivity']) }),
}

const checks: Readonly<Record<string, (f: Fields, truth: number) => void>> = {
  rdp_sgm: (f, truth) => {
    near(rdp(sampled(f, 1), { orders: [num(f['alpha'])] })[0] as number, truth, 2e-13)
    record('rdp_sgm', 2e-13)
  },
  hockey_stick: (f, truth) => holds('hockey_stick', inDirection(sampled(f, 1), f, 1e-10), truth, 1e-9),
  hockey_stick_twice: (f, truth) => holds('hockey_stick_twice', inDirection(sampled(f, 2), f, 1e-7), truth, 1e-6),
  hockey_stick_laplace: (f, truth) =>
    holds(
      'hockey_stick_laplace',
      delta(laplace({ noiseMultiplier: num(f['scale']) }), { epsilon: num(f['epsilon']) }),
      truth,
      1e-12,
    ),
  composed_atoms: (f, truth) => {
    const mechanism = f['mechanism'] as string
    const event = repeated({ times: num(f['count']), event: (composed[mechanism] as (f: Fields) => PrivacyEvent)(f) })
    const relation = mechanism === 'randomized_response' ? 'replace-one' : 'add-or-remove'
    const at = (epsilon: number): Bracket => delta(event, { epsilon, relation, tolerance: 1e-10 })
    holds(`composed_atoms: ${mechanism}`, at(num(f['epsilon'])), truth, 1e-9)
  },
}

for (const [i, { params, expected }] of cases.entries()) {
  const kind = params['kind'] as string
  test(`${i} ${kind} ${JSON.stringify(params)}`, () => {
    const check = checks[kind]
    if (check === undefined) throw new Error(`nothing here for ${kind}`)
    check(params, num(expected['value']))
  })
}

test('is the whole file', () => {
  expect(cases.length).toBe(230)
  expect([...widest.values()].reduce((sum, { count }) => sum + count, 0)).toBe(230)
})

afterAll(() => {
  const rows = [...widest].map(([kind, { count, width }]) => `  ${count} ${kind}: within ${width.toExponential(1)}`)
  console.log(['truths.json, all held:', ...rows].join('\n'))
})
