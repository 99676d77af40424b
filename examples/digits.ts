/**
 * `npx tsx examples/digits.ts`, and the end of `npm start`: a small model learns handwritten digits, and promises something to each of them.
 */
import '@tensorflow/tfjs-backend-cpu'
import '@tensorflow/tfjs-backend-wasm'
import * as tf from '@tensorflow/tfjs-core'
import * as tl from '@tensorflow/tfjs-layers'
import { delta } from '../src/accounting/index.ts'
import { trainPrivately } from '../src/tfjs/index.ts'
import { type Digits, drawing, loadDigits } from './digits/load.ts'

await tf.setBackend('wasm')
const { train, test } = loadDigits()

const network = (): tl.LayersModel => {
  const layers = [
    tl.layers.dense({ units: 32, activation: 'relu', inputShape: [64] }),
    tl.layers.dense({ units: 10, activation: 'softmax' }),
  ]
  const model = tl.sequential({ layers })
  model.compile({ optimizer: tf.train.momentum(0.2, 0.5), loss: 'categoricalCrossentropy' })
  return model
}
const table = ({ count, pixels, oneHot }: Digits): { x: tf.Tensor; y: tf.Tensor } => ({
  x: tf.tensor(pixels, [count, 64]),
  y: tf.tensor(oneHot, [count, 10]),
})
const answers = (model: tl.LayersModel, { x }: { x: tf.Tensor }): Float32Array | Int32Array | Uint8Array =>
  tf.tidy(() => tf.argMax(model.predict(x) as tf.Tensor, 1).dataSync())
const score = (given: ArrayLike<number>): string => {
  const right = test.labels.filter((label, i) => label === given[i]).length
  return `${((100 * right) / test.count).toFixed(1)} % right`
}

console.log(
  `${train.count} handwritten digits to learn from, and ${test.count} that are held back to be graded on. Some of those:\n`,
)
const shown = [0, 3, 5, 6, 8].map((digit) => test.labels.indexOf(digit))
const pictures = shown.map((image) => drawing(test, image))
for (let y = 0; y < 8; y++) console.log(`  ${pictures.map((rows) => rows[y]).join('  ')}`)

const [examples, graded] = [table(train), table(test)]
const model = network()
console.log(`\nthe model before it learns: ${score(answers(model, graded))}`)
console.log('learning privately, with epsilon 3 promised to each image:')
const start = performance.now()
const report = await trainPrivately(model, examples, {
  ...{ sampling: 'poisson', batchSize: 64, epochs: 30 },
  ...{ targetEpsilon: 3, delta: 1e-4, l2NormClip: 1 },
  progress: (line) => console.log(`  ${line}`),
})
const seconds = ((performance.now() - start) / 1000).toFixed(1)

const learned = answers(model, graded)
console.log(
  `\nafter ${report.steps} steps in ${seconds} s: ${score(learned)}; of the pictures above it says ${shown.map((i) => learned[i]).join(', ')}`,
)
const careless = network()
await careless.fit(examples.x, examples.y, { batchSize: 64, epochs: 30, verbose: 0 })
console.log(`the same model trained as usual, with no promise: ${score(answers(careless, graded))}`)
// The advantage over a coin toss is the delta that goes with epsilon 0.
const hits = (1 + delta(report.event, { epsilon: 0 }).upper) / 2
console.log(
  `\nwhat epsilon ${report.epsilon.toFixed(2)} at delta ${report.delta} comes to: somebody who holds the model and all the other images, and wonders`,
)
console.log(`whether a certain image was learned from, even odds, is right at most ${Math.ceil(100 * hits)} % of the time.`)
tf.dispose([examples, graded])
