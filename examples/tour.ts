/**
 * `npm start`: a short tour of what the package does today. Every number below is computed as it is printed.
 */
import { attackRisk, epsilon, noiseMultiplierFor, privacyFilter, statement } from '../src/accounting/index.ts'
import { BudgetExceededError, events, InvalidParameterError, laplace, mean, memoryStore, openBudget, plan } from '../src/index.ts'
import { discreteGaussianSampler, discreteLaplaceSampler, gaussianAdder, uniformInteger } from '../src/random/index.ts'

const heading = (title: string): void => console.log(`\n${title}\n${'─'.repeat(title.length)}`)
const bar = (share: number, unit: number): string => '█'.repeat(Math.round(share / unit))

heading('1. A table of numbers, published')
{
  const ages = Array.from({ length: 1000 }, () => 20 + uniformInteger({ below: 50 }))
  const truth = ages.reduce((sum, age) => sum + age, 0) / ages.length
  const average = mean({ lower: 0, upper: 120, epsilon: 0.5 })
  const { halfWidth } = average.error({ records: 1000 })
  const { value, lower, upper } = average.release(ages)
  console.log(
    `the mean age of ${ages.length} people is ${truth.toFixed(2)}; known before: with 95 % the noise moves it by ${halfWidth.toFixed(2)} at most`,
  )
  console.log(`published, with epsilon 0.5: ${value.toFixed(2)}, between ${lower.toFixed(2)} and ${upper.toFixed(2)}`)
  const needed = plan((epsilon) => mean({ lower: 0, upper: 120, epsilon }), { halfWidth: 0.2, records: 1000 })
  console.log(`to be within 0.2 it would take epsilon ${needed.epsilon.toFixed(2)}`)
}

heading('2. A budget that can not be overspent')
{
  const budget = await openBudget({ epsilon: 1 }, { store: memoryStore() })
  const question = laplace({ sensitivity: 1, epsilon: 0.4 })
  for (const month of ['May', 'June', 'July']) {
    try {
      const visitors = await budget.release(question, 1234, { label: `visitors in ${month}` })
      console.log(
        `visitors in ${month}: ${visitors.toFixed(1)}, epsilon ${budget.remaining()['epsilon']?.toPrecision(2)} is left`,
      )
    } catch (error) {
      if (!(error instanceof BudgetExceededError)) throw error
      console.log(`visitors in ${month}: ${error.message}`)
    }
  }
}

heading('3. Noise that is exactly what it says')
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

heading('4. Real numbers, rounded once, after the noise')
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

heading('5. What was released, as plain data')
{
  const { composed, dpSgd, laplace } = events
  const recipe = { examples: 60_000, batchSize: 256, epochs: 60, noiseMultiplier: 1.1 } as const
  const training = dpSgd({ ...recipe, sampling: 'poisson' })
  console.log('a training run and one more count, as the JSON that a ledger would keep:')
  console.log(`  ${JSON.stringify(composed([training, laplace({ noiseMultiplier: 10 })]))}`)
  const shuffled = dpSgd({ ...recipe, sampling: 'shuffled' })
  console.log(`the same recipe with shuffled batches claims no amplification: ${JSON.stringify(shuffled)}`)
}

heading('6. How private was that?')
{
  const recipe = { examples: 60_000, batchSize: 256, epochs: 60 } as const
  const run = events.dpSgd({ ...recipe, noiseMultiplier: 1.1, sampling: 'poisson' })
  const start = performance.now()
  const { lower, upper } = epsilon(run, { delta: 1e-5 })
  const took = (performance.now() - start).toFixed(0)
  console.log(`that training run at delta 1e-5: epsilon is at least ${lower.toFixed(12)}`)
  console.log(`                                     and at most  ${upper.toFixed(12)}, certified in ${took} ms`)
  const shuffled = epsilon(events.dpSgd({ ...recipe, noiseMultiplier: 1.1, sampling: 'shuffled' }), { delta: 1e-5 })
  console.log(`the same with shuffled batches, as model.fit makes them: ${shuffled.upper.toFixed(2)}`)

  console.log('\nepsilon as training goes on, and by other accountants:')
  for (const epochs of [15, 30, 60, 120]) {
    const longer = events.dpSgd({ ...recipe, epochs, noiseMultiplier: 1.1, sampling: 'poisson' })
    const [tight, renyi] = (['tight', 'rdp'] as const).map((accountant) => epsilon(longer, { delta: 1e-5, accountant }).upper)
    const figures = `${(tight as number).toFixed(3)} (rdp ${(renyi as number).toFixed(3)})`
    console.log(`  ${String(epochs).padStart(4)} epochs  ${figures}  ${bar(tight as number, 0.1)}`)
  }

  const { noiseMultiplier } = noiseMultiplierFor({ ...recipe, sampling: 'poisson', epsilon: 1, delta: 1e-5 })
  console.log(`\nepsilon 1 takes a noise multiplier of ${noiseMultiplier.toFixed(4)}`)
  const { truePositiveRate, posterior } = attackRisk(run, { falsePositiveRate: 0.01 })
  console.log(
    `who accuses one in a hundred unused records finds at most ${Math.ceil(1e4 * truePositiveRate) / 100} % of the used ones, and is then ${Math.ceil(100 * posterior)} % sure at most, from even odds`,
  )

  let filter = privacyFilter({ kind: 'zcdp', limit: { rho: 0.5 } })
  for (const noise of [2, 2, 1.5, 2]) {
    const spent = filter.spend(events.gaussian({ noiseMultiplier: noise }))
    filter = spent.next
    console.log(
      `a release with noise ${noise}: ${spent.allowed ? `allowed, rho ${filter.remaining['rho']} is left` : `refused, ${spent.reason}`}`,
    )
  }
  console.log(`\nand for a reviewer:\n  ${statement(run, { delta: 1e-5 })}`)
}

heading('7. Mistakes are named, never guessed around')
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

heading('8. A model that learns privately')
await import('./digits.ts')
console.log()
