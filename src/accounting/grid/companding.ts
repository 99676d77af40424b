/**
 * Few cells for many losses: narrow where it matters how a loss is rounded, wide elsewhere.
 *
 * Rounding within a cell of width w costs about w^2 times the weight of what is in it. For a given number of cells the sum is least where
 * the width goes like density^(-1/3) (companding: Panter and Dite 1951). A loss that has a mass by itself (a mark)
 * gets an end of its own, and a thin cell below it.
 *
 * *Limits*: a plan only. Whatever the cells, the measures made from them are bounds.
 *
 * @module
 */

/** Losses in rising order, and how much each matters. */
export type Weighed = { readonly losses: Float64Array; readonly weights: Float64Array }

/** Weights are gathered into so many stretches first, to smooth what is known at few points only. */
const stretches = 192
/** The share of cells that are spread evenly, for what the weights may have missed. */
const even = 0.1
/** The width of a thin cell, in that of its neighbours. */
const thin = 1e-4
/** What is that close to a mark is what the mark is there for. */
const closeBy = 1e-12

/** Between which losses. */
export type Range = { readonly from: number; readonly to: number }

/** The ends of about `count` cells between two losses, and of thin ones below each of the marks. */
export function compandedEnds({ losses, weights }: Weighed, range: Range, count: number, marks: readonly number[]): Float64Array {
  const { from, to } = range
  if (!(to > from)) return Float64Array.of(from - 1e-12 * (1 + Math.abs(from)), to)
  const total = weights.reduce((sum, w) => sum + w, 0)
  const edges = [from]
  const densities: number[] = []
  let [mass, seen, bucket, k] = [0, 0, 0, 0]
  for (let i = 0; i < losses.length; i++) {
    const y = losses[i] as number
    const share = total > 0 ? (weights[i] as number) / total : 0
    seen += share
    while (k < marks.length && (marks[k] as number) < y - closeBy * (1 + Math.abs(y))) k++
    if (!(k < marks.length && (marks[k] as number) < y + closeBy * (1 + Math.abs(y)))) mass += share
    const next = Math.floor((stretches / 2) * (seen + (y - from) / (to - from)))
    const last = edges[edges.length - 1] as number
    if (next === bucket || !(y > last && y < to)) continue
    densities.push(mass / (y - last))
    edges.push(y)
    bucket = next
    mass = 0
  }
  const last = edges[edges.length - 1] as number
  if (last < to) {
    densities.push(mass / (to - last))
    edges.push(to)
  }
  return withMarks(spread(edges, densities, count), marks)
}

/** Ends at equal steps of Int density^(1/3) and of the range. */
function spread(edges: readonly number[], densities: readonly number[], count: number): number[] {
  const range = (edges[edges.length - 1] as number) - (edges[0] as number)
  let total = 0
  const parts = densities.map((density, i) => {
    const part = Math.cbrt(density) * ((edges[i + 1] as number) - (edges[i] as number))
    total += part
    return part
  })
  const ends = [edges[0] as number]
  let done = 0
  for (let i = 0; i < parts.length; i++) {
    const left = edges[i] as number
    const width = (edges[i + 1] as number) - left
    const share = count * (total > 0 ? (1 - even) * ((parts[i] as number) / total) + (even * width) / range : width / range)
    // The ends that fall into this stretch are those at whole numbers.
    for (let k = Math.floor(done) + 1; k < done + share; k++) ends.push(left + (width * (k - done)) / share)
    done += share
  }
  const last = edges[edges.length - 1] as number
  if ((ends[ends.length - 1] as number) < last - 1e-9 * range || ends.length === 1) ends.push(last)
  else ends[ends.length - 1] = last
  return ends
}

/** The ends and the marks, each with a thin cell below it. */
function withMarks(ends: readonly number[], marks: readonly number[]): Float64Array {
  if (marks.length === 0) return rising(ends)
  const all: number[] = [...ends]
  let k = 0
  for (const mark of marks) {
    while (k < ends.length - 2 && (ends[k + 1] as number) < mark) k++
    all.push(mark - thin * ((ends[k + 1] as number) - (ends[k] as number)), mark)
  }
  const [first, last] = [ends[0] as number, ends[ends.length - 1] as number]
  return rising(all.filter((end) => end >= first && end <= last).sort((a, b) => a - b))
}

/** Those that are above all before them. */
function rising(ends: readonly number[]): Float64Array {
  let most = Number.NEGATIVE_INFINITY
  return Float64Array.from(
    ends.filter((end) => {
      const rises = end > most
      if (rises) most = end
      return rises
    }),
  )
}
