/**
 * Renyi divergences of finitely many losses: randomised response, guarantees, discrete Laplace noise, exponential mechanisms.
 *
 * Atoms are points of Q with their log ratios P / Q; an atom of loss 0 contributes nothing and may be left out.
 *
 * *Promise*: relative accuracy 1e-13, and 2 / z of the largest loss where z > 1e12.
 *
 * @module
 */

import { log1pexp } from '../../numeric/log-space.ts'
import { sampledLoss } from '../laws/sampled-loss.ts'
import { addMoment, emptyNodes, type Nodes, renyiOf, setNode } from './moment.ts'
import { larger, linear, type Renyi } from './renyi.ts'

/** A point that Q gives with probability e^logQ and P with e^(logQ + loss). */
export type Atom = { readonly logQ: number; readonly loss: number }

/** From here on the order is as good as infinite. */
const highest = 1e12

const mirror = ({ logQ, loss }: Atom): Atom => ({ logQ: logQ + loss, loss: -loss })

function nodesOf(atoms: readonly Atom[]): Nodes {
  const nodes = emptyNodes(atoms.length)
  atoms.forEach(({ logQ, loss }, i) => {
    setNode(nodes, i, logQ, loss)
  })
  return nodes
}

/** D(P || Q). */
export function atomsRenyi(atoms: readonly Atom[]): Renyi {
  const nodes = nodesOf(atoms)
  const highestLoss = atoms.reduce((most, { loss }) => Math.max(most, loss), 0)
  return (z) => {
    // Neither is told from the largest loss, where e^(z loss) has no logarithm either.
    if (z > highest || z * highestLoss > 1e300) return highestLoss
    const sum = { value: 0, scale: 0 }
    addMoment(nodes, z, 0, atoms.length, sum)
    return renyiOf(z, sum)
  }
}

/** The larger of D(P || Q) and D(Q || P). */
export function eitherWayRenyi(atoms: readonly Atom[]): Renyi {
  return larger(atomsRenyi(atoms), atomsRenyi(atoms.map(mirror)))
}

/** The divergence of a pair of which these atoms are one half, the other half being their mirror image. */
export function mirroredRenyi(half: readonly Atom[]): Renyi {
  return atomsRenyi([...half, ...half.map(mirror)])
}

/** (1 - rate) Q + rate P against Q. */
export function sampledAtoms(rate: number, atoms: readonly Atom[]): readonly Atom[] {
  return atoms.map(({ logQ, loss }) => ({ logQ, loss: sampledLoss(rate, loss) }))
}

/** The half of the atoms above 0, as sampling a fixed fraction makes them (see fixed-size sampling in gaussians.ts). */
export function fixedSizeHalf(fraction: number, atoms: readonly Atom[]): readonly Atom[] {
  return sampledAtoms(
    fraction,
    atoms.filter(({ loss }) => loss > 0),
  )
}

/** The pair that dominates all that is epsilon-differentially private. */
export function guaranteeAtoms(epsilon: number): readonly Atom[] {
  return [
    { logQ: -log1pexp(epsilon), loss: epsilon },
    { logQ: -log1pexp(-epsilon), loss: -epsilon },
  ]
}

/** k-ary randomised response, one truth against another; the k - 2 other answers tell nothing. */
export function responseRenyi(epsilon: number, categories: number): Renyi {
  const others = Math.log(Math.expm1(epsilon) + categories)
  const logRest = Number.isFinite(others) ? others : epsilon
  return atomsRenyi([
    { logQ: -logRest, loss: epsilon },
    { logQ: epsilon - logRest, loss: -epsilon },
  ])
}

/** k-ary randomised response, the truth against a uniform answer. */
export function responseToBlankRenyi(epsilon: number, categories: number): Renyi {
  return eitherWayRenyi([
    // log(k e^epsilon / (e^epsilon + k - 1)) and log(k / (e^epsilon + k - 1))
    { logQ: -Math.log(categories), loss: -sampledLoss(1 - 1 / categories, -epsilon) },
    { logQ: Math.log1p(-1 / categories), loss: -sampledLoss(1 / categories, epsilon) },
  ])
}

/**
 * All mechanisms whose loss ranges over an interval of length epsilon, such as the exponential one: the extremes have two losses, t
 * and t - epsilon, and the worst t of each order is known,
 *
 *     e^t = e^epsilon c(epsilon),   c(s) = (z / a) (1 - e^-as) / (1 - e^-zs)
 *
 * (two losses by convexity, as for exponential mechanisms in Dong, Durfee and Rogers 2020, arXiv 1909.13830; t where the derivative of
 * E_Q[(P/Q)^a] vanishes). At most a epsilon^2 / 8 (Cesar and Rogers 2020) and at most epsilon.
 */
export function boundedRangeRenyi(epsilon: number): Renyi {
  // Where doubles can't hold the two masses apart from their ends.
  if (epsilon < 1e-150) return linear(epsilon ** 2 / 8)
  return (z) => {
    if (z > highest || z * epsilon > 1e300) return epsilon
    const a = 1 + z
    const gap = z === 0 ? epsilon : -Math.expm1(-z * epsilon) / z
    // Kept apart: next to a large epsilon it would be lost, and with it the mass of the upper loss.
    const shift = Math.log(-Math.expm1(-a * epsilon) / (a * gap))
    const top = epsilon + shift
    const whole = -Math.expm1(-epsilon)
    const nodes = nodesOf([
      { logQ: -epsilon + Math.log(Math.expm1(-shift) / whole), loss: top },
      { logQ: Math.log(-Math.expm1(-top) / whole), loss: top - epsilon },
    ])
    const sum = { value: 0, scale: 0 }
    addMoment(nodes, z, 0, 2, sum)
    return Math.min(epsilon, renyiOf(z, sum))
  }
}

/** Discrete Laplace noise P(x) ~ e^(-|x| / scale): shifted by `distance` against not, the atoms with a loss other than 0. */
export function discreteLaplaceAtoms(scale: number, distance: number): readonly Atom[] {
  return [{ logQ: -log1pexp(-1 / scale), loss: -distance / scale }, ...discreteLaplaceRight(scale, distance)]
}

/** The most losses that are told apart. Beyond, neighbours are drawn together, from the side that claims more loss. */
const mostAtoms = 4096

/**
 * The atoms at x > 0. At `distance` and beyond, all have one loss. Where there are too many between, a run of them from loss y1 to y2 is
 * split onto its two ends so that its masses under P and Q stay what they are: a pair that dominates.
 */
export function discreteLaplaceRight(scale: number, distance: number): readonly Atom[] {
  const rate = 1 / scale
  const logTotal = log1pexp(-rate)
  const logPoint = Math.log(-Math.expm1(-rate)) - logTotal
  const atoms: Atom[] = [{ logQ: -distance * rate - logTotal, loss: distance * rate }]
  const length = Math.ceil((distance - 1) / mostAtoms)
  for (let x = 1; x < distance; x += length) {
    const last = Math.min(x + length, distance) - 1
    const run = last - x
    const logQ = logPoint - x * rate + Math.log(Math.expm1(-(run + 1) * rate) / Math.expm1(-rate))
    if (run === 0) atoms.push({ logQ, loss: (2 * x - distance) * rate })
    else {
      // The mean ratio is the geometric mean of the ends.
      atoms.push({ logQ: logQ - log1pexp(-run * rate), loss: (2 * x - distance) * rate })
      atoms.push({ logQ: logQ - log1pexp(run * rate), loss: (2 * last - distance) * rate })
    }
  }
  return atoms
}
