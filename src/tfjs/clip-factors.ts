/**
 * How much each example's gradient is shortened, from its squared norms.
 *
 *     flat        min(1, C / |g|)                        Abadi et al. 2016
 *     automatic   C / (|g| + 0.01)                       Bu, Wang, Zha and Karypis 2023 (arXiv 2206.07136): every gradient gets about the same length
 *     per-layer   min(1, C_l / |g_l|), C_l = C w_l / |w|      McMahan et al. 2018 (arXiv 1710.06963): the norms of all layers together stay within C
 *
 * The weights w are equal unless they are given; weights whose squares add up to C^2 are the layers' own norms. Adaptive clipping is flat, by a C that
 * moves from step to step.
 *
 * *Promise*: in double precision, and short of the bound by a millionth, which is more than the roundings of float32 that norms and products went
 * through. An example with a gradient that is not finite has weight 0.
 *
 * @module
 */

import { InvalidParameterError } from '../errors.ts'
import { field, isPlainObject, number, oneOf, options } from '../guard.ts'

/** The part of the bound that is not used: norms were computed in float32. */
const margin = 1 - 2 ** -20

/** What kept an automatic factor finite in its authors' experiments. */
const stability = 0.01

/** How a clip norm follows a quantile of the norms; the rest of `adaptiveClip` the optimizer knows. */
export type AdaptiveClipping = {
  /** The share of gradients that is to be within the norm. 0.5 is a good start. */
  readonly targetQuantile: number
  readonly learningRate?: number | undefined
  /** Standard deviation of the noise on the count of those within; a twentieth of the expected batch size unless given. */
  readonly countStddev?: number | undefined
}

export type Clipping =
  | 'flat'
  | 'automatic'
  | 'per-layer'
  /** For each layer, by the first part of its variables' names, its share of the norm. */
  | { readonly perLayer: Readonly<Record<string, number>> }
  /** `l2NormClip` is where the norm starts. */
  | { readonly adaptive: AdaptiveClipping }

export type ClipFactors = {
  readonly of: (variable: string) => Float32Array
  /** Which examples had a gradient that is not finite, by number; none of them adds anything. */
  readonly unsound: readonly number[]
  /** How many were shortened. */
  readonly clipped: number
}

/** The layer that a variable belongs to: the first part of its name. */
const layerOf = (variable: string): string => variable.split('/')[0] as string

/** The option, checked. */
export function readClipping(given: unknown): Clipping {
  if (given === undefined) return 'flat'
  if (!isPlainObject(given)) return oneOf('clipping', given, ['flat', 'automatic', 'per-layer'])
  const known = options('clipping', given, ['perLayer', 'adaptive'])
  if ((known['perLayer'] === undefined) === (known['adaptive'] === undefined)) {
    throw new InvalidParameterError('clipping', "a word, or an object with either 'perLayer' or 'adaptive'", given)
  }
  if (known['adaptive'] !== undefined) {
    options('clipping.adaptive', known['adaptive'], ['targetQuantile', 'learningRate', 'countStddev'])
    return { adaptive: { ...(known['adaptive'] as AdaptiveClipping) } }
  }
  if (!isPlainObject(known['perLayer'])) {
    throw new InvalidParameterError('clipping.perLayer', 'an object with a number for each layer', known['perLayer'])
  }
  for (const [layer, share] of Object.entries(known['perLayer'])) number(field('clipping.perLayer', layer), share, { above: 0 })
  return { perLayer: { ...(known['perLayer'] as Record<string, number>) } }
}

/** Each group's part of the norm; their squares add up to 1 at most. */
function partsOf(groups: Iterable<string>, clipping: Clipping): ReadonlyMap<string, number> {
  const names = [...groups]
  if (typeof clipping === 'string' || 'adaptive' in clipping)
    return new Map(names.map((group) => [group, 1 / Math.sqrt(names.length)]))
  const shares = clipping.perLayer
  const whole = Math.hypot(...Object.values(shares))
  return new Map(
    names.map((group) => {
      if (!Object.hasOwn(shares, group)) {
        throw new InvalidParameterError('clipping.perLayer', `given a number for every layer, "${group}" too`, undefined)
      }
      return [group, (shares[group] as number) / whole]
    }),
  )
}

export function clipFactors(
  squaredNorms: ReadonlyMap<string, ArrayLike<number>>,
  batchSize: number,
  { clipping, norm }: { readonly clipping: Clipping; readonly norm: number },
): ClipFactors {
  const byLayer = clipping === 'per-layer' || (typeof clipping === 'object' && 'perLayer' in clipping)
  const groupOf = byLayer ? layerOf : () => ''
  const groups = new Map<string, Float64Array>()
  for (const [variable, squares] of squaredNorms) {
    const group = groupOf(variable)
    const total = groups.get(group) ?? new Float64Array(batchSize)
    groups.set(group, total)
    for (let i = 0; i < batchSize; i++) total[i] = (total[i] as number) + (squares[i] as number)
  }
  const parts = partsOf(groups.keys(), clipping)
  const unsound = new Set<number>()
  for (const squares of groups.values()) {
    for (const [i, square] of squares.entries()) if (!(square < Number.POSITIVE_INFINITY)) unsound.add(i)
  }
  const shortened = new Set<number>()
  const factors = new Map<string, Float32Array>()
  for (const [group, squares] of groups) {
    const bound = norm * margin * (parts.get(group) as number)
    const factor = Float32Array.from(squares, (square, i) => {
      if (unsound.has(i)) return 0
      const length = Math.sqrt(square)
      if (length > bound) shortened.add(i)
      return clipping === 'automatic' ? bound / (length + stability) : Math.min(1, bound / length)
    })
    factors.set(group, factor)
  }
  return {
    of: (variable) => factors.get(groupOf(variable)) as Float32Array,
    unsound: [...unsound],
    clipped: shortened.size,
  }
}
