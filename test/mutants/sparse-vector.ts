/**
 * The four sparse vector techniques that were published with a proof and are not private, as told by Lyu, Su and Li 2017 (figure 1, algorithms 3 to 6).
 * Noise is discrete Laplace on thousandths, which is not what breaks them.
 */
import { discreteLaplaceSampler } from '../../src/random/index.ts'
import { insecureSeeded } from '../../src/testing/index.ts'

/** A broken mechanism: what it claims, two neighbouring inputs, and a release that is one number. */
export type Mutant = {
  readonly name: string
  readonly claimedEpsilon: number
  readonly neighbours: readonly [readonly number[], readonly number[]]
  readonly make: (seed: number) => (queries: readonly number[]) => number
}

const epsilon = 1
const half = epsilon / 2

/** Laplace noise of a scale, as a function. */
function noises(seed: number): (scale: number) => () => number {
  const insecureRandom = insecureSeeded(seed)
  return (scale) => {
    const { sample } = discreteLaplaceSampler({ scale: Math.round(scale * 1000), insecureRandom })
    return () => sample() / 1000
  }
}

/** Queries that go up and queries that go down take turns: what is released is how many more of the former were found above. */
const turns = (pairs: number, up: number): readonly number[] =>
  Array.from({ length: 2 * pairs }, (_, i) => (i % 2 === 0 ? up : 1 - up))
const balance = (verdicts: readonly boolean[]): number =>
  verdicts.reduce((sum, above, i) => sum + (above ? (i % 2 === 0 ? 1 : -1) : 0), 0)

/** Threshold 1/2, noise of these scales, and an end or none. */
const verdictsBy =
  (thresholdScale: number, queryScale: number, positives: number) =>
  (seed: number): ((queries: readonly number[]) => number) => {
    const noise = noises(seed)
    const ofThreshold = noise(thresholdScale)
    const ofQuery = queryScale === 0 ? () => 0 : noise(queryScale)
    return (queries) => {
      const bar = 0.5 + ofThreshold()
      const verdicts: boolean[] = []
      let left = positives
      for (const query of queries) {
        if (left === 0) break
        const above = query + ofQuery() >= bar
        if (above) left -= 1
        verdicts.push(above)
      }
      return balance(verdicts)
    }
  }

/** Algorithm 3 (Roth's lecture notes of 2011): the noisy value that was compared is released with the verdict, and tells of the threshold's noise. */
export const showsTheSum: Mutant = {
  name: 'sparse vector that releases the sum it has compared',
  claimedEpsilon: epsilon,
  neighbours: [
    [...new Array<number>(12).fill(0), 1],
    [...new Array<number>(12).fill(1), 0],
  ],
  make: (seed) => {
    const noise = noises(seed)
    const [ofThreshold, ofQuery] = [noise(1 / half), noise(1 / half)]
    return (queries) => {
      const bar = ofThreshold()
      for (const [i, query] of queries.entries()) {
        const sum = query + ofQuery()
        // Only the last query's value is of interest, a verdict before it ends the session as well.
        if (sum >= bar) return i === queries.length - 1 ? sum : Number.POSITIVE_INFINITY
      }
      return Number.POSITIVE_INFINITY
    }
  },
}

/** Algorithm 4 (Lee and Clifton 2014): the noise of the queries does not grow with the number of positives. */
export const forgetsTheCount: Mutant = {
  name: 'sparse vector whose noise does not grow with the positives',
  claimedEpsilon: epsilon,
  neighbours: [turns(20, 1), turns(20, 0)],
  make: verdictsBy(4 / epsilon, 4 / (3 * epsilon), 20),
}

/** Algorithm 5 (Stoddard, Chen and Machanavajjhala 2014): no noise on the queries, no end. */
export const comparesBareQueries: Mutant = {
  name: 'sparse vector without noise on the queries',
  claimedEpsilon: epsilon,
  neighbours: [turns(5, 1), turns(5, 0)],
  make: verdictsBy(2 / epsilon, 0, Number.POSITIVE_INFINITY),
}

/** Algorithm 6 (Chen, Xiao, Zhang and Xu 2015): noise everywhere, no end. */
export const neverEnds: Mutant = {
  name: 'sparse vector without an end',
  claimedEpsilon: epsilon,
  neighbours: [turns(20, 1), turns(20, 0)],
  make: verdictsBy(2 / epsilon, 2 / epsilon, Number.POSITIVE_INFINITY),
}

export const sparseVectorMutants: readonly Mutant[] = [showsTheSum, forgetsTheCount, comparesBareQueries, neverEnds]
