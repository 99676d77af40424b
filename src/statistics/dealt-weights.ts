/**
 * What a mean and a variance have in common: each record has the width of the range to deal out, in steps, over several sums, so that together
 * they change by exactly `recordsPerUnit` times that width in L1, and all of them get the whole epsilon.
 *
 * @module
 */

import { type NoiseOptions, type StepNoise, stepNoise } from './noise.ts'
import type { UnitAccessor, ValueAccessor } from './records.ts'
import { type Common, type CommonOptions, readCommon } from './statistic.ts'
import { type Bounds, boundNames, readBounds, type Steps, stepsOfRange } from './steps.ts'

export type DealtOptions<Row> = NoiseOptions & CommonOptions & UnitAccessor<Row> & ValueAccessor<Row> & Bounds

export type Dealt = {
  readonly common: Common
  readonly bounds: Bounds
  /** upper - lower, or the largest double; from above. */
  readonly range: number
  readonly steps: Steps
  readonly noise: StepNoise
}

/** Bounds, steps and noise, for weights that are dealt out over so many sums. */
export function readDealt(given: unknown, sums: number): Dealt {
  const { known, common } = readCommon(given, { accessors: ['value', 'unit'], own: boundNames })
  const bounds = readBounds(known)
  const steps = stepsOfRange(bounds)
  const most = common.recordsPerUnit * steps.width
  const noise = stepNoise(known, { l1: most, l2: most, fine: sums })
  const range = Math.min((bounds.upper - bounds.lower) * (1 + 2 ** -52), Number.MAX_VALUE)
  return { common, bounds, range, steps, noise }
}
