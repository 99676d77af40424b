/**
 * `npm start`: a short tour of what the package does today. Every number below is computed as it is printed.
 */
import { events, InvalidParameterError } from '../src/index.ts'
import { discreteGaussianSampler, discreteLaplaceSampler, gaussianAdder, uniformInteger } from '../src/random/index.ts'

const heading = (title: string): void => console.log(`\n${title}\n${'─'.repeat(title.length)}`)
const bar = (share: number, unit: number): string => '█'.repeat(Math.round(share / unit))

heading('1. Noise that is exactly what it says')
{
  const patients = 1234
  const noise = discreteLaplaceSampler({ scale: 10 })
  console.log(`a count of ${patients}, released five times with exact discrete Laplace noise of scale 10:`)
  console.log(`  ${Array.from({ length: 5 }, () => patients + noise.sample()).join('  ')}`)

  const draws = 200_000
  const gaussian = discreteGaussianSampler({ stddev: 2 })
  const seen = new Map<number, number>()
  for (const value of gaussian.fill(new Int32Array(draws))) seen.set(value, (seen.get(value) ?? 0) + 1)
  const weight = (x: number): number => Math.exp((-x * x) / 8)
  let total = 0
  for (let x = -40; x <= 40; x++) total += weight(x)
  console.log(`\n${draws.toLocaleString('en')} draws of a discrete Gaussian, stddev 2, beside the law that they have:`)
  for (let x = -6; x <= 6; x++) {
    const share = (seen.get(x) ?? 0) / draws
    const [found, exact] = [share, weight(x) / total].map((p) => `${(100 * p).toFixed(2)} %`.padStart(8))
    console.log(`  ${String(x).padStart(3)} ${found}  (exactly ${exact})  ${bar(share, 0.005)}`)
  }
}

heading('2. Real numbers, rounded once, after the noise')
{
  const temperature = gaussianAdder({ stddev: 0.5 })
  console.log(`36.6 with continuous Gaussian noise, on a grid of step ${temperature.step}:`)
  console.log(`  ${Array.from({ length: 4 }, () => temperature.release(36.6)).join('  ')}`)
  const [values, released] = [new Float64Array(1_000_000), new Float64Array(1_000_000)]
  const start = performance.now()
  temperature.releaseInto(values, released)
  console.log(`a million of them took ${(performance.now() - start).toFixed(0)} ms, entropy from the operating system`)
  console.log(
    `a fair die, without a modulo's bias: ${Array.from({ length: 10 }, () => uniformInteger({ low: 1, high: 6 })).join(' ')}`,
  )
}

heading('3. What was released, as plain data')
{
  const { composed, dpSgd, laplace } = events
  const recipe = { examples: 60_000, batchSize: 256, epochs: 60, noiseMultiplier: 1.1 } as const
  const training = dpSgd({ ...recipe, sampling: 'poisson' })
  console.log('a training run and one more count, as the JSON that a ledger would keep:')
  console.log(`  ${JSON.stringify(composed([training, laplace({ noiseMultiplier: 10 })]))}`)
  const shuffled = dpSgd({ ...recipe, sampling: 'shuffled' })
  console.log(`the same recipe with shuffled batches claims no amplification: ${JSON.stringify(shuffled)}`)
}

heading('4. Mistakes are named, never guessed around')
for (const mistake of [
  () => events.gaussian({ noiseMultiplier: -1 }),
  () => events.dpSgd({ examples: 100, batchSize: 10, epochs: 1, noiseMultiplier: 1 } as never),
  () => events.parse('{"kind":"composed","events":[{"kind":"gausian","noiseMultiplier":1}]}'),
  () => discreteLaplaceSampler({ scale: Number.NaN }),
]) {
  try {
    mistake()
  } catch (error) {
    if (!(error instanceof InvalidParameterError) && !(error instanceof Error)) throw error
    console.log(`  ${(error as Error).name}: ${(error as Error).message}`)
  }
}
console.log()
