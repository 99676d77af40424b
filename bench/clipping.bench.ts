/**
 * Clipping 1e6 numbers beside the loops that one writes by hand: sum of squares, root, product. Those may be too long by some last
 * bits, overflow, and let NaN through; ours don't. In place, both start from a fresh copy.
 */
import { clipL1, clipL2, clipLinf, l1Norm, l2Norm, linfNorm } from '../src/clipping/index.ts'
import { type BenchTable, figure, interleave } from './table.ts'

const n = 1e6

type Floats = Float64Array | Float32Array

/** What any program would do; one function for each type, so that the compiler knows it. */
const naiveDoubles = (source: Float64Array, target: Float64Array, norm: number): Float64Array => {
  let sum = 0
  for (let i = 0; i < source.length; i++) sum += (source[i] as number) * (source[i] as number)
  const factor = Math.min(1, norm / Math.sqrt(sum))
  for (let i = 0; i < source.length; i++) target[i] = (source[i] as number) * factor
  return target
}
const naiveFloats = (source: Float32Array, target: Float32Array, norm: number): Float32Array => {
  let sum = 0
  for (let i = 0; i < source.length; i++) sum += (source[i] as number) * (source[i] as number)
  const factor = Math.min(1, norm / Math.sqrt(sum))
  for (let i = 0; i < source.length; i++) target[i] = (source[i] as number) * factor
  return target
}

export async function run(): Promise<BenchTable> {
  const doubles = Float64Array.from({ length: n }, (_, i) => Math.sin(i * i))
  const floats = Float32Array.from(doubles)
  const numbers = Array.from(doubles)
  const scratch = new Float64Array(n)
  const floatScratch = new Float32Array(n)
  const short = clipL2({ norm: 1 })
  const long = clipL2({ norm: 1e9 })
  const copied = <T extends Floats>(source: T, target: T): T => {
    target.set(source)
    return target
  }
  const { opsPerSecond, ratio } = await interleave({
    'naive l2, doubles': () => naiveDoubles(doubles, new Float64Array(n), 1),
    'naive l2, doubles in place': () => naiveDoubles(copied(doubles, scratch), scratch, 1),
    'naive l2, floats': () => naiveFloats(floats, new Float32Array(n), 1),
    'clipL2, doubles': () => short.clip(doubles),
    'clipL2, doubles in place': () => short.clipInPlace(copied(doubles, scratch)),
    'clipL2, doubles in place, kept': () => long.clipInPlace(doubles),
    'clipL2, floats': () => short.clip(floats),
    'clipL2, floats in place': () => short.clipInPlace(copied(floats, floatScratch)),
    'clipL2, array of numbers': () => short.clip(numbers),
    'clipL1, doubles': () => clipL1({ norm: 1 }).clip(doubles),
    'clipLinf, doubles': () => clipLinf({ norm: 0.5 }).clip(doubles),
    l2Norm: () => l2Norm(doubles),
    l1Norm: () => l1Norm(doubles),
    linfNorm: () => linfNorm(doubles),
  })
  return {
    name: 'Clipping 1e6 entries',
    rows: Object.entries(opsPerSecond).map(([what, speed]) => ({
      what,
      ms: figure(1000 / speed),
      'times as fast as the naive loop': figure(ratio[what as keyof typeof ratio]),
    })),
  }
}
