/**
 * Gradients by example from one forward and one backward pass: the norm of each, and their sum by weights that are chosen from the norms.
 *
 *     perExample(() => loss(), variables, { ... }, ({ squaredNorms, weightedSum }) => ...)
 *
 * *Promise*: exact up to the rounding of float32: what each example adds to a parameter through every place where it meets it, cross terms
 * included. What can't be told apart is refused (analysis.ts). No tensor is left behind but the loss and what the callback returns.
 *
 * @module
 */

import * as tf from '@tensorflow/tfjs-core'
import { UnsupportedModelError } from '../errors.ts'
import { type Analysis, type AnalysisOptions, analyse } from './analysis.ts'
import { backward, type Tapped } from './backward.ts'
import { type Contribution, gradients, solve, solveWhole } from './contribution.ts'
import { arena } from './host/arena.ts'
import { product } from './lane.ts'
import { type Moved, type Parameters, parametersOf } from './parameters.ts'
import { record } from './recording.ts'
import type { Solved } from './solved.ts'

export type PerExample = {
  readonly batchSize: number
  /** Of each example's gradient, by variable: [batch]. The unit is the gradient of that example's own loss. */
  readonly squaredNorms: ReadonlyMap<string, tf.Tensor1D>
  /** The sum over examples of weight times gradient; a variable that no example reaches is left out. */
  readonly weightedSum: (weights: (variable: string) => tf.Tensor1D) => ReadonlyMap<string, tf.Tensor>
  /** The same with the given examples taken out, as if their gradients were zero. */
  readonly without: (examples: readonly number[]) => PerExample
  /** Gradients of terms without data. */
  readonly withoutData: ReadonlyMap<string, tf.Tensor>
}

/** What the callback returns is kept; everything else is disposed of. */
export function perExample<R extends tf.TensorContainer>(
  f: () => tf.Scalar,
  variables: readonly tf.Variable[],
  options: AnalysisOptions,
  use: (found: PerExample) => R,
): { readonly loss: tf.Scalar; readonly result: R } {
  const recording = record(f)
  try {
    const learned = new Set(variables)
    const analysis = analyse(recording, learned, options)
    const scope = arena()?.scope ?? (<T>(run: () => T): T => run())
    const step = (): R => {
      const { tapped, withoutData } = backward(recording, analysis)
      const parameters = parametersOf(recording.nodes, learned, analysis)
      const apart = parameters.pullBack(withoutData)
      const found = (among: readonly Tapped[]): PerExample => ({
        batchSize: analysis.batchSize,
        ...solveAll(among, parameters, analysis),
        without: (examples) => found(silenced(among, examples, analysis.batchSize)),
        withoutData: apart,
      })
      return use(found(tapped))
    }
    const result = scope(() => tf.tidy(step))
    return { loss: recording.loss, result }
  } catch (error) {
    recording.loss.dispose()
    throw error
  } finally {
    recording.release()
  }
}

/** What examples add to one variable by one path; every tensor on it has the same elements, so that one stands for all. */
type Group = Pick<Moved, 'cut' | 'part'> & { readonly target: tf.Tensor; readonly contributions: Contribution[] }

function solveAll(
  tapped: readonly Tapped[],
  parameters: Parameters,
  analysis: Analysis,
): Pick<PerExample, 'squaredNorms' | 'weightedSum'> {
  // An example's term of a mean is a batch-th of its own loss.
  const scale = analysis.reduction === 'mean' ? analysis.batchSize : 1
  const groups = new Map<string, Map<string, Group>>()
  const others: Tapped[] = []
  for (const { parameter, contribution } of tapped) {
    const met = untiled({ parameter, contribution }, parameters)
    const moved = parameters.moved(met.parameter)
    if (moved === undefined) {
      others.push(met)
      continue
    }
    const { variable, path, cut, part } = moved
    const paths = groups.get(variable.name) ?? new Map<string, Group>()
    groups.set(variable.name, paths)
    const group = paths.get(path) ?? { target: met.parameter, cut, part, contributions: [] }
    paths.set(path, group)
    group.contributions.push(met.contribution)
  }
  const slow = oneByOne(others, parameters)
  const solved = new Map<string, Solved>()
  for (const name of new Set([...groups.keys(), ...slow.keys()])) {
    const paths = [...(groups.get(name)?.values() ?? [])]
    const [first] = paths
    const parts = new Set(paths.map(({ part }) => part))
    const apart =
      paths.length === 1 || (!parts.has('') && parts.size === paths.length && paths.every(({ cut }) => cut === first?.cut))
    const whole = slow.get(name)
    solved.set(
      name,
      whole === undefined && apart
        ? inParts(name, paths, parameters)
        : inWhole([
            ...(whole ?? []),
            ...paths.map(({ target, contributions }) => each(target, contributions, parameters).get(name) as tf.Tensor),
          ]),
    )
  }
  if (solved.size === 0) throw new UnsupportedModelError({ reason: 'no trainable variable meets the data' })
  const squaredNorms = new Map([...solved].map(([name, one]) => [name, tf.mul(one.squaredNorms, scale * scale) as tf.Tensor1D]))
  return {
    squaredNorms,
    weightedSum: (weights) =>
      new Map([...solved].map(([name, one]) => [name, one.weightedSum(tf.mul(weights(name), scale) as tf.Tensor1D)])),
  }
}

/** What examples add, with some of them adding nothing: zeros, not products with zero, for what is not finite stays so. */
function silenced(tapped: readonly Tapped[], examples: readonly number[], batchSize: number): readonly Tapped[] {
  const kept = tf.tensor1d(
    Array.from({ length: batchSize }, (_, i) => !examples.includes(i)),
    'bool',
  )
  const keep = <T extends tf.Tensor>(tensor: T): T => {
    const mask = tf.reshape(kept, [batchSize, ...Array<number>(tensor.rank - 1).fill(1)])
    return tf.where(
      tf.cast(tf.broadcastTo(tf.cast(mask, 'int32'), tensor.shape as [number]), 'bool'),
      tensor,
      tf.zerosLike(tensor),
    ) as T
  }
  const keepOf = (contribution: Contribution): Contribution => {
    switch (contribution.kind) {
      case 'product':
        return { kind: 'product', x: keep(contribution.x), d: keep(contribution.d) }
      case 'convolution':
        return { ...contribution, image: keep(contribution.image), d: keep(contribution.d) }
      case 'rows':
        return { ...contribution, d: keep(contribution.d) }
      case 'whole':
        return { kind: 'whole', g: keep(contribution.g) }
    }
  }
  return tapped.map(({ parameter, contribution }) => ({ parameter, contribution: keepOf(contribution) }))
}

/** A parameter that was tiled to the shape of the batch, and what examples add to it, from before it was tiled. */
function untiled({ parameter, contribution }: Tapped, { tiledFrom }: Parameters): Tapped {
  if (contribution.kind !== 'whole') return { parameter, contribution }
  let target = parameter
  let { g } = contribution
  for (let source = tiledFrom(target); source !== undefined; source = tiledFrom(target)) {
    for (const [axis, size] of source.shape.entries()) {
      const { shape } = g
      const times = (shape[axis + 1] as number) / size
      if (times === 1) continue
      const apart = [product(shape.slice(0, axis + 1)), times, size * product(shape.slice(axis + 2))]
      g = tf.reshape(tf.sum(tf.reshape(g, apart), 1), [...shape.slice(0, axis + 1), size, ...shape.slice(axis + 2)])
    }
    target = source
  }
  if (product(g.shape.slice(1)) !== target.size) {
    throw new UnsupportedModelError({ reason: `a parameter of shape [${target.shape}] spans the batch` })
  }
  return { parameter: target, contribution: { kind: 'whole', g } }
}

/** Each part of the variable is counted once: squared norms add up. */
function inParts(name: string, groups: readonly Group[], { pullBack }: Parameters): Solved {
  const parts = groups.map(({ target, contributions }) => ({ target, ...solve(contributions, target.shape) }))
  return {
    squaredNorms: sum(parts.map(({ squaredNorms }) => squaredNorms)) as tf.Tensor1D,
    weightedSum: (weights) =>
      sum(
        parts.map(({ target, weightedSum }) => {
          const gradient = tf.reshape(weightedSum(weights), target.shape)
          return pullBack(new Map([[target.id, gradient]])).get(name) as tf.Tensor
        }),
      ),
  }
}

/** Parts that overlap are added up for each example before the norm is taken. */
const inWhole = (byExample: readonly tf.Tensor[]): Solved => solveWhole(sum(byExample))

/** Each example's gradient of the variables behind a tensor: [batch, ...shape], by variable. */
function each(
  target: tf.Tensor,
  contributions: readonly Contribution[],
  { pullBack }: Parameters,
): ReadonlyMap<string, tf.Tensor> {
  const rows = tf.unstack(tf.reshape(gradients(contributions, target.shape), [-1, ...target.shape]))
  const pulled = rows.map((row) => pullBack(new Map([[target.id, row]])))
  return new Map([...(pulled[0]?.keys() ?? [])].map((name) => [name, tf.stack(pulled.map((one) => one.get(name) as tf.Tensor))]))
}

/** The slow way, for tensors that were computed from variables. */
function oneByOne(tapped: readonly Tapped[], parameters: Parameters): ReadonlyMap<string, readonly tf.Tensor[]> {
  const targets = new Map<number, { readonly target: tf.Tensor; readonly contributions: Contribution[] }>()
  for (const { parameter, contribution } of tapped) {
    const known = targets.get(parameter.id) ?? { target: parameter, contributions: [] }
    targets.set(parameter.id, known)
    known.contributions.push(contribution)
  }
  const found = new Map<string, tf.Tensor[]>()
  for (const { target, contributions } of targets.values()) {
    for (const [name, byExample] of each(target, contributions, parameters)) {
      found.set(name, [...(found.get(name) ?? []), byExample])
    }
  }
  return found
}

const sum = (tensors: readonly tf.Tensor[]): tf.Tensor => {
  const [first, ...rest] = tensors as [tf.Tensor, ...tf.Tensor[]]
  return rest.reduce((total, tensor) => tf.add(total, tensor), first)
}
