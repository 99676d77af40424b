import * as tf from '@tensorflow/tfjs-core'
import * as tl from '@tensorflow/tfjs-layers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { epsilon, noiseMultiplierFor } from '../../src/accounting/index.ts'
import { memoryStore, openBudget } from '../../src/budget/index.ts'
import { BudgetExceededError, InvalidParameterError, UnsupportedModelError } from '../../src/errors.ts'
import { dpSgd, gaussian, poissonSampled, repeated } from '../../src/events/index.ts'
import { insecureSeeded } from '../../src/testing/index.ts'
import {
  type Checkpoint,
  dpOptimizer,
  type LossProgram,
  type TrainingStep,
  type TrainOptions,
  trainPrivately,
} from '../../src/tfjs/index.ts'
import { progressLine } from '../../src/tfjs/train/progress.ts'
import { poissonSample } from '../../src/tfjs/train/sample.ts'
import { tensors, useBackend } from './backends.ts'

const { layers: l } = tl
const { normal, oneHot } = tensors(17)
const values = (tensor: tf.Tensor): number[] => [...tensor.dataSync()]
const seeded = (seed = 3) => ({ insecureRandom: insecureSeeded(seed) })
const model = (): tl.LayersModel => {
  const made = tl.sequential({
    layers: [l.dense({ units: 6, inputShape: [4], activation: 'relu' }), l.dense({ units: 3, activation: 'softmax' })],
  })
  made.compile({ optimizer: tf.train.adam(0.02), loss: 'categoricalCrossentropy', metrics: ['accuracy'] })
  return made
}
const recipe = { sampling: 'poisson', batchSize: 20, delta: 1e-5, l2NormClip: 1 } as const
const settings = (more: object = {}): TrainOptions =>
  ({ ...recipe, steps: 6, noiseMultiplier: 1, ...seeded(), ...more }) as TrainOptions

beforeAll(() => useBackend('cpu'))

/** A program that learns nothing and says how large each batch was. */
function roll(examples: number): {
  readonly seen: number[]
  readonly data: { x: tf.Tensor; y: tf.Tensor }
  readonly program: LossProgram
} {
  const seen: number[] = []
  const w = tf.variable(tf.zeros([1, 1]))
  const program: LossProgram = {
    variables: [w],
    loss: (x: tf.Tensor2D) => {
      seen.push(x.shape[0])
      return tf.mean(tf.matMul(x, w as unknown as tf.Tensor2D))
    },
  }
  return { seen, data: { x: tf.zeros([examples, 1]), y: tf.zeros([examples, 1]) }, program }
}

describe('Poisson sampling', () => {
  it('batch sizes follow the binomial law', () => {
    const [n, p, draws] = [20, 0.15, 20_000]
    const sample = poissonSample(n, p, seeded(11))
    const counts = new Float64Array(n + 1)
    const joint = new Float64Array(4)
    for (let i = 0; i < draws; i++) {
      const drawn = sample()
      counts[drawn.length] = (counts[drawn.length] as number) + 1
      const cell = (drawn.includes(3) ? 1 : 0) + (drawn.includes(17) ? 2 : 0)
      joint[cell] = (joint[cell] as number) + 1
    }
    let [chi, probability] = [0, (1 - p) ** n]
    let [rest, restCount] = [1, draws]
    for (let k = 0; k <= 8; k++) {
      chi += ((counts[k] as number) - draws * probability) ** 2 / (draws * probability)
      rest -= probability
      restCount -= counts[k] as number
      probability *= ((n - k) / (k + 1)) * (p / (1 - p))
    }
    chi += (restCount - draws * rest) ** 2 / (draws * rest)
    // The 99.9 % quantile with 9 degrees of freedom.
    expect(chi).toBeLessThan(27.88)
    const apart = [(1 - p) ** 2, p * (1 - p), p * (1 - p), p * p]
    const chiJoint = apart.reduce((sum, q, i) => sum + ((joint[i] as number) - draws * q) ** 2 / (draws * q), 0)
    expect(chiJoint).toBeLessThan(16.27)
  })
  it('everybody with probability 1, in their order, and nobody twice', () => {
    expect([...poissonSample(5, 1, seeded())()]).toEqual([0, 1, 2, 3, 4])
    const drawn = [...poissonSample(1000, 0.5, seeded())()]
    expect(drawn).toEqual([...new Set(drawn)].sort((a, b) => a - b))
  })
  it('is what a run draws: batches differ, and their mean is what it should be', async () => {
    const { seen: sizes, data, program } = roll(200)
    await trainPrivately(program, data, settings({ batchSize: 10, steps: 200, optimizer: tf.train.sgd(0.1) }))
    const mean = sizes.reduce((a, b) => a + b, 0) / 200
    expect(Math.abs(mean - 10)).toBeLessThan(4 * Math.sqrt(9.5 / 200))
    expect(new Set(sizes).size).toBeGreaterThan(5)
  })
  it('an empty batch is a step of noise, with the terms that have no data', async () => {
    const { seen, data, program } = roll(50)
    const report = await trainPrivately(program, data, settings({ batchSize: 0.5, steps: 40, optimizer: tf.train.sgd(0.1) }))
    expect(report.steps).toBe(40)
    // Where nobody was drawn two idle examples are in the batch.
    expect(seen).toHaveLength(40)
    expect(seen.filter((size) => size === 2).length).toBeGreaterThan(28)
    const w = tf.variable(tf.tensor2d([[5]]))
    const decay = {
      variables: [w],
      loss: (x: tf.Tensor2D): tf.Scalar =>
        tf.add(tf.mean(tf.matMul(x, w as unknown as tf.Tensor2D)), tf.sum(tf.square(w))) as tf.Scalar,
    }
    const x = tf.fill([100, 1], 1000)
    const optimizer = tf.train.sgd(0.25)
    const before = tf.memory().numTensors
    await trainPrivately(decay, { x, y: x }, settings({ batchSize: 1e-9, steps: 3, l2NormClip: 1e-12, optimizer }))
    // Halved in each step, but for noise of deviation 1e-12 / 1e-9.
    expect(Math.abs((values(w)[0] as number) - 5 / 8)).toBeLessThan(0.01)
    expect(values(w)[0]).not.toBe(5 / 8)
    expect(tf.memory().numTensors).toBe(before)
  })
})

describe('virtual batches', () => {
  it('give the sums of one big batch', async () => {
    const [x, y] = [normal(60, 4), oneHot(60, 3)]
    const trained = async (maxPhysicalBatch?: number): Promise<number[]> => {
      const one = tl.sequential({
        layers: [
          l.dense({
            units: 6,
            inputShape: [4],
            activation: 'tanh',
            kernelInitializer: 'ones',
            kernelRegularizer: 'l1l2',
          }),
          l.dense({ units: 3, activation: 'softmax', kernelInitializer: 'ones' }),
        ],
      })
      await trainPrivately(
        one,
        { x, y },
        settings({
          maxPhysicalBatch,
          noiseMultiplier: 0,
          optimizer: tf.train.sgd(0.5),
          loss: 'categoricalCrossentropy',
          l2NormClip: 0.3,
        }),
      )
      return one.getWeights().flatMap(values)
    }
    const whole = await trained()
    for (const most of [1, 7]) {
      const inPieces = await trained(most)
      expect(Math.max(...whole.map((value, i) => Math.abs(value - (inPieces[i] as number))))).toBeLessThan(1e-6)
    }
  })
  it('by hand: noise once, whatever the number of pieces', () => {
    const w = tf.variable(normal(4, 1))
    const x = normal(30, 4)
    const start = tf.clone(w)
    const run = (sizes: number[]): number[] => {
      w.assign(start)
      const optimizer = dpOptimizer(tf.train.sgd(1), { l2NormClip: 0.5, noiseMultiplier: 1, expectedBatchSize: 30, ...seeded(5) })
      let at = 0
      for (const size of sizes) {
        const piece = tf.slice(x, at, size)
        const loss = optimizer.accumulate(() => tf.mean(tf.square(tf.matMul(piece, w))), [w])
        expect(loss).toBeGreaterThan(0)
        at += size
      }
      optimizer.step([w])
      expect(optimizer.steps).toBe(1)
      expect(optimizer.diagnostics?.batchSize).toBe(sizes.reduce((a, b) => a + b, 0))
      return values(w)
    }
    const whole = run([30])
    const inPieces = run([11, 1, 18])
    expect(Math.max(...whole.map((value, i) => Math.abs(value - (inPieces[i] as number))))).toBeLessThan(1e-6)
    const alone = run([])
    expect(alone).not.toEqual(values(start))
  })
  it('a step under way is not mixed with another', () => {
    const [w, u] = [tf.variable(normal(4, 1)), tf.variable(normal(4, 1))]
    const x = normal(3, 4)
    const f = (): tf.Scalar => tf.mean(tf.matMul(x, tf.add(w, u)))
    const optimizer = dpOptimizer(tf.train.sgd(1), { l2NormClip: 0.5, noiseMultiplier: 1, expectedBatchSize: 30, ...seeded(5) })
    optimizer.accumulate(f, [w])
    expect(() => optimizer.accumulate(f, [w, u])).toThrow('"variables"')
    expect(() => optimizer.minimize(f, false, [w])).toThrow('step')
    optimizer.step()
    optimizer.minimize(f, false, [w])
    expect(optimizer.steps).toBe(2)
  })
})

describe('the account of a run', () => {
  it('is that of dpSgd', async () => {
    const [x, y] = [normal(90, 4), oneHot(90, 3)]
    const report = await trainPrivately(model(), { x, y }, settings({ steps: undefined, epochs: 2 }))
    const event = dpSgd({ examples: 90, batchSize: 20, epochs: 2, noiseMultiplier: 1, sampling: 'poisson' })
    expect(report).toEqual({
      ended: 'done',
      steps: 9,
      event,
      epsilon: epsilon(event, { delta: 1e-5 }).upper,
      delta: 1e-5,
      relation: 'add-or-remove',
      noiseMultiplier: 1,
      provenance: 'insecure-seeded',
    })
    expect(Object.isFrozen(report)).toBe(true)
  })
  it('noise is calibrated to an epsilon, for the relation that is asked for', async () => {
    const [x, y] = [normal(90, 4), oneHot(90, 3)]
    for (const relation of ['add-or-remove', 'replace-one'] as const) {
      const target = { ...settings({ targetEpsilon: 2, noiseMultiplier: undefined, relation }) }
      const report = await trainPrivately(model(), { x, y }, target as TrainOptions)
      const found = noiseMultiplierFor({
        examples: 90,
        batchSize: 20,
        steps: 6,
        sampling: 'poisson',
        epsilon: 2,
        delta: 1e-5,
        relation,
      })
      expect(report.noiseMultiplier).toBe(found.noiseMultiplier)
      expect(report.epsilon).toBe(found.epsilon)
      expect(report.epsilon).toBeLessThanOrEqual(2)
    }
  })
  it('schedules count step by step, and no noise is no privacy', async () => {
    const [x, y] = [normal(90, 4), oneHot(90, 3)]
    const halved = settings({ noiseMultiplier: (step: number) => (step < 4 ? 1 : 2) })
    const { event } = await trainPrivately(model(), { x, y }, halved)
    const run = (noiseMultiplier: number, times: number) =>
      repeated({ times, event: poissonSampled({ samplingRate: 20 / 90, event: gaussian({ noiseMultiplier }) }) })
    expect(event).toEqual({ kind: 'composed', events: [run(1, 4), run(2, 2)] })
    const open = await trainPrivately(model(), { x, y }, settings({ noiseMultiplier: 0 }))
    expect(open.epsilon).toBe(Number.POSITIVE_INFINITY)
    const nothing = await trainPrivately(model(), { x, y }, settings({ steps: 0 }))
    expect(nothing).toMatchObject({ steps: 0, epsilon: 0 })
  })
  it('steps are told as they are made', async () => {
    const [x, y] = [normal(90, 4), oneHot(90, 3)]
    const told: TrainingStep[] = []
    const lines: string[] = []
    const more = { onStep: (step: TrainingStep) => told.push(step), progress: (line: string) => lines.push(line) }
    const { epsilon: whole } = await trainPrivately(model(), { x, y }, settings(more))
    expect(told.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6])
    expect(told[5]?.epsilon).toBe(whole)
    expect(told[1]?.epsilon).toBe(
      epsilon(dpSgd({ examples: 90, batchSize: 20, steps: 2, noiseMultiplier: 1, sampling: 'poisson' }), { delta: 1e-5 }).upper,
    )
    expect(told[0]).not.toHaveProperty('loss')
    expect(lines[0]).toMatch(/^step 1 of 6 {2}epsilon [\d.]+ at delta 0.00001$/)
    expect(lines.at(-1)).toMatch(/^step 6 of 6 {2}epsilon [\d.]+ at delta 0.00001$/)
    expect(Number(/epsilon ([\d.]+)/.exec(lines.at(-1) as string)?.[1])).toBeGreaterThanOrEqual(whole)
    await trainPrivately(model(), { x, y }, settings({ ...more, publicLoss: true }))
    expect(told.at(-1)?.loss).toBeGreaterThan(0)
    expect(lines.at(-1)).toContain('loss')
  })
  it('in words: epsilon is rounded up, time is in the units that one thinks in', () => {
    const told = { step: 3, steps: 9, epsilon: 0.91234, delta: 1e-6, secondsLeft: 12.2 }
    expect(progressLine(told)).toBe('step 3 of 9  epsilon 0.913 at delta 0.000001  13 s left')
    expect(progressLine({ ...told, secondsLeft: 200, loss: 0.43215 })).toBe(
      'step 3 of 9  loss 0.432  epsilon 0.913 at delta 0.000001  3 min 20 s left',
    )
    expect(progressLine({ ...told, secondsLeft: 7500, epsilon: 12.31 })).toContain(
      'epsilon 12.4 at delta 0.000001  2 h 5 min left',
    )
    expect(progressLine({ ...told, epsilon: 0 })).toContain('epsilon 0 at')
    expect(progressLine({ ...told, epsilon: Number.POSITIVE_INFINITY, step: 9 })).toBe(
      'step 9 of 9  epsilon infinite at delta 0.000001',
    )
  })
  it('is stopped by whoever is told', async () => {
    const [x, y] = [normal(90, 4), oneHot(90, 3)]
    const report = await trainPrivately(model(), { x, y }, settings({ onStep: ({ step }: TrainingStep) => step < 3 }))
    expect(report).toMatchObject({ ended: 'stopped', steps: 3 })
    expect(report.event).toMatchObject({ times: 3 })
  })
})

describe('a budget', () => {
  const data = () => ({ x: normal(90, 4), y: oneHot(90, 3) })
  const step = poissonSampled({ samplingRate: 20 / 90, event: gaussian({ noiseMultiplier: 1 }) })
  it('is debited before a stretch, and what would overspend does not run', async () => {
    const budget = await openBudget(
      { epsilon: 5, delta: 1e-5 },
      { schedule: [repeated({ times: 5, event: step }), repeated({ times: 1, event: step })] },
    )
    const seen: number[] = []
    const more = { budget, onStep: async ({ step: at }: TrainingStep) => seen.push(at * 100 + (await budget.history()).length) }
    await trainPrivately(model(), data(), settings(more))
    expect(seen).toEqual([101, 201, 301, 401, 501, 602])
    expect((await budget.history()).map(({ label }) => label)).toEqual(['training: steps 1 to 5', 'training: steps 6 to 6'])
    await expect(trainPrivately(model(), data(), settings(more))).rejects.toThrow(BudgetExceededError)
    expect(seen).toHaveLength(6)
  })
  it('that is too small lets nothing run', async () => {
    const budget = await openBudget({ order: 8, divergence: 1e-6 })
    const ours = model()
    const before = ours.getWeights().map(values)
    await expect(trainPrivately(ours, data(), settings({ budget }))).rejects.toThrow(BudgetExceededError)
    expect(ours.getWeights().map(values)).toEqual(before)
    expect(await budget.history()).toEqual([])
    expect((ours.optimizer as tf.Optimizer).getClassName()).toBe('Adam')
  })
  it('that is used up ends a run', async () => {
    const one = await openBudget({ order: 8, divergence: 100 })
    await one.spend(step, { label: 'one' })
    const { divergence } = one.spent() as { divergence: number }
    const budget = await openBudget({ order: 8, divergence: 5 * divergence }, { store: memoryStore() })
    const report = await trainPrivately(model(), data(), settings({ budget, steps: 10, stretch: 2, label: 'digits' }))
    expect(report).toMatchObject({ ended: 'budget', steps: 4 })
    expect((await budget.history()).map(({ label }) => label)).toEqual(['digits: steps 1 to 2', 'digits: steps 3 to 4'])
  })
  it('has to speak of the same neighbours', async () => {
    const budget = await openBudget({ epsilon: 4, delta: 1e-5 }, { relation: 'replace-one' })
    await expect(trainPrivately(model(), data(), settings({ budget }))).rejects.toThrow('"relation"')
  })
})

describe('checkpoints', () => {
  let x: tf.Tensor
  let y: tf.Tensor
  beforeAll(() => {
    x = normal(90, 4)
    y = oneHot(90, 3)
  })
  it('a run that goes on comes to the same account, to the bit, and has its weights back', async () => {
    const target = { targetEpsilon: 3, noiseMultiplier: undefined, steps: 10, stretch: 4 }
    const whole = await trainPrivately(model(), { x, y }, settings(target))
    const states: Checkpoint[] = []
    const first = model()
    const broken = settings({
      ...target,
      checkpoint: (state: Checkpoint) => void states.push(state),
      onStep: ({ step }: TrainingStep) => step < 4,
    })
    await trainPrivately(first, { x, y }, broken)
    expect(states).toHaveLength(1)
    const state = structuredClone(states[0] as Checkpoint)
    expect(state.step).toBe(4)
    const second = model()
    let begun: number[][] = []
    const optimizer = tf.train.adam(0.02)
    const report = await trainPrivately(
      second,
      { x, y },
      settings({
        ...target,
        resume: state,
        optimizer,
        insecureRandom: undefined,
        onStep: ({ step }: TrainingStep) => {
          if (step === 5) begun = second.getWeights().map(values)
        },
      }),
    )
    expect(begun).not.toEqual(first.getWeights().map(values))
    expect(report.event).toEqual(whole.event)
    expect(report.epsilon).toBe(whole.epsilon)
    expect(report.noiseMultiplier).toBe(whole.noiseMultiplier)
    expect(optimizer.iterations).toBe(10)
    // Part of its noise was seeded.
    expect(report.provenance).toBe('insecure-seeded')
    const again = model()
    await trainPrivately(
      again,
      { x, y },
      settings({ ...target, steps: 4, resume: { ...state, plan: { ...state.plan, steps: 4 } } }),
    )
    expect(again.getWeights().map(values)).toEqual(first.getWeights().map(values))
  })
  it('with the same noise, the same weights as without interruption', async () => {
    const start = model().getWeights()
    const fresh = (): tl.LayersModel => {
      const made = model()
      made.setWeights(start)
      return made
    }
    const states: Checkpoint[] = []
    const run = (more: object, one: tl.LayersModel): Promise<unknown> =>
      trainPrivately(one, { x, y }, settings({ batchSize: 90, noiseMultiplier: 0, stretch: 3, ...more }))
    const whole = fresh()
    await run({ checkpoint: (state: Checkpoint) => void states.push(state) }, whole)
    const rest = fresh()
    await run({ resume: states[0], optimizer: tf.train.adam(0.02) }, rest)
    const differences = whole.getWeights().flatMap((weight, i) => values(tf.sub(weight, rest.getWeights()[i] as tf.Tensor)))
    expect(Math.max(...differences.map(Math.abs))).toBeLessThan(1e-6)
  })
  it('a longer plan is calibrated anew, with what was spent', async () => {
    const states: Checkpoint[] = []
    const target = { targetEpsilon: 3, noiseMultiplier: undefined, steps: 5 }
    await trainPrivately(model(), { x, y }, settings({ ...target, checkpoint: (state: Checkpoint) => void states.push(state) }))
    await expect(
      trainPrivately(model(), { x, y }, settings({ ...target, steps: 10, targetEpsilon: 2.9, resume: states[0] })),
    ).rejects.toThrow('what was spent before')
    const report = await trainPrivately(
      model(),
      { x, y },
      settings({ ...target, targetEpsilon: 4, steps: 10, resume: states[0] }),
    )
    expect(report.epsilon).toBeLessThanOrEqual(4)
    expect(report.epsilon).toBeGreaterThan(3.99)
    expect(report.event).toMatchObject({ kind: 'composed', events: [{ times: 5 }, { times: 5 }] })
  })
  it('a run that was finished is reported as it was', async () => {
    const states: Checkpoint[] = []
    const target = { targetEpsilon: 3, noiseMultiplier: undefined }
    const more = { ...target, checkpoint: (state: Checkpoint) => void states.push(state) }
    const whole = await trainPrivately(model(), { x, y }, settings(more))
    const { epsilon: same, steps } = await trainPrivately(
      model(),
      { x, y },
      settings({ ...target, steps: 3, resume: states.at(-1) }),
    )
    expect([same, steps]).toEqual([whole.epsilon, 6])
  })
  it('what does not fit is refused', async () => {
    const states: Checkpoint[] = []
    await trainPrivately(model(), { x, y }, settings({ checkpoint: (state: Checkpoint) => void states.push(state) }))
    const state = states.at(-1) as Checkpoint
    const resumed = (resume: unknown, more: object = {}): Promise<unknown> =>
      trainPrivately(model(), { x, y }, settings({ resume, ...more }))
    await expect(resumed({ ...state, format: 2 })).rejects.toThrow('"resume.format"')
    await expect(resumed({ ...state, step: 7 })).rejects.toThrow('"resume.past"')
    await expect(resumed(state, { batchSize: 21 })).rejects.toThrow('"batchSize"')
    await expect(resumed({ ...state, weights: [{}] })).rejects.toThrow('"resume.weights[0]"')
    await expect(resumed({ ...state, weights: [] })).rejects.toThrow('"resume"')
    await expect(resumed({ ...state, extra: 1 })).rejects.toThrow('"resume.extra"')
  })
  it('an adaptive norm goes on from where it was', async () => {
    const states: Checkpoint[] = []
    const more = {
      clipping: { adaptive: { targetQuantile: 0.5, countStddev: 2 } },
      checkpoint: (state: Checkpoint) => void states.push(state),
    }
    await trainPrivately(model(), { x, y }, settings({ ...more, stretch: 3 }))
    expect(states.map(({ l2NormClip }) => typeof l2NormClip)).toEqual(['number', 'number'])
    expect(states[0]?.l2NormClip).not.toBe(1)
    const far = { ...(states[0] as Checkpoint), l2NormClip: 50 }
    await trainPrivately(model(), { x, y }, settings({ ...more, stretch: 3, resume: far, onStep: () => false }))
    expect(Math.abs(Math.log((states[2]?.l2NormClip as number) / 50))).toBeLessThan(0.3)
  })
  it('schedules go on from where they were', async () => {
    const states: Checkpoint[] = []
    const asked: number[] = []
    const l2NormClip = (step: number): number => {
      asked.push(step)
      return 1
    }
    const more = { stretch: 4, l2NormClip, checkpoint: (state: Checkpoint) => void states.push(state) }
    await trainPrivately(model(), { x, y }, settings({ ...more, steps: 4 }))
    await trainPrivately(model(), { x, y }, settings({ ...more, resume: states[0] }))
    expect([...new Set(asked)]).toEqual([0, 1, 2, 3, 4, 5])
  })
})

describe('models and data', () => {
  it('learns, and gives the model back as it was compiled', async () => {
    const x = normal(400, 4)
    const y = tf.cast(tf.oneHot(tf.cast(tf.argMax(tf.slice(x, [0, 0], [-1, 3]), 1), 'int32') as tf.Tensor1D, 3), 'float32')
    const ours = model()
    const base = ours.optimizer
    await trainPrivately(ours, { x, y }, settings({ batchSize: 100, steps: 80, noiseMultiplier: 0.5 }))
    expect(ours.optimizer).toBe(base)
    const [, accuracy] = ours.evaluate(x, y) as tf.Scalar[]
    expect(values(accuracy as tf.Scalar)[0]).toBeGreaterThan(0.85)
    const before = tf.memory().numTensors
    await trainPrivately(ours, { x, y }, settings({ batchSize: 100, maxPhysicalBatch: 30, steps: 10 }))
    expect(tf.memory().numTensors).toBe(before)
  })
  it('several inputs and outputs, from tensors and from arrays', async () => {
    const [a, b] = [tl.input({ shape: [3], name: 'a' }), tl.input({ shape: [2], name: 'b' })]
    const joined = l.dense({ units: 4 }).apply(l.concatenate().apply([a, b])) as tl.SymbolicTensor
    const outputs = [1, 2].map((units) => l.dense({ units, name: `out${units}` }).apply(joined) as tl.SymbolicTensor)
    const ours = tl.model({ inputs: [a, b], outputs })
    const more = { optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' }
    const table = { values: new Float32Array(60).fill(0.5), shape: [20, 3] }
    const inputs = [table, normal(20, 2)]
    await trainPrivately(ours, { x: inputs, y: [normal(20, 1), normal(20, 2)] }, settings(more))
    const named = { a: normal(20, 3), b: { values: Uint8Array.from({ length: 40 }, (_, i) => i), shape: [20, 2] } }
    const report = await trainPrivately(ours, { x: named, y: { out1: normal(20, 1), out2: normal(20, 2) } }, settings(more))
    expect(report.steps).toBe(6)
  })
  it('frozen variables get no noise and take no part', async () => {
    const frozen = l.dense({ units: 6, inputShape: [4], trainable: false })
    const ours = tl.sequential({ layers: [frozen, l.dense({ units: 3 })] })
    const before = frozen.getWeights().flatMap(values)
    await trainPrivately(
      ours,
      { x: normal(30, 4), y: normal(30, 3) },
      settings({ optimizer: tf.train.sgd(1), loss: 'meanSquaredError' }),
    )
    expect(frozen.getWeights().flatMap(values)).toEqual(before)
    // A low-rank change of a frozen matrix: only the two thin ones learn.
    const [base, down, up] = [tf.variable(normal(4, 3), false), tf.variable(normal(4, 1)), tf.variable(tf.zeros([1, 3]))]
    const idle = tf.variable(normal(5), false)
    const still = values(idle)
    const lora = {
      variables: [down, up, idle],
      loss: (x: tf.Tensor2D, y: tf.Tensor2D): tf.Scalar =>
        tf.mean(
          tf.square(
            tf.sub(
              tf.add(
                tf.matMul(x, base as unknown as tf.Tensor2D),
                tf.matMul(tf.matMul(x, down as unknown as tf.Tensor2D), up as unknown as tf.Tensor2D),
              ),
              y,
            ),
          ),
        ),
    }
    await trainPrivately(lora, { x: normal(30, 4), y: normal(30, 3) }, settings({ optimizer: tf.train.sgd(0.1) }))
    expect(values(idle)).toEqual(still)
    expect(values(up).every((value) => value !== 0)).toBe(true)
  })
  it('a model that mixes examples is refused, and given back', async () => {
    const ours = tl.sequential({
      layers: [l.dense({ units: 6, inputShape: [4] }), l.batchNormalization(), l.dense({ units: 3 })],
    })
    const optimizer = tf.train.sgd(1)
    ours.compile({ optimizer, loss: 'meanSquaredError' })
    await expect(trainPrivately(ours, { x: normal(30, 4), y: normal(30, 3) }, settings())).rejects.toThrow(UnsupportedModelError)
    expect(ours.optimizer).toBe(optimizer)
  })
})

describe('on wasm', () => {
  beforeAll(() => useBackend('wasm'))
  afterAll(() => useBackend('cpu'))
  it('images, a regulariser, batches of none and of one', async () => {
    const ours = tl.sequential({
      layers: [
        l.conv2d({ filters: 2, kernelSize: 3, inputShape: [6, 6, 1], activation: 'relu', kernelRegularizer: 'l1l2' }),
        l.flatten(),
        l.dense({ units: 3, activation: 'softmax' }),
      ],
    })
    ours.compile({ optimizer: tf.train.adam(0.02), loss: 'categoricalCrossentropy' })
    const data = { x: normal(40, 6, 6, 1), y: oneHot(40, 3) }
    await trainPrivately(ours, data, settings({ batchSize: 1, steps: 12 }))
    const before = tf.memory().numTensors
    const report = await trainPrivately(ours, data, settings({ batchSize: 10, maxPhysicalBatch: 4, steps: 5 }))
    expect(tf.memory().numTensors).toBe(before)
    expect(report.steps).toBe(5)
    expect(ours.getWeights().every((weight) => values(weight).every(Number.isFinite))).toBe(true)
  })
})

describe('what is asked wrongly', () => {
  const data = () => ({ x: normal(30, 4), y: oneHot(30, 3) })
  it.each<[string, object]>([
    ['sampling', { sampling: 'shuffled' }],
    ['sampling', { sampling: undefined }],
    ['sampling', { mechanism: 'tree' }],
    ['mechanism', { mechanism: 'sgd' }],
    ['batchSize', { batchSize: 31 }],
    ['batchSize', { batchSize: 0 }],
    ['batchSize', { mechanism: 'tree', sampling: undefined, batchSize: 1.5 }],
    ['noiseMultiplier', { targetEpsilon: 1 }],
    ['noiseMultiplier', { noiseMultiplier: undefined }],
    ['noiseMultiplier', { noiseMultiplier: -1 }],
    ['noiseMultiplier', { mechanism: 'tree', sampling: undefined, noiseMultiplier: () => 1 }],
    ['targetEpsilon', { targetEpsilon: 0, noiseMultiplier: undefined }],
    ['epochs', { epochs: 1 }],
    ['delta', { delta: 1 }],
    ['l2NormClip', { l2NormClip: 0 }],
    ['clipping', { clipping: 'round' }],
    ['relation', { relation: 'friends' }],
    ['relation', { mechanism: 'tree', sampling: undefined, relation: 'add-or-remove' }],
    ['maxPhysicalBatch', { maxPhysicalBatch: 0 }],
    ['budget', { budget: {} }],
    ['label', { label: 3 }],
    ['stretch', { stretch: 0 }],
    ['stretch', { mechanism: 'tree', sampling: undefined, stretch: 3 }],
    ['checkpoint', { checkpoint: 'file' }],
    ['onStep', { onStep: 1 }],
    ['progress', { progress: true }],
    ['publicLoss', { publicLoss: 1 }],
    ['optimizer', { optimizer: 'adam' }],
    ['clip', { clip: 1 }],
  ])('%s in %o', async (name, wrong) => {
    const refused = trainPrivately(model(), data(), settings(wrong))
    await expect(refused).rejects.toThrow(InvalidParameterError)
    await expect(refused).rejects.toThrow(`"${name}"`)
  })
  it('data and models', async () => {
    const { x, y } = data()
    const twice = dpOptimizer(tf.train.sgd(1), { l2NormClip: 1, noiseMultiplier: 1, expectedBatchSize: 1 })
    await expect(trainPrivately(model(), { x, y }, settings({ optimizer: twice }))).rejects.toThrow('"optimizer"')
    const wrong: [string, unknown, unknown][] = [
      ['data.y', model(), { x, y: oneHot(29, 3) }],
      ['data.x', model(), { x: tf.scalar(1), y }],
      ['data.x', model(), { x: 'x', y }],
      ['data.x', model(), { x: {}, y }],
      ['data.x.shape', model(), { x: { values: new Float32Array(9), shape: [2, 4] }, y }],
      ['data.z', model(), { x, y, z: y }],
      ['loss', tl.sequential({ layers: [l.dense({ units: 3, inputShape: [4] })] }), { x, y }],
      ['model.variables', { variables: [], loss: () => tf.scalar(0) }, { x, y }],
      ['model.variables[0]', { variables: [1], loss: () => tf.scalar(0) }, { x, y }],
      ['model.loss', { variables: [tf.variable(y)], loss: 'mse' }, { x, y }],
      ['model', 3, { x, y }],
    ]
    for (const [name, what, given] of wrong) {
      const more = name === 'loss' ? { optimizer: tf.train.sgd(1) } : {}
      await expect(trainPrivately(what as never, given as never, settings(more)), name).rejects.toThrow(`"${name}"`)
    }
  })
})
