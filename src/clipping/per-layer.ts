/**
 * Several arrays that are one contribution, such as the layers of a gradient, each or each group within a bound of its own.
 *
 *   |g_k|_2 <= norm_k for each group k,   so   |g|_2 <= sqrt(norm_1^2 + ... + norm_m^2) = l2Sensitivity
 *
 * McMahan, Ramage, Talwar and Zhang 2018 (arXiv 1710.06963), 3.1. One Gaussian release of all layers together, noised by
 * `l2Sensitivity` times its noise multiplier, is one event however many layers there are.
 *
 * *Promise*: as `clipL2`, for each group; `l2Sensitivity` is rounded up. A group with an entry that is NaN or infinite becomes zeros, the others
 * stay. Arrays of one group are scaled by one factor, whatever their types.
 * *Limits*: a group of several arrays is copied to be looked at.
 *
 *     perLayer({ norms: [3, 4] }).l2Sensitivity                                 // => 5
 *     perLayer({ norms: [1, 4] }).clip([[0, 2], [1, 1]])                         // => [ [ 0, 0.99999999... ], [ 1, 1 ] ]
 *     perGroup({ norms: [5, 1], groups: [0, 0, 1] }).clip([[3], [4], [0.5]])      // => [ [ 3 ], [ 4 ], [ 0.5 ] ]
 *
 * @module
 */

import { InvalidParameterError } from '../errors.ts'
import { array, field, integer, number, options } from '../guard.ts'
import { l2Norm } from './norms.ts'
import { carryOut, judge } from './shorten.ts'
import { asDoubles, inStorageOf, overwrite, type Vector } from './vector.ts'

export type LayersClipper = {
  /** The bound on all layers together. */
  readonly l2Sensitivity: number
  /** The clipped layers, each of its own type; all new. */
  readonly clip: <T extends readonly Vector[]>(layers: T) => T
  /** Overwrites the layers and returns the list. */
  readonly clipInPlace: <T extends readonly (Float64Array | Float32Array | number[])[]>(layers: T) => T
}

/** Layer i within `norms[i]`. */
export function perLayer(given: { readonly norms: readonly number[] }): LayersClipper {
  const norms = readNorms(options('options', given, ['norms'])['norms'])
  return layersClipper(norms, [...norms.keys()])
}

/** The layers i with `groups[i] = k` together within `norms[k]`. */
export function perGroup(given: { readonly norms: readonly number[]; readonly groups: readonly number[] }): LayersClipper {
  const known = options('options', given, ['norms', 'groups'])
  const norms = readNorms(known['norms'])
  const groups = Array.from(array('groups', known['groups'], 1), (group, i) =>
    integer(`groups[${i}]`, group, { atLeast: 0, atMost: norms.length - 1 }),
  )
  return layersClipper(norms, groups)
}

function readNorms(given: unknown): readonly number[] {
  return Array.from(array('norms', given, 1), (norm, i) => number(`norms[${i}]`, norm, { above: 0 }))
}

function layersClipper(norms: readonly number[], groups: readonly number[]): LayersClipper {
  const members = norms.map((_, group) => [...groups.keys()].filter((layer) => groups[layer] === group))

  /** The doubles of the layers that change, and undefined for those that stay. */
  const work = (layers: unknown): (Float64Array | undefined)[] => {
    const given = array('layers', layers)
    if (given.length !== groups.length) throw new InvalidParameterError('layers', `${groups.length} vectors`, given)
    const all = Array.from(given, (layer, i) => asDoubles(field('layers', String(i)), layer))
    const changed: (Float64Array | undefined)[] = all.map(() => undefined)
    for (const [group, layersOfGroup] of members.entries()) {
      const values = joined(layersOfGroup.map((layer) => all[layer] as Float64Array))
      const float = layersOfGroup.some((layer) => given[layer] instanceof Float32Array)
      const verdict = judge(values, { order: 2, bound: norms[group] as number, storage: float ? 'float' : 'double' })
      if (verdict === 'keep') continue
      const clipped = carryOut(verdict, new Float64Array(values.length))
      let start = 0
      for (const layer of layersOfGroup) {
        const end = start + (all[layer] as Float64Array).length
        changed[layer] = layersOfGroup.length === 1 ? clipped : clipped.slice(start, end)
        start = end
      }
    }
    return changed
  }

  return Object.freeze({
    l2Sensitivity: l2Norm(norms),
    clip: <T extends readonly Vector[]>(layers: T): T => {
      const changed = work(layers)
      return layers.map((layer, i) => {
        const values = changed[i]
        return values === undefined ? layer.slice() : inStorageOf(layer, values)
      }) as readonly Vector[] as T
    },
    clipInPlace: <T extends readonly Vector[]>(layers: T): T => {
      for (const [i, values] of work(layers).entries()) {
        if (values !== undefined) overwrite(layers[i] as Vector, values)
      }
      return layers
    },
  })
}

/** All entries in one array; the array itself where there is one. */
function joined(parts: readonly Float64Array[]): Float64Array {
  if (parts.length === 1) return parts[0] as Float64Array
  const all = new Float64Array(parts.reduce((total, part) => total + part.length, 0))
  let start = 0
  for (const part of parts) {
    all.set(part, start)
    start += part.length
  }
  return all
}
