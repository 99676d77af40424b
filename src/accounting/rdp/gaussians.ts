/**
 * Renyi divergences of Gaussian noise under sampling, and of mixtures of Gaussians; m = 1 / s is the shift in units of the noise.
 *
 *     sampled    (1 - q) N(0) + q N(m)  against  N(0)                              Poisson: a record added or removed
 *     replaced   (1 - q) N(0) + q N(m)  against  (1 - q) N(0) + q N(-m)            Poisson: a record replaced
 *     mixture    SUM w_i N(m_i)  against  N(0),  and back                          added or removed, the larger
 *     fixed      the profile of Balle, Barthe and Gaboardi, fixed-size.ts          m of n: a record replaced
 *
 * all at unit variance. Of the two directions of the first, removing (as written) has the larger divergence at every order: Mironov,
 * Talwar and Zhang 2019, arXiv 1908.10530, theorem 5; the second is its own mirror image.
 *
 * The log ratios have branch points where 1 - q + q e^y = 0, that is at t = m / 2 + log(1 / q - 1) / m +- i pi / m (and mirrored, for
 * replacing); a mixture has none below pi / max m_i. This sets the trapezoid's step (line.ts), unless m is so large that these
 * points lie nine standard deviations away from all mass.
 *
 * On a lattice (discrete Gaussian noise of standard deviation s, shifts by integers) the same sums over the lattice, or over every
 * k-th of its points as long as that step is short enough for the trapezoid rule, are the divergences there.
 *
 * *Promise*: relative accuracy 1e-12 for orders from 1 to 1e8 / m; never above the value without sampling, a m^2 / 2 (a lies between
 * 1 and 1e300).
 * *Limits*: MEASURED. For shifts above `largestShift` and orders beyond, the bound by joint convexity, which is within
 * log(1 / q) / (a - 1) of the truth.
 *
 * @module
 */

import { sampledLoss } from '../laws/sampled-loss.ts'
import { type LineLaw, lineRenyi, tail } from './line.ts'
import { renyiOf } from './moment.ts'
import { addPiece, type Piece } from './panels.ts'
import { byConvexity, type Renyi } from './renyi.ts'
import { exchangedLoss } from './sampled-ratio.ts'

/** The points summed over: all of the line at a step, or every so many points of the lattice of integers over `stddev`. */
type Grid = { readonly step: number; readonly weight: number }

/** Integer noise of this standard deviation, or, where it is undefined, noise on the line. */
type Lattice = number | undefined

/** Shifts so large that only their order of magnitude matters: sigma below 1 / 240. */
const largestShift = 240
/** The largest place on the line that nodes are set for. */
const farthest = 1e8

/** Poisson sampling: a record added or removed. */
export function sampledGaussianRenyi(rate: number, m: number, lattice?: Lattice): Renyi {
  const odds = Math.log1p(-rate) - Math.log(rate)
  return within(rate, m, (z) => (z * m * m) / 2 + (m * m) / 2, {
    at: (t, at) => {
      at.logQ = 0
      at.loss = sampledLoss(rate, m * (t - m / 2))
    },
    ...grid(m, odds, lattice),
    core: [-tail, 2 * m + tail],
    turn: m / 2 + odds / m,
    reach: (z) => [-tail, (1 + Math.max(z, 1)) * m + tail],
  })
}

/** Poisson sampling: a record replaced by another. */
export function replacedGaussianRenyi(rate: number, m: number, lattice?: Lattice): Renyi {
  const odds = Math.log1p(-rate) - Math.log(rate)
  return within(rate, m, (z) => 2 * (1 + z) * m * m, {
    at: (t, at) => {
      const [right, left] = [m * (t - m / 2), m * (-t - m / 2)]
      at.logQ = sampledLoss(rate, left)
      at.loss = exchangedLoss(rate, right, left)
    },
    ...grid(m, odds, lattice),
    core: [-2 * m - tail, 2 * m + tail],
    turn: m / 2 + odds / m,
    reach: (z) => [-2 * m - tail, (1 + Math.max(z, 1)) * m + tail],
  })
}

/** One of a fixed-size sample replaced, m being the distance of replacing without sampling. */
export function fixedSizeGaussianRenyi(fraction: number, m: number, lattice?: Lattice): Renyi {
  const odds = Math.log1p(-fraction) - Math.log(fraction)
  const unsampled = (z: number): number => ((1 + z) * m * m) / 2
  if (lattice !== undefined && lattice <= finestLattice) {
    return within(fraction, m, unsampled, {
      at: (t, at) => {
        const y = m * (t - m / 2)
        at.loss = Math.sign(y) * sampledLoss(fraction, Math.abs(y))
        at.logQ = y < 0 ? y - at.loss : 0
      },
      step: 1 / lattice,
      weight: 1 / latticeSum(lattice),
      core: [-m - tail, 2 * m + tail],
      turn: m / 2 + odds / m,
      reach: (z) => [-m - tail, (1 + Math.max(z, 1)) * m + tail],
    })
  }
  // From the point of equal densities on, where the profile has its kink; x is the distance from there.
  const turn = odds / m
  const logDensity = -Math.log(2 * Math.PI) / 2
  const piece = (z: number): Piece => ({
    from: 0,
    to: (0.5 + Math.max(z, 1)) * m + tail,
    at: (x, at) => {
      at.logQ = logDensity - (x + m / 2) ** 2 / 2
      at.loss = sampledLoss(fraction, m * x)
    },
    width: (x) => Math.min(1.4, 0.95 * Math.hypot(x - turn, Math.PI / m)),
    turn,
  })
  return bounded(fraction, m, unsampled, (z) => {
    const sum = { value: 0, scale: 0 }
    addPiece(piece(z), z, 'forward', sum)
    addPiece(piece(z), z, 'backward', sum)
    return renyiOf(z, sum)
  })
}

/** Discrete Gaussian noise without sampling: D = a m^2 / 2 + log(theta(a shift) / theta(0)) / z, theta(c) = SUM e^(-(x - c)^2 / 2 s^2). */
export function discreteGaussianRenyi(stddev: number, shift: number): Renyi {
  const m = shift / stddev
  return (z) => {
    const continuous = ((1 + z) * m * m) / 2
    const offset = (z * shift) % 1
    if (z === 0 || offset === 0 || !Number.isFinite(continuous)) return continuous
    return continuous + Math.log1p(latticeDeficit(stddev, Math.min(offset, 1 - offset)) / latticeSum(stddev)) / z
  }
}

/** A lattice this fine is as good as the line, the kink of fixed-size sampling being smoothed out to the fourth order of its step. */
const finestLattice = 2000

/** The points to sum over for shifts by m whose branch points are pi / m from the line, at t = m / 2 +- odds / m. */
function grid(m: number, odds: number, lattice: Lattice): Grid {
  const apart = m / 2 - Math.abs(odds) / m >= tail
  return onLattice(apart ? 0.65 : stepFor(Math.PI / m), lattice)
}

/** The largest step at which the trapezoid rule errs by less than e^-40, for a Gaussian times what is analytic in a strip. */
export function stepFor(strip: number): number {
  const d = Math.min(strip, 8.9)
  return (2 * Math.PI * d) / (40 + (d * d) / 2)
}

function onLattice(step: number, lattice: Lattice): Grid {
  if (lattice === undefined) return { step, weight: step / Math.sqrt(2 * Math.PI) }
  const stride = Math.max(1, Math.floor(step * lattice))
  return { step: stride / lattice, weight: stride / latticeSum(lattice) }
}

/** SUM over the integers of e^(-x^2 / 2 s^2), as it stands or by Poisson's formula. */
function latticeSum(stddev: number): number {
  const narrow = stddev < 0.4
  const decay = narrow ? 1 / (2 * stddev * stddev) : 2 * (Math.PI * stddev) ** 2
  let total = 1
  for (let k = 1; k * k * decay < 750; k++) total += 2 * Math.exp(-k * k * decay)
  return narrow ? total : Math.sqrt(2 * Math.PI) * stddev * total
}

/** theta(c) - theta(0) <= 0 for 0 <= c <= 1/2. */
function latticeDeficit(stddev: number, c: number): number {
  if (stddev >= 0.4) {
    const decay = 2 * (Math.PI * stddev) ** 2
    let total = 0
    for (let k = 1; k * k * decay < 750; k++) total -= 4 * Math.exp(-k * k * decay) * Math.sin(Math.PI * k * c) ** 2
    return Math.sqrt(2 * Math.PI) * stddev * total
  }
  const twice = 2 * stddev * stddev
  let total = Math.expm1((-c * c) / twice)
  for (let k = 1; (k - 1) ** 2 < 750 * twice; k++) {
    const weight = Math.exp((-k * k) / twice)
    total += weight * (Math.expm1((2 * k * c - c * c) / twice) + Math.expm1((-2 * k * c - c * c) / twice))
  }
  return total
}

function within(rate: number, m: number, unsampled: Renyi, law: LineLaw): Renyi {
  return bounded(rate, m, unsampled, lineRenyi(law))
}

/** The value, where it can be had, but never above that without sampling; else the bound by convexity. */
function bounded(rate: number, m: number, unsampled: Renyi, exact: Renyi): Renyi {
  return (z) => {
    const most = unsampled(z)
    if (!Number.isFinite(most)) return most
    if (m > largestShift || (1 + z) * m > farthest) return byConvexity(rate, unsampled)(z)
    return Math.min(most, exact(z))
  }
}
