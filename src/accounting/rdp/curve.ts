/**
 * What Renyi accounting knows of an event: a curve, and how often it fails.
 *
 *     D_a(P' || Q') <= D(a)  in both directions,   P = (1 - f) P' + f (anything),  Q = (1 - f) Q' + f (anything)
 *
 * (Bun and Steinke 2016, arXiv 1605.02635, section 8: approximate concentrated privacy.) Curves add up over a composition, and failures
 * as 1 - f = PRODUCT (1 - f_i); whatever epsilon and delta the curve implies, delta' = f + (1 - f) delta holds of the whole.
 *
 * *Promise*: for every event and relation an upper bound with a proof, named in the module that has it, or an
 * `UnsupportedEventError` that names the path; never a guess.
 *
 * @module
 */

import { UnsupportedEventError } from '../../errors.ts'
import type { EventKind, PrivacyEvent } from '../../events/kinds.ts'
import { flatten, type Part } from '../flatten.ts'
import { contributionsApart, type Relation } from '../relation.ts'
import { boundedRangeRenyi, responseRenyi, responseToBlankRenyi } from './atoms.ts'
import { mixtureRenyi } from './mixture.ts'
import { claimedPair, noisePair } from './pairs.ts'
import { type Curve, linear, type Renyi, revealed } from './renyi.ts'
import { sampledCurve } from './sampled-curve.ts'
import { selectionRenyi } from './selection.ts'
import { skellamRenyi } from './skellam.ts'

/** The curve of a composition, each part's divergence passed through `each`, which is for error margins. */
export function curveOfParts(
  parts: readonly Part[],
  relation: Relation,
  within = '',
  each: (divergence: number, z: number) => number = (divergence) => divergence,
): Curve {
  const curves = parts.map(({ event, times, path }) => ({ ...curveOf(event, relation, join(within, path)), times }))
  const logSound = curves.reduce((sum, { failure, times }) => sum + (failure === 0 ? 0 : times * Math.log1p(-failure)), 0)
  return {
    renyi: (z) => {
      let sum = 0
      for (const { renyi, times } of curves) {
        const bound = each(renyi(z), z)
        // Parameters at the ends of the doubles overflow on the way. Then no bound is known at this order.
        sum += Number.isNaN(bound) ? Number.POSITIVE_INFINITY : times * bound
      }
      return sum
    },
    failure: 0 - Math.expm1(logSound),
  }
}

const join = (outer: string, inner: string): string => [outer, inner].filter((path) => path !== '').join('.')

/**
 * The same, each part raised by more than it may be off: S by 4e-13 of itself (moment.ts), which shows in z D = log(1 + a z S) as much
 * relatively while z D is small and only absolutely when it is large; and everything by some roundings.
 */
export function boundOfParts(parts: readonly Part[], relation: Relation): Curve {
  return curveOfParts(parts, relation, '', (d, z) => d * (1 + 4e-15) + 4e-13 * Math.min(d, 1 / z))
}

/** The curve of an event that `flatten` leaves whole. */
function curveOf(event: PrivacyEvent, relation: Relation, path: string): Curve {
  const curve = (renyi: Renyi): Curve => ({ renyi, failure: 0 })
  const pair = noisePair(event, contributionsApart(relation))
  if (pair !== undefined) return curve(pair.alone)
  switch (event.kind) {
    case 'exponential':
      return curve(boundedRangeRenyi(event.epsilon))
    case 'gdp':
    case 'permuteAndFlip':
    case 'pure':
      return curve(claimedPair(event)?.alone ?? revealed)
    case 'approximate':
      return { renyi: claimedPair(event)?.alone ?? revealed, failure: event.delta }
    case 'zcdp':
      return curve(linear(event.rho))
    case 'nonPrivate':
      return curve(revealed)
    case 'skellam':
      return curve(skellamRenyi(event, contributionsApart(relation)))
    case 'randomizedResponse':
      if (event.epsilon === 0) return curve(() => 0)
      if (relation === 'replace-one') return curve(responseRenyi(event.epsilon, event.categories))
      if (relation === 'replace-special') return curve(responseToBlankRenyi(event.epsilon, event.categories))
      throw unsupported(
        path,
        event.kind,
        "an answer that is there or not shows whether the record is; ask for 'replace-one' or 'replace-special'",
      )
    case 'mixtureOfGaussians': {
      if (relation === 'replace-one') {
        throw unsupported(path, event.kind, "no bound is known for replacing a record; ask for 'add-or-remove'")
      }
      const { stddev, sensitivities, probabilities } = event
      return curve(
        stddev === 0 ? revealed : mixtureRenyi({ shifts: sensitivities.map((s) => s / stddev), weights: probabilities }),
      )
    }
    case 'repeatAndSelect': {
      const inner = join(path, 'event')
      const { renyi, failure } = curveOfParts(flatten(event.event), relation, inner)
      if (failure > 0) throw unsupported(inner, event.event.kind, 'a run that may fail altogether has no bound under selection')
      return curve(selectionRenyi(renyi, event.mean, event.shape))
    }
    case 'poissonSampled':
    case 'fixedSizeSampled':
    case 'truncatedPoissonSampled':
    case 'randomAllocation':
      return sampledCurve(event, relation, path, curveOfParts)
    default:
      throw unsupported(path, event.kind, 'no accountant has a bound for it')
  }
}

const unsupported = (path: string, kind: EventKind, reason: string): UnsupportedEventError =>
  new UnsupportedEventError(path, kind, reason)
