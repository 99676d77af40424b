/**
 * How much each example's gradient is shortened, from its squared norms.
 *
 *     flat        min(1, C / |g|)                        Abadi et al. 2016
 *     automatic   C / (|g| + 0.01)                       Bu, Wang, Zha and Karypis 2023 (arXiv 2206.07136): every gradient gets about the same length
 *     per-layer   min(1, C_l / |g_l|), C_l = C / sqrt(layers)      McMahan et al. 2018 (arXiv 1710.06963): the norms of all layers together stay within C
 *
 * *Promise*: in double precision, and short of the bound by a millionth, which is more than the roundings of float32 that norms and products went
 * through. An example with a gradient that is not finite has weight 0.
 *
 * @module
 */

/** The part of the bound that is not used: norms were computed in float32. */
const margin = 1 - 2 ** -20

/** What kept an automatic factor finite in its authors' experiments. */
const stability = 0.01

export type Clipping = 'flat' | 'automatic' | 'per-layer'

export type ClipFactors = {
  readonly of: (variable: string) => Float32Array
  /** Which examples had a gradient that is not finite, by number; none of them adds anything. */
  readonly unsound: readonly number[]
  /** How many were shortened. */
  readonly clipped: number
}

/** The layer that a variable belongs to: the first part of its name. */
const layerOf = (variable: string): string => variable.split('/')[0] as string

export function clipFactors(
  squaredNorms: ReadonlyMap<string, ArrayLike<number>>,
  batchSize: number,
  { clipping, norm }: { readonly clipping: Clipping; readonly norm: number },
): ClipFactors {
  const groupOf = clipping === 'per-layer' ? layerOf : () => ''
  const groups = new Map<string, Float64Array>()
  for (const [variable, squares] of squaredNorms) {
    const group = groupOf(variable)
    const total = groups.get(group) ?? new Float64Array(batchSize)
    groups.set(group, total)
    for (let i = 0; i < batchSize; i++) total[i] = (total[i] as number) + (squares[i] as number)
  }
  const bound = (norm * margin) / Math.sqrt(groups.size)
  const unsound = new Set<number>()
  for (const squares of groups.values()) {
    for (const [i, square] of squares.entries()) if (!(square < Number.POSITIVE_INFINITY)) unsound.add(i)
  }
  const shortened = new Set<number>()
  const factors = new Map<string, Float32Array>()
  for (const [group, squares] of groups) {
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
