/**
 * The real transform beside fft.js 4.0.4 used at its best: `realTransform` without `completeSpectrum`, on plain arrays of its own
 * making (faster for it than Float64Array, and kept to one kind so that its code is not generalised). Ours works in place, so a
 * copy of the input is part of its time. The inverse is beside fft.js' only one, a complex `inverseTransform`.
 */
import { createRequire } from 'node:module'
import { realFft } from '../src/numeric/fft.ts'
import { type BenchTable, figure, interleave } from './table.ts'

/** The part of fft.js that is used here. */
type Rival = {
  createComplexArray(): number[]
  realTransform(output: number[], input: readonly number[]): void
  completeSpectrum(spectrum: number[]): void
  inverseTransform(output: number[], input: readonly number[]): void
}

const FFT = createRequire(import.meta.url)('fft.js') as new (n: number) => Rival

const sizes = [8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22]

export async function run(): Promise<BenchTable> {
  const rows: Record<string, string | number>[] = []
  for (const power of sizes) {
    const n = 2 ** power
    const input = Array.from({ length: n }, (_, i) => Math.sin(i * i) / 2)
    const data = Float64Array.from(input)
    const rival = new FFT(n)
    const theirs = rival.createComplexArray()
    const plan = realFft(n)
    const ours = new Float64Array(n)
    const options = n > 2 ** 16 ? { rounds: 7, minTimeMs: 10 } : { rounds: 15, minTimeMs: 10 }
    const forward = await interleave(
      {
        'fft.js': () => rival.realTransform(theirs, input),
        ours: () => {
          ours.set(data)
          plan.forward(ours)
        },
      },
      options,
    )
    rival.realTransform(theirs, input)
    rival.completeSpectrum(theirs)
    const back = rival.createComplexArray()
    plan.forward(data)
    const inverse = await interleave(
      {
        'fft.js': () => rival.inverseTransform(back, theirs),
        ours: () => {
          ours.set(data)
          plan.inverse(ours)
        },
      },
      options,
    )
    rows.push({
      what: `n = 2^${power}`,
      'fft.js forward us': figure(1e6 / forward.opsPerSecond['fft.js']),
      'forward us': figure(1e6 / forward.opsPerSecond.ours),
      'times as fast': figure(forward.ratio.ours),
      'fft.js inverse us': figure(1e6 / inverse.opsPerSecond['fft.js']),
      'inverse us': figure(1e6 / inverse.opsPerSecond.ours),
      'inverse times as fast': figure(inverse.ratio.ours),
    })
  }
  return { name: 'Fourier transform of real data', rows }
}
