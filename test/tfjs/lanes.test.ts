import * as tf from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BatchLane, Lane } from '../../src/tfjs/lane.ts'
import { mixesExamples } from '../../src/tfjs/quirks.ts'
import { record, type TapeNode } from '../../src/tfjs/recording.ts'
import { applyRule, rules } from '../../src/tfjs/rules/index.ts'
import { ExamplesMix, type KernelCall, type LanedTensor } from '../../src/tfjs/rules/rule.ts'
import { reshapedLane } from '../../src/tfjs/rules/shapes.ts'
import { registerWasmKernels } from '../../src/tfjs/wasm-kernels.ts'
import { useBackend } from './backends.ts'
import { examples, type Input, type Maker, maker, size, withOthers } from './lane-support.ts'
import { trials } from './lane-trials.ts'

/** Kernels that tfjs runs as something else (cpu, wasm): nothing to try. */
const neverRun = ['LogSoftmax']

type Run = { readonly node: TapeNode; readonly values: readonly ArrayLike<number>[]; readonly release: () => void }

/** One call of the kernel, written down. */
function runOnce(
  kernel: string,
  tensors: readonly tf.Tensor[],
  run: (tensors: readonly tf.Tensor[]) => tf.Tensor | tf.Tensor[],
): Run {
  // Operations dispose of what their kernels gave them, which is wanted here.
  const engine = tf.engine() as unknown as { disposeTensor?: (tensor: tf.Tensor) => void }
  engine.disposeTensor = () => {}
  try {
    const { nodes, loss, release } = record(() => {
      const outputs = [run(tensors)].flat()
      return tf.addN(outputs.map((output) => tf.sum(tf.cast(output, 'float32')))) as tf.Scalar
    })
    const node = nodes.find((one) => one.kernel === kernel)
    if (node === undefined) throw new Error(`${kernel} did not run: ${nodes.map((one) => one.kernel)}`)
    const values = node.outputs.map(({ dataId }) => tf.backend().readSync(dataId) as Float32Array)
    return { node, values, release: () => tf.dispose([loss, release()]) }
  } finally {
    delete engine.disposeTensor
  }
}

function laneOfNode(
  { kernel, attributes, inputs, outputs }: TapeNode,
  given: readonly Input[],
  batchSize: number,
): Lane | undefined {
  const laned: LanedTensor[] = inputs.map(([name, tensor]) => {
    // Operations may reshape what they are given.
    const known = given.find((one) => one.tensor.dataId === tensor.dataId)
    const lane = known?.lane && reshapedLane(known.tensor.shape, known.lane, batchSize, tensor.shape)
    return { name, tensor, lane: lane ?? { kind: 'constant' } }
  })
  const batches = laned.filter(({ lane }) => lane.kind === 'batch') as unknown as KernelCall['batches']
  const expected = given.filter(({ lane }) => lane !== undefined).length
  if (batches.length !== expected) throw new Error(`${kernel} was given something else`)
  try {
    return applyRule({ kernel, attributes, inputs: laned, batches, outputs, output: outputs[0] as tf.Tensor, batchSize })
  } catch (error) {
    if (error instanceof ExamplesMix) return undefined
    throw error
  }
}

const close = (a: number, b: number): boolean => Object.is(a, b) || a === b || Math.abs(a - b) <= 1e-5 * Math.max(1, Math.abs(a))

/** Gradients of the inputs that have examples, by name; nothing where there is none or it is refused. */
function gradientsOf(
  { gradient, inputs }: TapeNode,
  dys: readonly tf.Tensor[],
  names: readonly string[],
): Map<string, ArrayLike<number>> {
  const found = new Map<string, ArrayLike<number>>()
  if (gradient === undefined) return found
  for (const name of names) {
    const input = inputs.find(([known]) => known === name)?.[1] as tf.Tensor
    let dx: tf.Tensor | undefined
    try {
      dx = gradient(dys)[name]?.()
    } catch {
      continue
    }
    if (dx !== undefined && tf.util.arraysEqual(dx.shape, input.shape)) found.set(name, dx.dataSync())
  }
  return found
}

type Seen = { accepted: number; differentiated: number }

function separable(kernel: string, all: Maker, seen: Seen): void {
  const { inputs, run } = (trials[kernel] as (all: Maker) => { inputs: Input[]; run: Parameters<typeof runOnce>[2] })(all)
  const { batchSize } = all
  const kept = all.below(batchSize)
  let first: Run
  try {
    first = runOnce(
      kernel,
      inputs.map(({ tensor }) => tensor),
      run,
    )
  } catch (error) {
    if (/did not run|was given/.test(String(error))) throw error
    return
  }
  const lane = laneOfNode(first.node, inputs, batchSize)
  if (lane?.kind === 'reduced') seen.accepted++
  if (lane?.kind !== 'batch') {
    first.release()
    return
  }
  seen.accepted++
  const others = inputs.map((input) => withOthers(input, kept, all))
  const second = runOnce(kernel, others, run)
  const at = lane as BatchLane
  const dys: [tf.Tensor[], tf.Tensor[]] = [[], []]
  for (const [i, output] of first.node.outputs.entries()) {
    expect(output.shape[at.axis]).toBe(at.outer * batchSize * at.inner)
    const owners = examples(output.shape, at, batchSize)
    for (const [j, owner] of owners.entries()) {
      if (owner === kept && !close(first.values[i]?.[j] as number, second.values[i]?.[j] as number))
        expect.fail(`another example's data is at the place of ${kept}: ${JSON.stringify(at)} of [${output.shape}]`)
    }
    const full = all.values(size(output.shape))
    dys[0].push(tf.tensor(full, output.shape))
    dys[1].push(
      tf.tensor(
        full.map((x, j) => (owners[j] === kept ? x : 0)),
        output.shape,
      ),
    )
  }
  const names = first.node.inputs
    .filter(([, { dataId }]) => inputs.some((one) => one.tensor.dataId === dataId && one.lane))
    .map(([name]) => name)
  const [full, alone, elsewhere] = [
    gradientsOf(first.node, dys[0], names),
    gradientsOf(first.node, dys[1], names),
    gradientsOf(second.node, dys[0], names),
  ]
  for (const [name, dx] of full) {
    seen.differentiated++
    const input = inputs.find(
      ({ tensor }) => tensor.dataId === first.node.inputs.find(([known]) => known === name)?.[1].dataId,
    ) as Input
    const owners = examples(input.tensor.shape, input.lane as BatchLane, batchSize)
    for (const [j, owner] of owners.entries()) {
      const [x, y, z] = [dx[j], alone.get(name)?.[j], elsewhere.get(name)?.[j]] as [number, number, number]
      if (owner === kept && !(close(x, y) && close(x, z))) expect.fail(`the gradient of ${name} depends on other examples`)
      if (owner !== kept && !(close(y, 0) || Number.isNaN(x))) expect.fail(`the gradient of ${name} goes to other examples`)
    }
  }
  first.release()
  second.release()
}

it('there are trials for every kernel of the table', () => {
  const tried = [...Object.keys(trials), ...neverRun]
  expect([...rules.keys()].filter((kernel) => !tried.includes(kernel))).toEqual([])
  expect(tried.filter((kernel) => !rules.has(kernel))).toEqual([])
})

describe.each(['cpu', 'wasm'] as const)('on %s, what a rule accepts keeps examples apart, forwards and backwards', (backend) => {
  beforeAll(async () => {
    await useBackend(backend)
    registerWasmKernels()
  })
  const lacking: string[] = []
  afterAll(() => {
    // What a backend lacks is listed, so that a change of it is seen.
    expect(lacking).toEqual(backend === 'cpu' ? ['LogicalXor'] : [])
  })
  it.each(Object.keys(trials))('%s', (kernel) => {
    if (!kernel.includes('__op') && tf.getKernel(kernel, backend) == null) {
      lacking.push(kernel)
      return
    }
    const seen: Seen = { accepted: 0, differentiated: 0 }
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        tf.engine().startScope()
        try {
          separable(kernel, maker(seed), seen)
        } finally {
          tf.engine().endScope()
        }
      }),
      { seed: 7, numRuns: 40 },
    )
    if (mixesExamples(kernel)) {
      expect(seen.accepted).toBe(0)
      return
    }
    expect(seen.accepted).toBeGreaterThan(0)
    if (tf.getGradient(kernel) != null) expect(seen.differentiated).toBeGreaterThan(0)
  })
})
