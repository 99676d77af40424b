/**
 * Events that are dominated by a pair which is its own mirror image, and what sampling makes of that pair.
 *
 * Additive symmetric noise, at the distance that neighbours are apart, and claims whose worst case is known. Being its own mirror
 * image is what the theorems on sampling ask for:
 *
 * - `sampled`: a record added to or removed from a Poisson sample, (1 - q) Q + q P against Q (Zhu, Dong and Wang 2022, arXiv 2106.08567,
 *   theorem 11) and back, of which this direction is the larger at every order (Mironov, Talwar and Zhang 2019, theorem 5);
 * - `replaced`: a record of a Poisson sample replaced by another, for noise only: (1 - q) M(0) + q M(1) against (1 - q) M(0) + q M(-1)
 *   (docs/accounting-internals.md, "Replacing one of a Poisson sample");
 * - `fixedSize`: one of a sample of fixed size replaced (Balle, Barthe and Gaboardi 2018, arXiv 1807.01647, theorem 9), where the pair
 *   is the one for replacing.
 *
 * Permute-and-flip is dominated by Laplace noise of the same epsilon (docs/accounting-internals.md, "Permute and flip").
 *
 * @module
 */

import type { PrivacyEvent } from '../../events/kinds.ts'
import { largestLoss } from '../laws/discrete.ts'
import { sampledLoss } from '../laws/sampled-loss.ts'
import {
  atomsRenyi,
  discreteLaplaceAtoms,
  discreteLaplaceRight,
  fixedSizeHalf,
  guaranteeAtoms,
  mirroredRenyi,
  sampledAtoms,
} from './atoms.ts'
import { discreteGaussianRenyi, fixedSizeGaussianRenyi, replacedGaussianRenyi, sampledGaussianRenyi } from './gaussians.ts'
import { fixedSizeLaplaceRenyi, laplaceRenyi, replacedLaplaceRenyi, sampledLaplaceRenyi } from './laplace.ts'
import { linear, type Renyi, revealed } from './renyi.ts'
import { exchangedLoss } from './sampled-ratio.ts'

/** A symmetric dominating pair: its own curve, and those under sampling at a rate or fraction in (0, 1). */
export type SymmetricPair = {
  readonly alone: Renyi
  readonly sampled: (rate: number) => Renyi
  readonly fixedSize: (fraction: number) => Renyi
}

/** A pair of shifted noise, for which the unshifted noise is known too. */
export type NoisePair = SymmetricPair & { readonly replaced: (rate: number) => Renyi }

const hidesNothing: NoisePair = {
  alone: revealed,
  sampled: () => revealed,
  fixedSize: () => revealed,
  replaced: () => revealed,
}

/** The pair of an event that adds symmetric noise, neighbours being so many contributions apart; undefined for other events. */
export function noisePair(event: PrivacyEvent, apart: 1 | 2): NoisePair | undefined {
  switch (event.kind) {
    case 'gaussian':
      return event.noiseMultiplier > 0 ? gaussianPair(apart / event.noiseMultiplier) : hidesNothing
    case 'laplace':
      return apart < largestLoss * event.noiseMultiplier ? laplacePair(apart / event.noiseMultiplier) : hidesNothing
    case 'discreteGaussian': {
      const { stddev } = event
      if (stddev === 0) return hidesNothing
      const shift = apart * event.sensitivity
      const m = shift / stddev
      return {
        alone: discreteGaussianRenyi(stddev, shift),
        sampled: (rate) => sampledGaussianRenyi(rate, m, stddev),
        fixedSize: (fraction) => fixedSizeGaussianRenyi(fraction, m, stddev),
        replaced: (rate) => replacedGaussianRenyi(rate, m, stddev),
      }
    }
    case 'discreteLaplace':
      return event.scale > 0 ? discreteLaplacePair(event.scale, apart * event.sensitivity) : hidesNothing
    default:
      return undefined
  }
}

/** The pair behind a claim about whichever relation is at hand; undefined for other events. */
export function claimedPair(event: PrivacyEvent): SymmetricPair | undefined {
  switch (event.kind) {
    case 'gdp':
      return gaussianPair(event.mu)
    case 'permuteAndFlip':
      return laplacePair(event.epsilon)
    case 'pure':
    case 'exponential':
    case 'approximate': {
      const atoms = guaranteeAtoms(event.epsilon)
      return {
        alone: atomsRenyi(atoms),
        sampled: (rate) => atomsRenyi(sampledAtoms(rate, atoms)),
        fixedSize: (fraction) => mirroredRenyi(fixedSizeHalf(fraction, atoms)),
      }
    }
    default:
      return undefined
  }
}

function gaussianPair(m: number): NoisePair {
  return {
    alone: linear((m * m) / 2),
    sampled: (rate) => (m > 0 ? sampledGaussianRenyi(rate, m) : () => 0),
    fixedSize: (fraction) => (m > 0 ? fixedSizeGaussianRenyi(fraction, m) : () => 0),
    replaced: (rate) => (m > 0 ? replacedGaussianRenyi(rate, m) : () => 0),
  }
}

function laplacePair(c: number): NoisePair {
  return {
    alone: laplaceRenyi(c),
    sampled: (rate) => sampledLaplaceRenyi(rate, c),
    fixedSize: (fraction) => fixedSizeLaplaceRenyi(fraction, c),
    replaced: (rate) => replacedLaplaceRenyi(rate, c),
  }
}

function discreteLaplacePair(scale: number, distance: number): NoisePair {
  const atoms = discreteLaplaceAtoms(scale, distance)
  return {
    alone: atomsRenyi(atoms),
    sampled: (rate) => atomsRenyi(sampledAtoms(rate, atoms)),
    fixedSize: (fraction) => mirroredRenyi(fixedSizeHalf(fraction, atoms)),
    replaced: (rate) => {
      // Right of 0 the other shift's ratio is the least there is; left of 0 is the mirror image.
      const least = -distance / scale
      const still = sampledLoss(rate, least)
      const half = discreteLaplaceRight(scale, distance).map(({ logQ, loss }) => ({
        logQ: logQ + still,
        loss: exchangedLoss(rate, loss, least),
      }))
      return mirroredRenyi(half)
    },
  }
}
