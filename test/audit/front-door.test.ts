import { describe, expect, it } from 'vitest'
import * as front from '../../src/index.ts'
import { hashOf } from '../../src/mechanisms/local/local-hashing.ts'
import { audit } from '../../src/testing/index.ts'
import { seeded } from '../mutants/mutant.ts'
import { calls } from '../properties/calls.ts'
import { scale } from './scale.ts'

/** What to build of a function, and neighbours as far apart as its sensitivity allows. */
type Case = {
  readonly options: object
  readonly here: unknown
  readonly there: unknown
  /** Where a release needs more than the data. */
  readonly release?: (mechanism: { readonly release: (...data: unknown[]) => unknown }, data: unknown) => unknown
}

const doors = front as unknown as Record<string, (options: object) => { readonly release: (...data: unknown[]) => unknown }>
const scalar = { sensitivity: 1, epsilon: 1 }
const local = { options: { epsilon: 1, categories: 5 }, here: 0, there: 4 }
const scores = { options: scalar, here: [1, 0, 0, 0], there: [0, 1, 1, 1] }
const [few, more] = [
  [1, 2, 3],
  [1, 2, 3, 10],
]
const bounded = { lower: 0, upper: 10, epsilon: 1 }

const cases: Readonly<Record<string, Case>> = {
  laplace: { options: { sensitivity: 0.1, epsilon: 1 }, here: 1000 / 3, there: 1000 / 3 + 0.1 },
  gaussian: { options: { l2Sensitivity: 1, epsilon: 1, delta: 0.01 }, here: 1 / 3, there: 4 / 3 },
  discreteLaplace: { options: { sensitivity: 3, epsilon: 1 }, here: 5, there: 8 },
  discreteGaussian: { options: { sensitivity: 1, rho: 0.5 }, here: 0, there: 1 },
  staircase: { options: scalar, here: 0, there: 1 },
  truncatedLaplace: { options: { ...scalar, delta: 0.01 }, here: 0, there: 1 },
  skellam: { options: { l1Sensitivity: 1, l2Sensitivity: 1, epsilon: 1, delta: 0.01 }, here: [0], there: [1] },
  exponential: scores,
  permuteAndFlip: scores,
  noisyMax: scores,
  topK: { ...scores, options: { ...scalar, k: 2 } },
  aboveThreshold: { ...scores, options: { ...scalar, threshold: 0.5 } },
  sparseVector: { ...scores, options: { ...scalar, threshold: 0.5, positives: 2 } },
  treeCounter: { options: { steps: 4, sensitivity: 1, rho: 0.5 }, here: [0, 1, 0, 0], there: [1, 1, 0, 0] },
  proposeTestRelease: {
    options: { bound: 1, epsilon: 1, delta: 0.01 },
    here: { value: 0, distance: 4 },
    there: { value: 1, distance: 5 },
  },
  smoothSensitivity: {
    options: { epsilon: 1, leastBound: 0.001 },
    // At beta = epsilon / 6 a bound may grow by e^(1/6) = 1.18 from one to the other.
    here: [0, 1],
    there: [1, 1.18],
    release: ({ release }, data) => release(...(data as number[])),
  },
  randomizedResponse: { options: { epsilon: 1, categories: 5 }, here: 0, there: 4 },
  symmetricUnaryEncoding: local,
  optimizedUnaryEncoding: local,
  localHashing: {
    ...local,
    // A value says nothing without its hash function: which of the two it fits is what an attacker looks at.
    release: ({ release }, data) => {
      const [a, b, value] = release(data) as [number, number, number]
      return [0, 4].map((category) => (hashOf(a, b, category, 4) === value ? 1 : 0))
    },
  },
  hadamardResponse: local,
  subsetSelection: local,
  rappor: { options: { epsilon: 2, bits: 8, hashes: 1, cohorts: 2 }, here: 'a', there: 'b' },
  count: { options: { epsilon: 1 }, here: few, there: more },
  distinctCount: { options: { epsilon: 1 }, here: few, there: more },
  sum: { options: bounded, here: few, there: more },
  mean: { options: bounded, here: few, there: more },
  variance: { options: bounded, here: few, there: more },
  quantile: { options: { ...bounded, at: 0.5, step: 1 }, here: few, there: more },
  quantiles: { options: { ...bounded, at: [0.25, 0.75], step: 1 }, here: few, there: more },
  histogram: { options: { epsilon: 1, categories: ['a', 'b'] }, here: ['a', 'b'], there: ['a', 'b', 'b'] },
  selectPartitions: { options: { epsilon: 1, delta: 0.01 }, here: ['a', 'a', 'b'], there: ['a', 'a', 'a', 'b'] },
  automaticBounds: { options: { epsilon: 1 }, here: new Array<number>(5).fill(3), there: new Array<number>(6).fill(3) },
}

describe('what the front door releases keeps what it claims', () => {
  const exported = Object.entries(cases).filter(([name]) => name in front)
  it.each(exported)('%s', (name, { options, here, there, release }) => {
    const make = doors[name] as (options: object) => { readonly release: (...data: unknown[]) => unknown }
    const mechanism = make({ ...options, ...seeded(name.length * 1000 + name.charCodeAt(0)) })
    const audited = release === undefined ? mechanism : { ...mechanism, release: (data: unknown) => release(mechanism, data) }
    const found = audit(audited, { here, there }, { draws: 4000 * scale })
    expect(found.exceedsClaim).toBe(false)
    expect(found.epsilon).toBeLessThanOrEqual(found.claimed as number)
    // Neighbours that are not told apart at all would make this an empty promise.
    if (scale > 1) expect(Math.max(found.epsilon, found.mu)).toBeGreaterThan(0)
  })
  it.runIf(scale > 1)('all of it', () => {
    const releasing = Object.entries(front).flatMap(([name, make]) => {
      const right = calls[`indistinct ${name}`] ?? calls[name]
      if (typeof make !== 'function' || right === undefined) return []
      const made: unknown = (make as (...args: readonly unknown[]) => unknown)(...right.args)
      return typeof made === 'object' && made !== null && 'release' in made && 'guarantee' in made ? [name] : []
    })
    expect(releasing.filter((name) => !(name in cases))).toEqual([])
  })
})
