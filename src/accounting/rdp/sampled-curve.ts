/**
 * The Renyi curves of sampled events, from those of what is inside. Every choice here is a theorem; where several apply, the least.
 *
 * | sample | 'add-or-remove' | 'replace-one' | 'replace-special' |
 * | --- | --- | --- | --- |
 * | Poisson, rate q | `sampled` at distance 1 | noise: `replaced`, else convexity | noise: `sampled`, else convexity |
 * | fixed size, fraction g | noise: `sampled` at distance 2 | `fixedSize` at distance 2 | that, or convexity at distance 1 |
 * | Poisson, then cut to B | below | below | below |
 * | one of t steps | unsampled | unsampled | unsampled |
 *
 * `sampled`, `replaced`, `fixedSize`: pairs.ts; several releases on one sample: shared-sample.ts. Convexity: renyi.ts, with the curve of the
 * inner event under the same relation.
 *
 * *Fixed size, a record added*: the sample of n + 1 records, if it holds the new one, is a sample of n with one record replaced;
 * so M(D') = (1 - g) M(S) + g M(S with one replaced) over a common S, whose divergences from M(S) are those of a Poisson sample with a
 * pair at the distance of replacing.
 *
 * *Cut to B*: given that k of the others are in, the record changes nothing else if k < B. If k >= B it is kept with probability at most
 * q B / (B + 1), and then takes another's place: the pair at distance 2. By convexity over k, with t = P(Bin(n, q) >= B),
 *     e^(z D) <= (1 - t) e^(z D1) + t e^(z max(D1, D2))
 *
 * *One of t steps* (random allocation): a mixture over the step, on which both sides agree; by quasi-convexity no worse than a step.
 *
 * @module
 */

import { UnsupportedEventError } from '../../errors.ts'
import type {
  FixedSizeSampledEvent,
  PoissonSampledEvent,
  PrivacyEvent,
  RandomAllocationEvent,
  TruncatedPoissonSampledEvent,
} from '../../events/kinds.ts'
import { inside } from '../../events/path.ts'
import { binomialAtLeast } from '../../numeric/binomial.ts'
import { flatten, type Part } from '../flatten.ts'
import type { Relation } from '../relation.ts'
import { claimedPair, noisePair, type SymmetricPair } from './pairs.ts'
import { byConvexity, type Curve, larger, lesser, type Renyi } from './renyi.ts'
import { sharedFixedSizeRenyi, sharedSampleRenyi } from './shared-sample.ts'

export type SampledEvent = PoissonSampledEvent | FixedSizeSampledEvent | TruncatedPoissonSampledEvent | RandomAllocationEvent

/** The curve of what is inside, without sampling. */
export type Inner = (parts: readonly Part[], relation: Relation, path: string) => Curve

/** The curve of a sampled event that `flatten` leaves whole. */
export function sampledCurve(event: SampledEvent, relation: Relation, path: string, inner: Inner): Curve {
  const parts = flatten(event.event)
  const at = inside(path, 'event')
  switch (event.kind) {
    case 'poissonSampled':
      return poisson(event.samplingRate, parts, relation, at, inner)
    case 'fixedSizeSampled':
      return fixedSize(event.sampleSize / event.populationSize, parts, relation, at, inner)
    case 'truncatedPoissonSampled':
      return truncated(event, parts, relation, path)
    case 'randomAllocation':
      return inner(parts, relation, at)
  }
}

/** By convexity, from the curve without sampling. What that leaves out happens so much less often. */
function convex(rate: number, { renyi, failure }: Curve): Curve {
  return { renyi: byConvexity(rate, renyi), failure: rate * failure }
}

function poisson(rate: number, parts: readonly Part[], relation: Relation, path: string, inner: Inner): Curve {
  const [event] = single(parts)
  const noise = event && noisePair(event, 1)
  if (noise !== undefined) return exactly(relation === 'replace-one' ? noise.replaced(rate) : noise.sampled(rate))
  const claims = relation === 'add-or-remove'
  const plain = convex(rate, inner(parts, relation, path))
  const claimed = event && claims ? claimedPair(event) : undefined
  // With probability rate a failure comes into the sample; apart from that, the two sides mix as without failures. The curve of an
  // exponential mechanism is below that of its pair.
  if (claimed) return { renyi: lesser(claimed.sampled(rate), plain.renyi), failure: plain.failure }
  const pairs = relation === 'replace-one' ? undefined : pairsOf(parts, 1, claims)
  return pairs === undefined ? plain : exactly(lesser(sharedSampleRenyi(rate, product(pairs)), plain.renyi))
}

function fixedSize(fraction: number, parts: readonly Part[], relation: Relation, path: string, inner: Inner): Curve {
  const replacing = relation !== 'add-or-remove'
  const pairs = pairsOf(parts, 2, relation === 'replace-one')
  if (pairs === undefined) {
    if (replacing) return convex(fraction, inner(parts, relation, path))
    const [part] = parts as [Part]
    throw new UnsupportedEventError(
      path,
      part.event.kind,
      "no bound is known for adding a record to a population of which a sample of fixed size is taken; ask for 'replace-one'",
    )
  }
  const [only] = pairs.length === 1 && pairs[0]?.times === 1 ? pairs : []
  const whole = product(pairs)
  if (!replacing) return exactly(only ? only.pair.sampled(fraction) : sharedSampleRenyi(fraction, whole))
  const replaced = only ? only.pair.fixedSize(fraction) : sharedFixedSizeRenyi(fraction, whole)
  // Never more than without sampling; under replace-special the record is compared to a blank, at distance 1.
  const { renyi } = inner(parts, relation, path)
  return exactly(lesser(replaced, byConvexity(fraction, renyi)))
}

function truncated(event: TruncatedPoissonSampledEvent, parts: readonly Part[], relation: Relation, path: string): Curve {
  const { samplingRate, populationSize, maximumBatch } = event
  const [inner] = single(parts)
  const near = inner && noisePair(inner, 1)
  const far = inner && noisePair(inner, 2)
  if (near === undefined || far === undefined) {
    throw new UnsupportedEventError(path, event.kind, 'a bound for it is known only around Gaussian or Laplace noise')
  }
  const kept = samplingRate * (maximumBatch / (maximumBatch + 1))
  const replacing = relation === 'replace-one'
  const below = replacing ? near.replaced(samplingRate) : near.sampled(samplingRate)
  const above = larger(below, replacing ? far.replaced(kept) : far.sampled(kept))
  const cut = byConvexityOf(binomialAtLeast(maximumBatch, populationSize, samplingRate), below, above)
  return exactly(cut)
}

/** log((1 - t) e^(z D1) + t e^(z D2)) / z for D1 <= D2. */
function byConvexityOf(rate: number, less: Renyi, more: Renyi): Renyi {
  return (z) => {
    const d = less(z)
    const gap = more(z) - d
    return rate === 0 || !(gap > 0) ? d : d + byConvexity(rate, () => gap)(z)
  }
}

const exactly = (renyi: Renyi): Curve => ({ renyi, failure: 0 })

/** The one event inside, if it is one and happens once. */
function single(parts: readonly Part[]): readonly PrivacyEvent[] {
  return parts.length === 1 && parts[0]?.times === 1 ? [parts[0].event] : []
}

type Factor = { readonly pair: SymmetricPair; readonly times: number }

/** The pairs of all parts, if each has one; claims only where they are about the same relation as the pair. */
function pairsOf(parts: readonly Part[], apart: 1 | 2, claims: boolean): readonly Factor[] | undefined {
  const factors: Factor[] = []
  for (const { event, times } of parts) {
    const pair = noisePair(event, apart) ?? (claims && event.kind !== 'approximate' ? claimedPair(event) : undefined)
    if (pair === undefined) return undefined
    factors.push({ pair, times })
  }
  return factors
}

const product =
  (factors: readonly Factor[]): Renyi =>
  (z) =>
    factors.reduce((sum, { pair, times }) => sum + times * pair.alone(z), 0)
