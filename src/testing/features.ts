/**
 * What can be looked at in an output: numbers and words, each under a name.
 *
 *     number           itself; and its grain, the exponent of its lowest set bit, where rounding shows
 *     list, object     each of its first fields; for lists of numbers their sum, least, largest, its place, and the projection that tells best
 *     anything else    what it reads as
 *
 * *Limits*: the first 24 fields, however deep.
 *
 * @module
 */

/** What is seen of an output; a word stands for what is no number. */
export type Seen = number | string
export type Feature = { readonly name: string; readonly of: (output: unknown) => Seen }

/** A release that threw, as an output. */
export class Thrown {
  readonly error: unknown
  constructor(error: unknown) {
    this.error = error
  }
}

const mostFields = 24
const mostLetters = 300

/** How an output reads. Never throws, whatever it is. */
export function readingOf(output: unknown): string {
  if (output instanceof Thrown) return 'an error'
  if (Object.is(output, -0)) return '-0'
  if (typeof output === 'string') return JSON.stringify(output).slice(0, mostLetters)
  if (typeof output !== 'object' || output === null) return typeof output === 'function' ? 'function' : String(output)
  try {
    const plain =
      ArrayBuffer.isView(output) && !(output instanceof DataView) ? Array.from(output as unknown as ArrayLike<unknown>) : output
    const text = JSON.stringify(plain, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))
    return (text ?? typeof output).slice(0, mostLetters)
  } catch {
    return Object.prototype.toString.call(output)
  }
}

const wordOrNumber = (value: unknown): Seen =>
  typeof value === 'number' ? value : typeof value === 'bigint' ? Number(value) : readingOf(value)

const halves = new DataView(new ArrayBuffer(8))

/** The exponent of the lowest set bit: how fine a grid the number needs. 1024 for zero. */
export function grainOf(value: Seen): Seen {
  if (typeof value !== 'number' || !Number.isFinite(value)) return String(value)
  if (value === 0) return 1024
  halves.setFloat64(0, value)
  const [high, low] = [halves.getUint32(0), halves.getUint32(4)]
  const biased = (high >>> 20) & 0x7ff
  const mantissa = (high & 0xfffff) | (biased === 0 ? 0 : 0x100000)
  const lowest = low !== 0 ? trailingZeros(low) : 32 + trailingZeros(mantissa)
  return Math.max(biased, 1) - 1075 + lowest
}

const trailingZeros = (word: number): number => 31 - Math.clz32(word & -word)

type Path = readonly (string | number)[]

function fieldAt(output: unknown, path: Path): unknown {
  let value = output
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Record<string | number, unknown>)[key]
  }
  return value
}

/** The paths of the first fields of an output that are no lists or plain objects themselves. */
function leaves(output: unknown, path: Path, found: Path[]): void {
  if (found.length >= mostFields) return
  if (isList(output)) {
    for (let i = 0; i < output.length && found.length < mostFields; i++) leaves(output[i], [...path, i], found)
  } else if (typeof output === 'object' && output !== null && !(output instanceof Thrown) && path.length < 8) {
    const keys = Object.keys(output)
    if (keys.length === 0) found.push(path)
    for (const key of keys) leaves((output as Record<string, unknown>)[key], [...path, key], found)
  } else {
    found.push(path)
  }
}

type List = ArrayLike<unknown> & object

const isList = (value: unknown): value is List =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))

const allNumbers = (output: unknown): output is ArrayLike<number> & object => {
  if (!isList(output) || output.length === 0) return false
  for (let i = 0; i < output.length; i++) if (typeof output[i] !== 'number') return false
  return true
}

/** What to look at, from outputs of both sides. */
export function featuresOf(here: readonly unknown[], there: readonly unknown[]): readonly Feature[] {
  const samples = [...here.slice(0, 50), ...there.slice(0, 50)]
  const paths = new Map<string, Path>()
  for (const output of samples) {
    const found: Path[] = []
    leaves(output, [], found)
    for (const path of found) paths.set(path.join('.'), path)
  }
  const features: Feature[] = []
  for (const [name, path] of [...paths].slice(0, mostFields)) {
    const of = path.length === 0 ? wordOrNumber : (output: unknown): Seen => wordOrNumber(fieldAt(output, path))
    features.push({ name: name === '' ? 'output' : `output.${name}`, of })
    if (samples.some((output) => !Number.isInteger(of(output)) && typeof of(output) === 'number')) {
      features.push({ name: `the last bit of ${name === '' ? 'output' : `output.${name}`}`, of: (output) => grainOf(of(output)) })
    }
  }
  if (samples.some(isList)) features.push(...ofLists(here, there))
  if (paths.size > 1 || samples.some((output) => typeof output === 'object')) features.push({ name: 'output', of: readingOf })
  return features
}

function ofLists(here: readonly unknown[], there: readonly unknown[]): Feature[] {
  const onNumbers =
    (of: (list: ArrayLike<number>) => number) =>
    (output: unknown): Seen =>
      allNumbers(output) ? of(output) : readingOf(output)
  const fold = (start: number, step: (total: number, x: number) => number) =>
    onNumbers((list) => {
      let total = start
      for (let i = 0; i < list.length; i++) total = step(total, list[i] as number)
      return total
    })
  const place = onNumbers((list) => {
    let best = 0
    for (let i = 1; i < list.length; i++) if ((list[i] as number) > (list[best] as number)) best = i
    return best
  })
  const features: Feature[] = [
    { name: 'the length of output', of: (output) => (isList(output) ? output.length : -1) },
    { name: 'the sum of output', of: fold(0, (total, x) => total + x) },
    { name: 'the least of output', of: fold(Number.POSITIVE_INFINITY, Math.min) },
    { name: 'the largest of output', of: fold(Number.NEGATIVE_INFINITY, Math.max) },
    { name: 'where output is largest', of: place },
  ]
  const direction = bestDirection(here, there)
  if (direction !== undefined) {
    const along = onNumbers((list) => {
      let total = 0
      for (let i = 0; i < Math.min(list.length, direction.length); i++) total += (list[i] as number) * (direction[i] as number)
      return total
    })
    features.push({ name: 'the combination of output that tells best', of: along })
  }
  return features
}

/** The linear combination of lists of one length that tells best: C w = the difference of means, C the covariance within sides (Fisher 1936). */
function bestDirection(here: readonly unknown[], there: readonly unknown[]): Float64Array | undefined {
  const first = here[0]
  if (!allNumbers(first)) return undefined
  const d = Math.min(first.length, mostFields)
  const sides = [here, there].map((outputs) => outputs.filter((output) => allNumbers(output) && output.length === first.length))
  const covariance = Array.from({ length: d }, () => new Float64Array(d + 1))
  const means = sides.map((lists) => Float64Array.from({ length: d }, (_, i) => meanOf(lists as ArrayLike<number>[], i)))
  sides.forEach((lists, side) => {
    for (const list of lists.slice(0, 2000) as ArrayLike<number>[]) {
      for (let i = 0; i < d; i++) {
        const x = (list[i] as number) - (means[side]?.[i] as number)
        for (let j = 0; j < d; j++)
          at(covariance, i)[j] = (at(covariance, i)[j] as number) + x * ((list[j] as number) - (means[side]?.[j] as number))
      }
    }
  })
  const trace = covariance.reduce((sum, line, i) => sum + (line[i] as number), 0)
  covariance.forEach((line, i) => {
    line[i] = (line[i] as number) + 1e-9 * trace + Number.MIN_VALUE
    line[d] = (means[0]?.[i] as number) - (means[1]?.[i] as number)
  })
  const direction = solve(covariance)
  return direction.every(Number.isFinite) ? direction : undefined
}

const at = (lines: readonly Float64Array[], i: number): Float64Array => lines[i] as Float64Array

const meanOf = (lists: readonly ArrayLike<number>[], i: number): number =>
  lists.reduce((sum, list) => sum + (list[i] as number), 0) / lists.length

/** The solution of a positive definite system, its right side the last column; by elimination. */
function solve(lines: readonly Float64Array[]): Float64Array {
  const d = lines.length
  for (let c = 0; c < d; c++) {
    for (let i = 0; i < d; i++) {
      if (i === c) continue
      const factor = (at(lines, i)[c] as number) / (at(lines, c)[c] as number)
      for (let j = c; j <= d; j++) at(lines, i)[j] = (at(lines, i)[j] as number) - factor * (at(lines, c)[j] as number)
    }
  }
  return Float64Array.from(lines, (line, i) => (line[d] as number) / (line[i] as number))
}
