import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { pure } from '../../src/events/index.ts'
import { sparseVector } from '../../src/mechanisms/index.ts'
import { audit } from '../../src/testing/index.ts'
import { type Mutant, seeded } from '../mutants/mutant.ts'
import type { Mutant as SparseVectorMutant } from '../mutants/sparse-vector.ts'
import { scale } from './scale.ts'

/** The right form of sparse vector, on the queries of a mutant: how many more of the even queries are above than of the odd ones. */
function soundSparseVector(seed: number): (queries: readonly number[]) => number {
  const { release } = sparseVector({ threshold: 0.5, positives: 5, sensitivity: 1, epsilon: 1, ...seeded(seed) })
  return (queries) => release(queries).reduce((sum, { above }, i) => sum + (above ? (i % 2 === 0 ? 1 : -1) : 0), 0)
}

const fromSparseVector = ({ name, claimedEpsilon, neighbours, make }: SparseVectorMutant): Mutant =>
  ({
    name,
    why: 'Lyu, Su and Li 2017',
    claim: pure({ epsilon: claimedEpsilon }),
    neighbours,
    broken: make,
    sound: soundSparseVector,
    // One release in a hundred tells anything at all of the sum that was compared.
    draws: name.includes('sum') ? 250_000 : 60_000,
  }) as unknown as Mutant

/** Every list of mutants in the folder. */
const folder = new URL('../mutants/', import.meta.url)
const modules = await Promise.all(
  readdirSync(folder)
    .filter((file) => file !== 'mutant.ts')
    .map((file) => import(new URL(file, folder).href) as Promise<Record<string, unknown>>),
)
const mutants = modules
  .flatMap((module) => Object.values(module))
  .filter((value) => Array.isArray(value))
  .flat()
  .map((one: Mutant | SparseVectorMutant) => ('claimedEpsilon' in one ? fromSparseVector(one) : one))

it('there are mutants to catch', () => {
  expect(mutants.length).toBeGreaterThanOrEqual(30)
  expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length)
})

describe.each(mutants.map((mutant, i) => [mutant.name, mutant, i] as const))('%s', (_, mutant, i) => {
  const { claim, neighbours, draws } = mutant
  const [here, there] = neighbours
  it('is caught', () => {
    const release = mutant.broken(1000 + i) as (data: unknown) => unknown
    const found = audit(release, { here, there }, { draws, claim })
    expect(found.exceedsClaim).toBe(true)
    if (claim.kind === 'pure') expect(found.epsilon).toBeGreaterThan(claim.epsilon)
    if (claim.kind === 'gdp') expect(found.mu).toBeGreaterThan(claim.mu)
  })
  it('and what it should have been is not', () => {
    const release = mutant.sound(2000 + i) as (data: unknown) => unknown
    const found = audit(release, { here, there }, { draws: draws * scale, claim })
    expect(found.exceedsClaim).toBe(false)
  })
})
