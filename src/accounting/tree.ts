/**
 * The squared L2 sensitivity of binary-tree aggregation (DP-FTRL): how far one record can move all of a tree's nodes together.
 *
 * Step i of n is a leaf. Released are the noisy sums of all complete dyadic blocks [j 2^l, (j + 1) 2^l) within the n leaves. A record
 * in leaves p_1 < ... < p_k, any two at least s apart, each time with a contribution of norm at most 1, moves a node that holds c of
 * them by at most c, and by exactly c when the contributions are equal. So the squared sensitivity is the largest
 *
 *     sum over nodes of c(node)^2
 *
 * over all admissible leaves (Kairouz et al. 2021, arXiv 2103.00039, appendix D). One participation gives the number of levels,
 * floor(log2 n) + 1. Trees that restart are independent: add up their figures.
 *
 * The maximum is found from the leaves up. The sum depends only on which blocks of the greatest size 2^h <= s are used, each at most
 * once; and whether a choice of blocks can be kept s apart is said by two numbers, the latest first leaf and the earliest last leaf.
 * (Given a first leaf, put each next one as early as its block and the distance allow: the last is at max(earliest last,
 * first + (k - 1) s).) So it suffices to carry, for each size of block and number of participations, the choices that no other beats
 * in all of sum, latest first and earliest last.
 *
 * *Promise*: never below the maximum, and equal to it where the search is short. Longer searches carry fewer choices: neighbours in the list are merged into one that is as good as the best of
 * them in every respect, which can only raise the result. The last resort lets each level count on its own, as though each of its
 * nodes could be as full as one can be:
 *
 *     sum over levels l of q m^2 + r^2,   m = ceil(2^l / s),  min(k, m floor(n / 2^l)) = q m + r, 0 <= r < m
 *
 * which is the maximum itself for one participation and for s a power of two. Rounded up past 2^53.
 *
 * *Limits*: equal to brute force for all 1157 shapes tried up to 26 steps. Exact for 10 participations in 1000 steps (0.05 s); with thinned
 * choices within 1 % of the least bound known (100 participations in 10 000 or 100 000 steps: 0.1 s). Where participations are many and
 * sparse (1000 in a million steps, 97 apart at least) the search is given up after 0.4 s.
 *
 * @module
 */

import { InvalidParameterError } from '../errors.ts'
import { integer, options } from '../guard.ts'
import { of, toNumber } from '../numeric/rational.ts'

/** Who may be in which leaves: at most `participations` of the `steps`, any two at least `separation` apart. */
export type TreeShape = { readonly steps: number; readonly participations?: number; readonly separation?: number }

/** The largest sum over the nodes of a tree of the squared number of participations below them. */
export function treeSensitivitySquared(shape: TreeShape): number {
  const { participations: k = 1, separation: s = 1 } = options('options', shape, ['steps', 'participations', 'separation'])
  const steps = integer('steps', shape.steps, { atLeast: 1 })
  const separation = integer('separation', s, { atLeast: 1 })
  const participations = integer('participations', k, { atLeast: 1 })
  if (capacity(steps, separation) < participations) {
    throw new InvalidParameterError('participations', `at most ${capacity(steps, separation)}`, participations)
  }
  const bound = eachLevelAlone(steps, participations, separation)
  // Sums stay exact in doubles: 2^18 squared times fewer than 2^6 levels.
  if (participations === 1 || participations > 2 ** 18) return bound
  for (const width of widths) {
    const found = densest(steps, participations, separation, width)
    if (found !== undefined) return Math.min(found, bound)
  }
  return bound
}

/** How many leaves that are `separation` apart fit into a row. */
function capacity(leaves: number, separation: number): number {
  return Math.ceil(leaves / separation)
}

/** The bound that fills each level by itself. */
function eachLevelAlone(steps: number, participations: number, separation: number): number {
  let total = 0n
  for (let size = 1; size <= steps; size *= 2) {
    const most = BigInt(capacity(size, separation))
    const room = most * BigInt(Math.floor(steps / size))
    const used = room < BigInt(participations) ? room : BigInt(participations)
    const rest = used % most
    total += (used / most) * most * most + rest * rest
  }
  return toNumber(of(total), 'up')
}

/**
 * A choice of blocks: its sum of squares, the latest that its first leaf can be, the earliest that its last leaf can be. The
 * positions count from the first leaf of the row that the choice is made in.
 */
type Choice = { readonly sum: number; readonly first: number; readonly last: number }

/** For each number of participations the choices worth keeping. */
type Choices = ReadonlyMap<number, readonly Choice[]>

/** How many choices are carried for one number of participations: all, or fewer where that takes too long. */
const widths: readonly number[] = [Number.POSITIVE_INFINITY, 32, 8]
/** How many pairs of choices may be tried with one of these: some tenths of a second. */
const mostWork = 4e5
/** And how often one choice may be compared with another. */
const mostComparisons = 2e8

/** The maximum, or a little more where more than `width` choices are met; undefined where the search would be too long. */
function densest(steps: number, participations: number, separation: number, width: number): number | undefined {
  let work = 0
  let comparisons = 0

  /** What a row of `size` leaves can hold, given that all the participations have to find room somewhere. */
  const bounds = (size: number): readonly [least: number, most: number] => [
    // Around the row there is room for at most one more than in a row as long as both sides together.
    Math.max(0, participations - capacity(steps - size, separation) - 1),
    Math.min(participations, capacity(size, separation)),
  ]

  /** Two rows side by side, the right one starting at `middle`; `square` where the two make up a node. */
  const join = (left: Choices, right: Choices, middle: number, size: number, square: boolean): Choices | undefined => {
    const joined = new Map<number, Choice[]>()
    const [least, most] = bounds(size)
    for (const [k1, lefts] of left) {
      for (const [k2, rights] of right) {
        const k = k1 + k2
        if (k < least || k > most) continue
        work += lefts.length * rights.length
        if (work > mostWork) return undefined
        const own = square ? k * k : 0
        const kept = joined.get(k) ?? []
        joined.set(k, kept)
        for (const a of lefts) {
          comparisons += kept.length
          if (comparisons > mostComparisons) return undefined
          for (const b of rights) {
            if (k1 > 0 && k2 > 0 && a.last + separation > b.first + middle) continue
            const sum = a.sum + b.sum + own
            const first = k1 === 0 ? b.first + middle : k2 === 0 ? a.first : Math.min(a.first, b.first + middle - k1 * separation)
            const last = k2 === 0 ? a.last : k1 === 0 ? b.last + middle : Math.max(b.last + middle, a.last + k2 * separation)
            keep(kept, { sum, first, last })
          }
        }
      }
    }
    for (const [k, kept] of joined) if (kept.length > width) joined.set(k, thin(kept, width))
    return joined
  }

  let node: Choices = new Map([
    [0, [{ sum: 0, first: 0, last: 0 }]],
    [1, [{ sum: 1, first: 0, last: 0 }]],
  ])
  // The trees stand in the order of their size, the largest first: build the row from its right end.
  let row: Choices | undefined
  let length = 0
  for (let size = 1; ; size *= 2) {
    if (Math.floor(steps / size) % 2 === 1) {
      row = row === undefined ? node : join(node, row, size, length + size, false)
      length += size
      if (row === undefined) return undefined
    }
    if (length === steps) break
    const next = join(node, node, size, 2 * size, true)
    if (next === undefined) return undefined
    node = next
  }
  return Math.max(...(row as Choices).get(participations)!.map(({ sum }) => sum))
}

/** Adds a choice unless another is as good in all respects; drops those that it beats. */
function keep(kept: Choice[], choice: Choice): void {
  let live = 0
  for (const other of kept) {
    if (other.sum >= choice.sum && other.first >= choice.first && other.last <= choice.last) return
    if (other.sum > choice.sum || other.first > choice.first || other.last < choice.last) kept[live++] = other
  }
  kept.length = live
  kept.push(choice)
}

/** At most `width` choices that are together as good as those given. */
function thin(kept: Choice[], width: number): Choice[] {
  const sorted = kept.sort((a, b) => b.sum - a.sum || b.first - a.first)
  const thinned: Choice[] = []
  for (let i = 0; i < width; i++) {
    const group = sorted.slice(Math.floor((i * sorted.length) / width), Math.floor(((i + 1) * sorted.length) / width))
    keep(thinned, {
      sum: Math.max(...group.map(({ sum }) => sum)),
      first: Math.max(...group.map(({ first }) => first)),
      last: Math.min(...group.map(({ last }) => last)),
    })
  }
  return thinned
}
