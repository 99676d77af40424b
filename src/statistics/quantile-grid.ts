/**
 * The public grid that quantiles are chosen from: lower, lower + step, ..., upper.
 *
 * *Promise*: the place of a value depends on that value alone, and is monotone in it.
 *
 * @module
 */

import { InvalidParameterError } from '../errors.ts'
import { number } from '../guard.ts'
import { type Bounds, readBounds } from './steps.ts'

export type GridOptions = Bounds & {
  /** The distance of the numbers that can be released; 1 where the data are whole numbers. 2^-20 of the range where it is left out. */
  readonly step?: number | undefined
}

export const gridOptionNames: readonly ['lower', 'upper', 'step'] = ['lower', 'upper', 'step']

export type Grid = {
  /** Places are 0 to `last`. */
  readonly last: number
  readonly placeOf: (x: number) => number
  readonly valueAt: (place: number) => number
}

export function readGrid(known: Record<string, unknown>): Grid {
  const { lower, upper } = readBounds(known)
  const given = known['step'] === undefined ? undefined : number('step', known['step'], { above: 0 })
  const step = given ?? upper / 2 ** 20 - lower / 2 ** 20
  const steps = upper / step - lower / step
  if (!(steps >= 1 && steps <= 2 ** 32)) throw new InvalidParameterError('step', 'from 2^-32 of the range to all of it', given)
  const last = given === undefined ? 2 ** 20 : Math.floor(steps * (1 + 2 ** -45))
  const from = lower / step
  return {
    last,
    placeOf: (x) => Math.min(Math.max(Math.round(Math.min(Math.max(x, lower), upper) / step - from), 0), last),
    // Halved where the range is more than the largest double.
    valueAt: (place) => {
      const value = upper - lower < Number.MAX_VALUE ? lower + place * step : 2 * (lower / 2 + place * (step / 2))
      return Math.min(Math.max(value, lower), upper) + 0
    },
  }
}
