/**
 * Questions about an output that its two sources may answer differently, learned from outputs that are then put aside.
 *
 *     half-lines           at most t, for t at quantiles and far out on both sides
 *     single values        is v, for those that one side gives more often
 *     likelihood ratios    the values, or bins of them, of which one side gives so many times as many
 *
 * *Promise*: the outputs that a question was learned from decide which one is asked, and nothing else: its answers on others are those of an attacker
 * who came with it.
 * *Limits*: some 150 candidates for each feature, scored as though rates were normal; only a few are kept, as every one that is asked weakens the proof of all.
 *
 * @module
 */

import { normalQuantile } from '../numeric/normal-quantile.ts'
import { featuresOf, type Seen } from './features.ts'

/** Something that an output has or has not. */
export type Question = { readonly name: string; readonly holds: (output: unknown) => boolean }

/** A question, and of how many on each side it holds. */
type Candidate = { readonly name: string; readonly test: (seen: Seen) => boolean; readonly h: number; readonly t: number }
type Sides = { readonly here: readonly Seen[]; readonly there: readonly Seen[] }

const mostValues = 4000
const quantiles = 48
const bins = 48
const leastSeen = 25

/** With what risk, at which delta and of how many outputs of each side the questions will be asked. */
type Lesson = { readonly significance: number; readonly delta: number; readonly trials: number }
type Scored = {
  readonly question: Question
  readonly key: string
  readonly epsilon: number
  readonly mu: number
  readonly hope: number
  /** Hope, if it is a half-line: they are few, and so not picked for their luck. */
  readonly line: number
}

/** The few questions that tell best which side an output is from; scored as they may be expected to do. */
export function learn(
  here: readonly unknown[],
  there: readonly unknown[],
  { significance, delta, trials }: Lesson,
): readonly Question[] {
  const z = Math.sqrt(2 * Math.log(1 / significance))
  const scored: Scored[] = []
  for (const feature of featuresOf(here, there)) {
    const sides = { here: here.map(feature.of), there: there.map(feature.of) }
    for (const { name, test, h, t } of [...halfLines(sides), ...sets(sides)]) {
      const [rateHere, rateThere] = [h / here.length, t / there.length]
      const { epsilon, mu } = score(rateHere, rateThere, (z * z) / trials, delta)
      // With the benefit of the doubt: what was seen too rarely here to be sure of may be seen often enough later.
      const { epsilon: hope } = score(rateHere, rateThere, (z * z) / (4 * trials), delta)
      if (hope === 0 && mu === 0) continue
      const question = { name: `${feature.name} ${name}`, holds: (output: unknown): boolean => test(feature.of(output)) }
      scored.push({ question, key: `${h} ${t}`, epsilon, mu, hope, line: name.startsWith('at most') ? hope : 0 })
    }
  }
  const chosen = new Map<string, Question>()
  for (const [by, kept] of [
    ['epsilon', 5],
    ['mu', 5],
    ['hope', 3],
    ['line', 3],
  ] as const) {
    scored.sort((a, b) => b[by] - a[by])
    let left: number = kept
    for (const { key, question } of scored) {
      if (left === 0) break
      if (chosen.has(key)) continue
      chosen.set(key, question)
      left -= 1
    }
  }
  return [...chosen.values()]
}

/** What a question would prove at these rates, roughly; for either side and either answer. `w` is z^2 over the number of trials (Wilson 1927). */
function score(h: number, t: number, w: number, delta: number): { epsilon: number; mu: number } {
  const above = (p: number): number => Math.min(1, (p + w / 2 + Math.sqrt(w * (p * (1 - p) + w / 4))) / (1 + w))
  let [epsilon, mu] = [0, 0]
  for (const [wrong, missed] of [
    [above(t), above(1 - h)],
    [above(h), above(1 - t)],
  ] as const) {
    for (const [a, b] of [
      [wrong, missed],
      [missed, wrong],
    ] as const) {
      if (1 - b - delta > a) epsilon = Math.max(epsilon, Math.log((1 - b - delta) / a))
    }
    if (wrong + missed < 1) mu = Math.max(mu, -normalQuantile(wrong) - normalQuantile(missed))
  }
  return { epsilon, mu }
}

const isNumber = (seen: Seen): seen is number => typeof seen === 'number'

const numbersOf = (...seen: readonly (readonly Seen[])[]): Float64Array => Float64Array.from(seen.flat().filter(isNumber)).sort()

/** How many of sorted numbers are at most t. */
function atMost(sorted: Float64Array, t: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] as number) <= t) low = middle + 1
    else high = middle
  }
  return low
}

function halfLines({ here, there }: Sides): Candidate[] {
  const [ofHere, ofThere, sorted] = [numbersOf(here), numbersOf(there), numbersOf(here, there).filter(Number.isFinite)]
  if (sorted.length === 0) return []
  const places = new Set<number>()
  for (let i = 0; i <= quantiles; i++) places.add(Math.round((i * (sorted.length - 1)) / quantiles))
  for (let i = 1; i < sorted.length / quantiles; i *= 2) for (const place of [i, sorted.length - 1 - i]) places.add(place)
  const thresholds = new Set([...places].map((place) => sorted[place] as number))
  return [...thresholds].map((t) => ({
    name: `at most ${t}`,
    test: (seen) => isNumber(seen) && seen <= t,
    h: atMost(ofHere, t),
    t: atMost(ofThere, t),
  }))
}

function sets(sides: Sides): Candidate[] {
  const keyOf = keysFor(sides)
  const counts = new Map<Seen, { key: Seen; h: number; t: number }>()
  for (const side of ['here', 'there'] as const) {
    for (const seen of sides[side]) {
      const key = keyOf(seen)
      const count = counts.get(key) ?? { key, h: 0, t: 0 }
      count[side === 'here' ? 'h' : 't'] += 1
      counts.set(key, count)
    }
  }
  const all = [...counts.values()]
  const singles = all
    .sort((a, b) => (b.h - b.t) ** 2 / (b.h + b.t) - (a.h - a.t) ** 2 / (a.h + a.t))
    .slice(0, 32)
    .map(({ key, h, t }): Candidate => ({ name: `is ${key}`, test: (seen) => keyOf(seen) === key, h, t }))
  all.sort((a, b) => (b.h + 0.5) * (a.t + 0.5) - (a.h + 0.5) * (b.t + 0.5))
  const rank = new Map(all.map(({ key }, i) => [key, i]))
  const step = Math.max(1, Math.floor(all.length / 32))
  const prefixes: Candidate[] = []
  let [h, t] = [0, 0]
  all.slice(0, -1).forEach((last, i) => {
    h += last.h
    t += last.t
    const end = i + 1
    if (end % step !== 0) return
    prefixes.push({
      name: `is likelier by ${((last.h + 0.5) / (last.t + 0.5)).toPrecision(3)} or more`,
      // What was never seen is taken for the far end.
      test: (seen) => (rank.get(keyOf(seen)) ?? all.length) < end,
      h,
      t,
    })
  })
  return [...singles, ...prefixes]
}

/** Values that are frequent by themselves, the rest by bins if they are numbers: what came a few times has no ratio yet. */
function keysFor(sides: Sides): (seen: Seen) => Seen {
  const plain = (seen: Seen): Seen => (Object.is(seen, -0) ? '-0' : seen)
  const counts = new Map<Seen, number>()
  for (const seen of [...sides.here, ...sides.there]) {
    const key = plain(seen)
    const count = counts.get(key)
    if (count !== undefined || counts.size < mostValues) counts.set(key, (count ?? 0) + 1)
  }
  const frequent = (seen: Seen): boolean => (counts.get(plain(seen)) ?? 0) >= leastSeen
  const rare = numbersOf([...sides.here, ...sides.there].filter((seen) => !frequent(seen)))
  const edges = Float64Array.from({ length: bins - 1 }, (_, i) => rare[Math.floor(((i + 1) * rare.length) / bins)] as number)
  const names = Array.from(
    { length: bins },
    (_, bin) => `a rare one of bin ${bin}, from ${bin === 0 ? '-Infinity' : edges[bin - 1]} on`,
  )
  return (seen) => {
    if (frequent(seen)) return plain(seen)
    if (!isNumber(seen)) return 'a rare one'
    return names[rare.length === 0 ? 0 : atMost(edges, seen)] as string
  }
}
