/**
 * Reads the options that `epsilon` and `delta` share.
 *
 * @module
 */

import { InvalidParameterError } from '../errors.ts'
import { array, number, oneOf } from '../guard.ts'
import { type Accountant, accountants } from './bound.ts'
import { type Conversion, conversions } from './rdp/conversion.ts'
import { type Relation, relations } from './relation.ts'

/** The names of the options. */
export const queryFields: readonly string[] = Object.freeze(['relation', 'accountant', 'tolerance', 'orders', 'conversion'])

/** The options, checked, with their defaults. */
export type ReadQuery = {
  readonly relation: Relation
  readonly accountant: Accountant
  readonly tolerance?: number
  readonly orders?: readonly number[]
  readonly conversion: Conversion
}

/** The relation, by default the first. */
export function readRelation(relation: unknown): Relation {
  return relation === undefined ? 'add-or-remove' : oneOf('relation', relation, relations)
}

export function readQuery(
  given: { readonly [name in 'relation' | 'accountant' | 'tolerance' | 'orders' | 'conversion']?: unknown },
): ReadQuery {
  const accountant = given.accountant === undefined ? 'tight' : oneOf('accountant', given.accountant, accountants)
  for (const name of ['orders', 'conversion'] as const) {
    if (given[name] === undefined || accountant === 'rdp') continue
    throw new InvalidParameterError(name, "left out unless the accountant is 'rdp'", given[name])
  }
  return {
    relation: readRelation(given.relation),
    accountant,
    conversion: given.conversion === undefined ? 'optimal' : oneOf('conversion', given.conversion, conversions),
    ...(given.tolerance === undefined ? {} : { tolerance: number('tolerance', given.tolerance, { above: 0, below: 1 }) }),
    ...(given.orders === undefined ? {} : { orders: readOrders(given.orders) }),
  }
}

/** Orders from 1 up, Infinity allowed, at least one. */
export function readOrders(orders: unknown): readonly number[] {
  return Array.from(array('orders', orders, 1), (order, i) =>
    order === Number.POSITIVE_INFINITY ? order : number(`orders[${i}]`, order, { atLeast: 1 }),
  )
}
