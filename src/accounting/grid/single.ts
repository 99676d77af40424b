/**
 * Delta of one release, read off its law, and what is certain of any composition without computing.
 *
 *     delta(e) = P(L = inf) + E[(1 - e^(e - L)); e < L < inf],        the excess of the cell above e
 *
 * *Promise*: bounds as `Sides` promise; errors are the law's own.
 *
 * @module
 */

import { emptyCell, type LawPart, type LossLaw } from '../laws/law.ts'
import { atLeastZero, atMostOne, type Sides } from './integral.ts'
import { placeError } from './measures.ts'

const u = 2 ** -53

/** Both bounds for a law that occurs once. */
export function singleSides(law: LossLaw): Sides {
  const error = law.massError + 16 * u
  const cell = emptyCell()
  const at = (epsilon: number, side: 1 | -1): number => {
    if (epsilon >= law.high + placeError(law, law.high, law.high)) return law.infiniteMass * (1 + side * error)
    law.cell(epsilon, Number.POSITIVE_INFINITY, cell)
    const off = (error + placeError(law, epsilon, epsilon)) * cell.p
    return cell.excess + law.infiniteMass + side * (off + error * law.infiniteMass)
  }
  return { upper: (epsilon) => atMostOne(at(epsilon, 1) + 1e-300), lower: (epsilon) => atLeastZero(at(epsilon, -1)) }
}

/** Parts that have a loss. */
export const relevant = (parts: readonly LawPart[]): readonly LawPart[] =>
  parts.filter(({ law, times }) => times > 0 && (law.infiniteMass > 0 || law.high > 0))

/** The probability that some loss is infinite. */
export function infiniteMass(parts: readonly LawPart[]): { readonly upper: number; readonly lower: number } {
  let log = 0
  let error = 8 * u
  for (const { law, times } of parts) {
    log += times * Math.log1p(-Math.min(1, law.infiniteMass))
    error += law.massError
  }
  const mass = -Math.expm1(log)
  return { upper: Math.min(1, mass * (1 + error)), lower: mass * (1 - error) }
}

/** The largest sum of finite losses: an upper and a lower bound. */
export function largestLoss(parts: readonly LawPart[]): { readonly upper: number; readonly lower: number } {
  let upper = 0
  let lower = 0
  for (const { law, times } of parts) {
    const off = Number.isFinite(law.high) ? placeError(law, law.high, law.high) : 0
    upper += times * (law.high + off)
    lower += times * (law.high - off)
  }
  const error = 2 * u * (parts.length + 4)
  return { upper: upper * (1 + error), lower: Math.max(0, lower * (1 - error)) }
}
