/**
 * Renyi divergences of Laplace noise of scale b, alone and under sampling; c = 1 / b is its pure epsilon.
 *
 * Between Lap(0, b) and Lap(1, b) the log ratio y is -c with mass 1/2 and c with mass e^-c / 2 (under the first), and between
 * has the density e^(-(y + c) / 2) / 4. Alone, in closed form (Mironov 2017, arXiv 1702.07476, proposition 6), with z = a - 1
 *
 *     S(a) = c^2 (z f(zc) + a f(-ac)) / (2a - 1),   f(x) = (e^x - 1 - x) / x^2,       D_a = log(1 + a z S(a)) / z
 *
 * Sampled: the same integral of another ratio. Adding and removing: log(1 - q + q e^y), and removing is the worse (Mironov, Talwar
 * and Zhang 2019, arXiv 1908.10530, theorem 5). Replacing under Poisson sampling: (1 - q) Lap(0) + q Lap(1) against (1 - q) Lap(0) +
 * q Lap(-1), which is the worst in any dimension (docs/accounting-internals.md, "Replacing one of a Poisson sample").
 *
 * *Promise*: relative accuracy 1e-12 for orders from 1 to 1e9.
 * *Limits*: MEASURED
 *
 * @module
 */

import { sampledLoss } from '../laws/sampled-loss.ts'
import { addMoment, emptyNodes, renyiOf, type Scaled, setNode } from './moment.ts'
import { addPiece, type Direction, type Piece } from './panels.ts'
import type { Renyi } from './renyi.ts'
import { exchangedLoss, sampledShare } from './sampled-ratio.ts'

/** D of order 1 + z between Laplace laws a pure epsilon of c apart. */
export function laplaceRenyi(c: number): Renyi {
  return (z) => {
    if (z > highest) return c
    const a = 1 + z
    if (z * c > 1) return c + Math.log1p((z / (a + z)) * Math.expm1(-(a + z) * c)) / z
    return renyiOf(z, { value: (c * c * (z * remainder(z * c) + a * remainder(-a * c))) / (a + z), scale: 0 })
  }
}

/** (e^x - 1 - x) / x^2. */
function remainder(x: number): number {
  if (Math.abs(x) > 0.5) return (Math.expm1(x) - x) / (x * x)
  let term = 0.5
  let total = term
  for (let k = 3; k < 16; k++) {
    term *= x / k
    total += term
  }
  return total
}

/** A record added to or removed from a Poisson sample. */
export function sampledLaplaceRenyi(rate: number, c: number): Renyi {
  const loss = (y: number): number => sampledLoss(rate, y)
  const piece = between(-c, c, c, rate, loss)
  return (z) => {
    if (z > highest) return loss(c)
    const sum = { value: 0, scale: 0 }
    addAtom(-Math.LN2, loss(-c), z, 'forward', sum)
    addAtom(-c - Math.LN2, loss(c), z, 'forward', sum)
    addPiece(piece, z, 'forward', sum)
    return renyiOf(z, sum)
  }
}

/** A record of a Poisson sample replaced by another. The two halves of the line mirror each other. */
export function replacedLaplaceRenyi(rate: number, c: number): Renyi {
  const loss = (y: number): number => exchangedLoss(rate, y, -c)
  return mirrored(between(-c, c, c, rate, loss, sampledLoss(rate, -c)), {
    logQ: -c - Math.LN2 + sampledLoss(rate, -c),
    loss: loss(c),
  })
}

/** One of a fixed-size sample replaced, of a fraction g of all; c is the epsilon of replacing without sampling. See fixed-size.ts. */
export function fixedSizeLaplaceRenyi(fraction: number, c: number): Renyi {
  const loss = (y: number): number => sampledLoss(fraction, y)
  return mirrored(between(0, c, c, fraction, loss), { logQ: -c - Math.LN2, loss: loss(c) })
}

function mirrored(piece: Piece, atom: { readonly logQ: number; readonly loss: number }): Renyi {
  return (z) => {
    if (z > highest) return atom.loss
    const sum = { value: 0, scale: 0 }
    for (const direction of ['forward', 'backward'] as const) {
      addAtom(atom.logQ, atom.loss, z, direction, sum)
      addPiece(piece, z, direction, sum)
    }
    return renyiOf(z, sum)
  }
}

/** From here on the order is as good as infinite: D_a is within log(2 / P(top)) / z of its limit. */
const highest = 1e12

/** The part of the line between the atoms, in terms of y. */
function between(from: number, to: number, c: number, rate: number, loss: (y: number) => number, logQ = 0): Piece {
  return {
    from,
    to,
    at: (y, at) => {
      at.logQ = logQ - (y + c) / 2 - Math.log(4)
      at.loss = loss(y)
    },
    // The sampled loss has branch points pi away from the real line.
    width: (y, z) => Math.min(3, 14 / (1 + (1 + z) * sampledShare(rate, y))),
    turn: Number.NEGATIVE_INFINITY,
  }
}

function addAtom(logQ: number, loss: number, z: number, direction: Direction, sum: Scaled): void {
  const node = emptyNodes(1)
  if (direction === 'forward') setNode(node, 0, logQ, loss)
  else setNode(node, 0, logQ + loss, -loss)
  addMoment(node, z, 0, 1, sum)
}
