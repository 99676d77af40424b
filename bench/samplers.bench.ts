/**
 * Exact noise from the operating system's entropy beside the textbook's: Box-Muller and the inverse CDF in doubles, on
 * Math.random, in the fastest form they have (pairs, whole arrays). The textbook's noise is neither exact nor private.
 *
 * `times as fast` says how many times as fast ours is: above 1 ours is faster. The median over rounds in which they took turns.
 */
import {
  discreteGaussianSampler,
  discreteLaplaceSampler,
  gaussianAdder,
  gridLaplace,
  laplaceAdder,
  referenceDiscreteGaussianSampler,
  referenceDiscreteLaplaceSampler,
} from '../src/random/index.ts'
import { type BenchTable, figure, interleave } from './table.ts'

const size = 100_000

/** Box-Muller, both numbers of each pair. */
function gaussianPairs(source: Float64Array, target: Float64Array, stddev: number): void {
  for (let i = 0; i < target.length; i += 2) {
    const radius = stddev * Math.sqrt(-2 * Math.log(1 - Math.random()))
    const angle = 2 * Math.PI * Math.random()
    target[i] = (source[i] as number) + radius * Math.cos(angle)
    target[i + 1] = (source[i + 1] as number) + radius * Math.sin(angle)
  }
}
/** The same, rounded: the like for integers. */
function roundedGaussianPairs(target: Float64Array, stddev: number): void {
  for (let i = 0; i < target.length; i += 2) {
    const radius = stddev * Math.sqrt(-2 * Math.log(1 - Math.random()))
    const angle = 2 * Math.PI * Math.random()
    target[i] = Math.round(radius * Math.cos(angle))
    target[i + 1] = Math.round(radius * Math.sin(angle))
  }
}
/** The inverse of the distribution function. */
function inverseLaplace(source: Float64Array, target: Float64Array, scale: number): void {
  for (let i = 0; i < target.length; i++) {
    const u = Math.random() - 0.5
    target[i] = (source[i] as number) - scale * Math.sign(u) * Math.log(1 - 2 * Math.abs(u))
  }
}
function roundedInverseLaplace(target: Float64Array, scale: number): void {
  for (let i = 0; i < target.length; i++) {
    const u = Math.random() - 0.5
    target[i] = Math.round(-scale * Math.sign(u) * Math.log(1 - 2 * Math.abs(u)))
  }
}

type Row = Record<string, string | number>
type Rival = { readonly name: string; readonly draws: number; readonly run: () => void }

/** One row: nanoseconds a draw for each, and how many times as fast ours, the first one, is. */
async function row(what: string, rivals: readonly [Rival, ...Rival[]]): Promise<Row> {
  const { opsPerSecond, ratio } = await interleave(Object.fromEntries(rivals.map(({ name, run }) => [name, run])))
  const cells: Row = { what }
  for (const { name, draws } of rivals) cells[`${name}, ns`] = figure(1e9 / ((opsPerSecond[name] as number) * draws))
  const [ours, ...others] = rivals
  for (const { name, draws } of others) cells[`times as fast as ${name}`] = figure(ours.draws / draws / (ratio[name] as number))
  return cells
}

const target = new Float64Array(size)

async function integerRows(): Promise<Row[]> {
  const few = new Float64Array(2000)
  const zeros = new Float64Array(size)
  const rows: Row[] = []
  for (const scale of [1, 10, 1000, 2 ** 20, 2 ** 40]) {
    const gaussian = discreteGaussianSampler({ stddev: scale })
    const plainGaussian = referenceDiscreteGaussianSampler({ stddev: scale })
    rows.push(
      await row(`discrete Gaussian ${scale}`, [
        { name: 'ours', draws: size, run: () => gaussian.fill(target) },
        { name: 'rounded', draws: size, run: () => roundedGaussianPairs(target, scale) },
        { name: 'unrounded', draws: size, run: () => gaussianPairs(zeros, target, scale) },
        { name: 'reference', draws: few.length, run: () => plainGaussian.fill(few) },
      ]),
    )
    const laplace = discreteLaplaceSampler({ scale })
    const plainLaplace = referenceDiscreteLaplaceSampler({ scale })
    rows.push(
      await row(`discrete Laplace ${scale}`, [
        { name: 'ours', draws: size, run: () => laplace.fill(target) },
        { name: 'rounded', draws: size, run: () => roundedInverseLaplace(target, scale) },
        { name: 'unrounded', draws: size, run: () => inverseLaplace(zeros, target, scale) },
        { name: 'reference', draws: few.length, run: () => plainLaplace.fill(few) },
      ]),
    )
  }
  return rows
}

async function scalarRows(): Promise<Row[]> {
  const { sample } = discreteGaussianSampler({ stddev: 1000 })
  const { release } = gaussianAdder({ stddev: 3 })
  let spare: number | undefined
  const textbook = (stddev: number): number => {
    if (spare !== undefined) {
      const kept = spare
      spare = undefined
      return stddev * kept
    }
    const radius = Math.sqrt(-2 * Math.log(1 - Math.random()))
    const angle = 2 * Math.PI * Math.random()
    spare = radius * Math.sin(angle)
    return stddev * radius * Math.cos(angle)
  }
  let sum = 0
  const repeat = (draw: () => number) => (): void => {
    for (let i = 0; i < size; i++) sum += draw()
  }
  const rows = [
    await row('one discrete Gaussian 1000 at a time', [
      { name: 'ours', draws: size, run: repeat(sample) },
      { name: 'rounded', draws: size, run: repeat(() => Math.round(textbook(1000))) },
    ]),
    await row('one Gaussian release at a time', [
      { name: 'ours', draws: size, run: repeat(() => release(12.5)) },
      { name: 'unrounded', draws: size, run: repeat(() => 12.5 + textbook(3)) },
    ]),
  ]
  if (Number.isNaN(sum)) throw new Error('a sum of noise is no number')
  return rows
}

async function floatRows(): Promise<Row[]> {
  const million = 1_000_000
  const from = Float64Array.from({ length: million }, (_, i) => i / 7)
  const into = new Float64Array(million)
  const floats = new Float32Array(million)
  const gaussian = gaussianAdder({ stddev: 3 })
  const laplace = laplaceAdder({ scale: 3 })
  const grid = gridLaplace({ l1Sensitivity: 3, epsilon: 1 })
  const textbookGaussian = { name: 'unrounded', draws: million, run: () => gaussianPairs(from, into, 3) }
  const textbookLaplace = { name: 'unrounded', draws: million, run: () => inverseLaplace(from, into, 3) }
  return [
    await row('Gaussian on 10^6 doubles', [
      { name: 'ours', draws: million, run: () => gaussian.releaseInto(from, into) },
      textbookGaussian,
    ]),
    await row('Gaussian on 10^6 floats', [
      { name: 'ours', draws: million, run: () => gaussian.releaseInto(floats, floats) },
      textbookGaussian,
    ]),
    await row('Laplace on 10^6 doubles', [
      { name: 'ours', draws: million, run: () => laplace.releaseInto(from, into) },
      textbookLaplace,
    ]),
    await row('grid Laplace on 10^6 doubles', [
      { name: 'ours', draws: million, run: () => grid.releaseInto(from, into) },
      textbookLaplace,
    ]),
  ]
}

/** What a sampler costs before its first draw: a new parameter builds a table, a known one finds it. */
async function setupRows(): Promise<Row[]> {
  const repeat = (count: number, name: string, draw: (i: number) => unknown): Rival => {
    let i = 0
    const run = (): void => {
      for (const end = i + count; i < end; i++) draw(i)
    }
    return { name, draws: count, run }
  }
  return [
    await row('a sampler and one draw', [
      repeat(500, 'ours', () => discreteGaussianSampler({ stddev: 1000 }).sample()),
      repeat(100, 'new parameter', (i) => discreteGaussianSampler({ stddev: 1000 + i / 2 }).sample()),
      repeat(500, 'reference', () => referenceDiscreteGaussianSampler({ stddev: 1000 }).sample()),
    ]),
  ]
}

export async function run(): Promise<BenchTable> {
  return {
    name: 'samplers',
    rows: [...(await integerRows()), ...(await scalarRows()), ...(await floatRows()), ...(await setupRows())],
  }
}
