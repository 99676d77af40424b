import { BitSource } from '../../src/random/bit-source.ts'
import { type InsecureRandom, issueInsecure, open } from '../../src/random/handles.ts'
import { insecureSeeded, type Seed } from '../../src/testing/index.ts'

/** The bits behind a seeded stream. */
export const seededBits = (seed: Seed): BitSource => open(insecureSeeded(seed), 'insecure-seeded') as BitSource

/** Words one by one, counting how many were asked for. */
export function scripted(next: () => number): {
  readonly bits: BitSource
  readonly random: InsecureRandom
  consumed: () => number
} {
  let consumed = 0
  const bits = new BitSource(() => {
    consumed += 1
    return Uint32Array.of(next())
  })
  return { bits, random: issueInsecure(bits), consumed: () => consumed }
}

/** The given words and then an error. */
export function words(...list: readonly number[]): ReturnType<typeof scripted> {
  const left = [...list]
  return scripted(() => {
    const word = left.shift()
    if (word === undefined) throw new Error('the script is over')
    return word
  })
}

class Pruned {}

/** What a program asks of its randomness, as uniform choices. */
export type Choices = {
  coin(): 0 | 1
  below(bound: number): number
  bigBelow(bound: bigint): bigint
  bits(count: number): number
}

/**
 * Runs a program on every sequence of choices that has at least the probability `least`, and adds up what comes out. The rest of
 * the probability is `unknown`: the true probability of an outcome lies in [mass, mass + unknown].
 */
export function enumerate<T>(
  program: (choices: Choices) => T,
  least: number,
): { readonly masses: Map<T, number>; readonly unknown: number } {
  const masses = new Map<T, number>()
  let unknown = 0
  const path: { choice: number; arity: number }[] = []
  for (;;) {
    let at = 0
    let weight = 1
    const choose = (arity: number): number => {
      if (arity === 1) return 0
      // What comes below the least probability stays unknown: this choice and all its siblings.
      if (weight * arity * least > 1) throw new Pruned()
      weight *= arity
      if (at === path.length) path.push({ choice: 0, arity })
      const step = path[at] as { choice: number; arity: number }
      at += 1
      return step.choice
    }
    const source: Choices = {
      coin: () => choose(2) as 0 | 1,
      below: choose,
      bigBelow: (bound) => BigInt(choose(Number(bound))),
      bits: (count) => choose(1 << count),
    }
    try {
      const outcome = program(source)
      masses.set(outcome, (masses.get(outcome) ?? 0) + 1 / weight)
    } catch (error) {
      if (!(error instanceof Pruned)) throw error
      unknown += 1 / weight
    }
    path.length = at
    while (path.length > 0) {
      const last = path[path.length - 1] as { choice: number; arity: number }
      last.choice += 1
      if (last.choice < last.arity) break
      path.pop()
    }
    if (path.length === 0) return { masses, unknown }
  }
}

/** How far the counts are from what is expected, in standard deviations (Wilson-Hilferty), bins pooled to at least 10 expected. */
export function chiSquared(counts: ReadonlyMap<number, number>, probability: (x: number) => number, draws: number): number {
  const bins: { expected: number; found: number }[] = []
  let expected = 0
  let found = 0
  let total = 0
  const keys = [...counts.keys()].sort((a, b) => a - b)
  const [low, high] = [keys[0] as number, keys[keys.length - 1] as number]
  for (let x = low; x <= high; x++) {
    expected += probability(x) * draws
    found += counts.get(x) ?? 0
    if (expected >= 10) {
      bins.push({ expected, found })
      total += expected
      expected = 0
      found = 0
    }
  }
  // What was never seen, beyond both ends, belongs to the last bin with what is left over.
  bins.push({ expected: draws - total, found })
  if ((bins.at(-1) as { expected: number }).expected < 1) bins.pop()
  const statistic = bins.reduce((sum, bin) => sum + (bin.found - bin.expected) ** 2 / bin.expected, 0)
  const k = bins.length - 1
  return ((statistic / k) ** (1 / 3) - (1 - 2 / (9 * k))) / Math.sqrt(2 / (9 * k))
}

/** Tests in full size are for releases and for whoever changes a sampler: INDISTINCT_FULL=1. */
export const fullSize: boolean = process.env['INDISTINCT_FULL'] === '1'
