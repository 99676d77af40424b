/**
 * The public bins of a histogram: categories that are known, or ranges of numbers between edges.
 *
 * *The rule*: what is in no known category is left out; of edges, each bin has its lower edge, the last one both, and numbers beyond count in
 * the first or the last bin.
 *
 * *Limits*: a number is looked up where it would be if the edges were evenly spaced, and from there step by step.
 *
 * @module
 */

import { InvalidParameterError } from '../errors.ts'
import { array, number } from '../guard.ts'
import { type Codes, isKey, type Key } from './keys.ts'
import type { Reader } from './records.ts'

/** What a bin of a histogram counts. */
export type Bin = { readonly category: Key } | { readonly from: number; readonly to: number }

export type PublicBins = {
  readonly bins: readonly Bin[]
  /** The bin of each record, -1 for none. */
  readonly codes: (table: Reader) => Codes
}

/** The bins of the options, where these say them. */
export function readBins(known: Record<string, unknown>): PublicBins | undefined {
  const { categories, edges } = known
  if (categories !== undefined && edges !== undefined) {
    throw new InvalidParameterError('edges', 'left out where "categories" is given', edges)
  }
  if (edges !== undefined) return betweenEdges(edges)
  return categories === undefined ? undefined : ofCategories(categories)
}

function ofCategories(given: unknown): PublicBins {
  const categories = Object.freeze(
    Array.from(array('categories', given, 1), (category, i) => {
      if (isKey(category)) return category
      throw new InvalidParameterError(`categories[${i}]`, 'a string, a number, a bigint or true or false', category)
    }),
  )
  const indexOf = new Map(categories.map((category, i) => [category, i]))
  if (indexOf.size < categories.length) throw new InvalidParameterError('categories', 'different ones', given)
  return {
    bins: categories.map((category) => ({ category })),
    codes: (table) => {
      const found = table.keys('category')
      const binOf = Int32Array.from({ length: found.count }, (_, code) => indexOf.get(found.keyOf(code)) ?? -1)
      const codes = found.codes.map((code) => (code < 0 ? -1 : (binOf[code] as number)))
      return { codes, count: categories.length, keyOf: (bin) => categories[bin] as Key }
    },
  }
}

function betweenEdges(given: unknown): PublicBins {
  const edges = Float64Array.from(array('edges', given, 2), (edge, i) => number(`edges[${i}]`, edge))
  for (let i = 1; i < edges.length; i++) number(`edges[${i}]`, edges[i], { above: edges[i - 1] as number })
  const last = edges.length - 2
  const first = edges[0] as number
  const perBin = (last + 1) / ((edges[last + 1] as number) - first)
  return {
    bins: Array.from({ length: last + 1 }, (_, i) => ({ from: edges[i] as number, to: edges[i + 1] as number })),
    codes: (table) => {
      const values = table.numbers()
      const codes = new Int32Array(values.length)
      for (let i = 0; i < codes.length; i++) {
        const x = values[i] as number
        if (Number.isNaN(x)) {
          codes[i] = -1
          continue
        }
        const guess = (x - first) * perBin
        let bin = guess >= last ? last : guess >= 0 ? Math.floor(guess) : 0
        while (bin > 0 && x < (edges[bin] as number)) bin -= 1
        while (bin < last && x >= (edges[bin + 1] as number)) bin += 1
        codes[i] = bin
      }
      return { codes, count: last + 1, keyOf: (bin) => bin }
    },
  }
}

/** Categories in an order that says nothing of the table: by type, then by size. */
export function inOrder<T>(items: readonly T[], keyOf: (item: T) => Key): T[] {
  return [...items].sort((a, b) => {
    const [x, y] = [keyOf(a), keyOf(b)]
    if (typeof x !== typeof y) return typeof x < typeof y ? -1 : 1
    return x < y ? -1 : x > y ? 1 : 0
  })
}
