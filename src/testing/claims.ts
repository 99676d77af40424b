/**
 * What a mechanism claims, as a trade-off curve that an attack's rates may be seen to fall below.
 *
 * *Promise*: `refutes` holds only where no mechanism with that claim has such rates: the curve is never above the truth.
 *
 * @module
 */

import { epsilon as epsilonOf } from '../accounting/epsilon.ts'
import type { Relation } from '../accounting/relation.ts'
import { tradeOff } from '../accounting/trade-off.ts'
import { UnsupportedEventError } from '../errors.ts'
import { approximate, pure } from '../events/builders.ts'
import type { PrivacyEvent } from '../events/kinds.ts'
import { isPlainObject } from '../guard.ts'

export type Claim = {
  /** Whether no such claim allows both rates at once. */
  readonly refutes: (falsePositiveRate: number, falseNegativeRate: number) => boolean
  /** The epsilon claimed at delta. */
  readonly epsilonAt: (delta: number) => number
}

/** A claim of an event, under the relation; under the first that knows the event where it is left out. */
export function claimOf(event: PrivacyEvent, relation: Relation | undefined): Claim | undefined {
  const ways = [
    { relation: relation ?? 'add-or-remove' },
    ...(relation === undefined ? [{ relation: 'replace-one' } as const] : []),
    { relation: relation ?? 'add-or-remove', accountant: 'rdp' },
  ] as const
  for (const way of ways) {
    try {
      const curve = tradeOff(event, way)
      return {
        refutes: (falsePositiveRate, falseNegativeRate) => falseNegativeRate < curve(falsePositiveRate),
        epsilonAt: (delta) => (event.kind === 'pure' ? event.epsilon : epsilonOf(event, { delta, ...way }).upper),
      }
    } catch (error) {
      if (!(error instanceof UnsupportedEventError)) throw error
    }
  }
  return undefined
}

/** The event that a stated epsilon (and delta) is. */
export function guaranteed(guarantee: unknown): PrivacyEvent | undefined {
  if (!isPlainObject(guarantee)) return undefined
  const { epsilon, delta = 0 } = guarantee
  if (typeof epsilon !== 'number' || typeof delta !== 'number') return undefined
  return delta === 0 ? pure({ epsilon }) : approximate({ epsilon, delta })
}
