/**
 * The Gaussian events as pairs of mixtures, one composition for each order of the neighbours.
 *
 * | event | record removed; added has P and Q exchanged | replaced |
 * | --- | --- | --- |
 * | gaussian of multiplier s | mu = 1 / s, symmetric | mu = 2 / s |
 * | gdp | mu, symmetric | mu |
 * | Poisson-sampled Gaussian | (1 - q) N(0) + q N(1) against N(0) | (1 - q) N(0) + q N(1) against (1 - q) N(0) + q N(-1) |
 * | mixture of Gaussians | SUM w_i N(s_i) against N(0) | unknown |
 *
 * These dominate (Zhu, Dong and Wang 2022, arXiv 2106.08567, theorems 10 and 11 and appendix), and so do their compositions.
 *
 * @module
 */

import type { Part } from '../flatten.ts'
import { contributionsApart, type Relation } from '../relation.ts'
import { centred, type Mixture, type MixturePair } from './mixture-pair.ts'
import type { Composition, ContourPart } from './tilt.ts'

/** One composition where both orders have the same loss, else that with the record in P first. */
export type Compositions = readonly [Composition] | readonly [removed: Composition, added: Composition]

/** What flattened parts come to, or undefined where one of them is of another kind, or so small or large that squares lose digits. */
export function gaussianCompositions(parts: readonly Part[], relation: Relation): Compositions | undefined {
  const removed: ContourPart[] = []
  const added: ContourPart[] = []
  let gaussian = 0
  let symmetric = true
  for (const { event, times } of parts) {
    if (event.kind === 'gaussian' || event.kind === 'gdp') {
      const mu = event.kind === 'gdp' ? event.mu : contributionsApart(relation) / event.noiseMultiplier
      gaussian += times * mu * mu
      continue
    }
    let stddev: number
    let sampled: Mixture
    let replaced: Mixture | undefined
    if (event.kind === 'poissonSampled' && event.event.kind === 'gaussian') {
      const weights = [1 - event.samplingRate, event.samplingRate]
      stddev = event.event.noiseMultiplier
      sampled = { means: [0, 1], weights }
      if (relation === 'replace-one') replaced = { means: [0, -1], weights }
    } else if (event.kind === 'mixtureOfGaussians' && relation !== 'replace-one') {
      stddev = event.stddev
      sampled = { means: event.sensitivities, weights: event.probabilities }
    } else return undefined
    if (!(stddev > 1e-60 && stddev < 1e60)) return undefined
    const pair: MixturePair = { stddev, p: sampled, q: replaced ?? centred }
    removed.push({ pair, times })
    if (replaced === undefined) {
      symmetric = false
      added.push({ pair: { stddev, p: centred, q: sampled }, times })
    } else added.push({ pair, times })
  }
  if (!Number.isFinite(gaussian)) return undefined
  return symmetric
    ? [{ parts: removed, gaussian }]
    : [
        { parts: removed, gaussian },
        { parts: added, gaussian },
      ]
}
