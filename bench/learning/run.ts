/**
 * `npx tsx bench/learning/run.ts`: the digits learned privately here and by Opacus, with the same model, initialisation, clip norm, noise, steps,
 * Poisson sampling and learning rate, ten seeds each; and what each says that it cost. Writes bench/results/learning.json. Some minutes.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import '@tensorflow/tfjs-backend-cpu'
import '@tensorflow/tfjs-backend-wasm'
import * as tf from '@tensorflow/tfjs-core'
import type { Digits } from '../../examples/digits/load.ts'
import { epsilon, noiseMultiplierFor } from '../../src/accounting/index.ts'
import cases from './cases.json' with { type: 'json' }
import type { ModelName } from './models.ts'
import { type Goal, learn, learners, type Outcome } from './ours.ts'
import { linesOf } from './python.ts'

const { examples, batchSize, epochs, delta, seeds } = cases
const goals: readonly Goal[] = cases.goals.map((goal) => {
  const recipe = { examples, batchSize, epochs, sampling: 'poisson', delta } as const
  return { ...goal, noiseMultiplier: noiseMultiplierFor({ ...recipe, epsilon: goal.epsilon }).noiseMultiplier }
})

type Score = { readonly model: string; readonly epsilon: number; readonly accuracy: number }
type Account = { readonly dp_accounting: number; readonly opacus: number }

const folder = mkdtempSync(join(tmpdir(), 'learning-'))
const [casesFile, dataFile] = [join(folder, 'cases.json'), join(folder, 'data.json')]
const plain = ({ pixels, labels }: Digits): object => ({ pixels: [...pixels].map((p) => 16 * p), labels: [...labels] })
const { train, test } = learners()
writeFileSync(casesFile, JSON.stringify({ ...cases, goals }))
writeFileSync(dataFile, JSON.stringify({ train: plain(train), test: plain(test) }))
const accounts = linesOf<Account>('reference.py', 'account', casesFile)
const theirs = linesOf<Score>('reference.py', 'learn', casesFile, dataFile)
rmSync(folder, { recursive: true })

await tf.setBackend('wasm')
await tf.ready()
const rows: Record<string, string | number>[] = []
for (const model of cases.models as ModelName[]) {
  for (const [i, goal] of goals.entries()) {
    const ours: Outcome[] = []
    for (const seed of seeds) ours.push(await learn(model, goal, seed))
    const mine = spread(ours.map(({ accuracy }) => accuracy))
    const its = spread(theirs.filter((s) => s.model === model && s.epsilon === goal.epsilon).map(({ accuracy }) => accuracy))
    const { lower, upper } = epsilon((ours[0] as Outcome).event, { delta })
    const account = accounts[i] as Account
    const row = {
      ...{ model, noiseMultiplier: goal.noiseMultiplier, learningRate: goal.learningRate },
      ...{ 'epsilon at least': lower, 'epsilon at most': upper },
      ...{ 'by dp_accounting': account.dp_accounting, 'by Opacus': account.opacus },
      ...{ 'indistinct %': mine.mean, 'its spread': mine.deviation, 'Opacus %': its.mean, 'spread of Opacus': its.deviation },
      difference: Number((mine.mean - its.mean).toFixed(2)),
      'its standard error': Number(Math.sqrt((mine.deviation ** 2 + its.deviation ** 2) / seeds.length).toFixed(2)),
    }
    rows.push(row)
    console.log(`${model} at epsilon ${goal.epsilon}: ${mine.mean} % here, ${its.mean} % by Opacus`)
  }
}
console.table(rows)
const results = fileURLToPath(new URL('../results', import.meta.url))
mkdirSync(results, { recursive: true })
writeFileSync(join(results, 'learning.json'), `${JSON.stringify({ ...cases, goals, rows }, null, 2)}\n`)

/** Mean and standard deviation, in per cent. */
function spread(shares: readonly number[]): { readonly mean: number; readonly deviation: number } {
  const mean = shares.reduce((a, b) => a + b, 0) / shares.length
  const variance = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / (shares.length - 1)
  return { mean: Number((100 * mean).toFixed(2)), deviation: Number((100 * Math.sqrt(variance)).toFixed(2)) }
}
