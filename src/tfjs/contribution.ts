/**
 * What the examples add to the gradient of a parameter, without forming one gradient an example where a factorisation will do.
 *
 * | kind | the gradient of example i |
 * | --- | --- |
 * | product | x_i^T d_i, of x [batch, t, in] and d [batch, t, out]: a layer's input and the gradient of its output (Goodfellow 2015, arXiv 1510.01799) |
 * | convolution | the same, x being what a filter sees of an image |
 * | rows | d_i summed into the rows that indices_i name: an embedding |
 * | whole | as it is, [batch, ...shape] |
 *
 * Norms: with t = 1, |x_i|^2 |d_i|^2; else <x_i x_i^T, d_i d_i^T> (Rochette, Manoel and Tramel 2019, arXiv 1912.06015) or the product itself,
 * whichever is cheaper. A weighted sum is one product over all examples (book-keeping: Bu, Wang, Zha and Karypis 2022, arXiv 2210.00038).
 * Contributions to the same parameter are put together before norms are taken, so that what they have in common counts.
 *
 * @module
 */

import * as tf from '@tensorflow/tfjs-core'
import { type ConvolutionShape, patches } from './convolution.ts'
import { type Factors, isPlain, matMul, solveInHost } from './host/products.ts'
import { squaredNormsOfRows, sumRows } from './host/rows.ts'
import { product } from './lane.ts'
import type { Solved } from './solved.ts'

export type ProductContribution = { readonly kind: 'product'; readonly x: tf.Tensor3D; readonly d: tf.Tensor3D }
export type ConvolutionContribution = {
  readonly kind: 'convolution'
  readonly image: tf.Tensor4D
  readonly shape: ConvolutionShape
  readonly d: tf.Tensor3D
}
export type RowsContribution = { readonly kind: 'rows'; readonly indices: tf.Tensor2D; readonly d: tf.Tensor3D }
export type WholeContribution = { readonly kind: 'whole'; readonly g: tf.Tensor }
export type Contribution = ProductContribution | ConvolutionContribution | RowsContribution | WholeContribution

/** The tensors that a contribution holds. */
export function tensorsOf(contribution: Contribution): readonly tf.Tensor[] {
  switch (contribution.kind) {
    case 'product':
      return [contribution.x, contribution.d]
    case 'convolution':
      return [contribution.image, contribution.d]
    case 'rows':
      return [contribution.indices, contribution.d]
    case 'whole':
      return [contribution.g]
  }
}

/** As few contributions as will do: products of equal sizes in a row, rows in a row, wholes added up. */
export function merge(contributions: readonly Contribution[]): readonly Exclude<Contribution, ConvolutionContribution>[] {
  const products = new Map<string, ProductContribution[]>()
  const rows: RowsContribution[] = []
  const wholes: tf.Tensor[] = []
  for (const contribution of contributions) {
    if (contribution.kind === 'whole') wholes.push(contribution.g)
    else if (contribution.kind === 'rows') rows.push(contribution)
    else {
      const product = asProduct(contribution)
      const sizes = `${product.x.shape[2]},${product.d.shape[2]}`
      products.set(sizes, [...(products.get(sizes) ?? []), product])
    }
  }
  const merged: Exclude<Contribution, ConvolutionContribution>[] = []
  for (const same of products.values()) {
    merged.push({ kind: 'product', x: inARow(same.map(({ x }) => x)), d: inARow(same.map(({ d }) => d)) })
  }
  if (rows.length > 0) {
    const indices =
      rows.length === 1
        ? (rows[0] as RowsContribution).indices
        : (tf.concat(
            rows.map((row) => row.indices),
            1,
          ) as tf.Tensor2D)
    merged.push({ kind: 'rows', indices, d: inARow(rows.map(({ d }) => d)) })
  }
  if (wholes.length > 0) {
    const [first, ...rest] = wholes as [tf.Tensor, ...tf.Tensor[]]
    merged.push({ kind: 'whole', g: rest.reduce((sum, g) => tf.add(sum, tf.reshape(g, sum.shape)), first) })
  }
  return merged
}

const asProduct = (contribution: ProductContribution | ConvolutionContribution): ProductContribution =>
  contribution.kind === 'product'
    ? contribution
    : { kind: 'product', x: patches(contribution.image, contribution.shape), d: contribution.d }

const inARow = (parts: readonly tf.Tensor3D[]): tf.Tensor3D =>
  parts.length === 1 ? (parts[0] as tf.Tensor3D) : (tf.concat([...parts], 1) as tf.Tensor3D)

/** Norms and weighted sums of all contributions to a tensor of this shape. */
export function solve(contributions: readonly Contribution[], shape: readonly number[]): Solved {
  const inHost = solveSteps(contributions)
  if (inHost !== undefined) return inHost
  const merged = merge(contributions)
  const [only] = merged
  if (merged.length > 1 || only === undefined) return solveWhole(gradients(merged, shape))
  switch (only.kind) {
    case 'product':
      return solveProduct(only)
    case 'rows':
      return solveRows(only, shape)
    case 'whole':
      return solveWhole(only.g)
  }
}

/** Products of several steps and of equal sizes, which SIMD is made for. */
function solveSteps(contributions: readonly Contribution[]): Solved | undefined {
  const factors: (Factors & { readonly inputs: number; readonly steps: number })[] = []
  for (const contribution of contributions) {
    if (contribution.kind === 'product') {
      const { x, d } = contribution
      factors.push({ x, d, inputs: x.shape[2], steps: d.shape[1] })
    } else if (contribution.kind === 'convolution' && isPlain(contribution.shape)) {
      const { image, shape, d } = contribution
      factors.push({ x: image, shape, d, inputs: shape.filterHeight * shape.filterWidth * shape.inChannels, steps: d.shape[1] })
    } else return undefined
  }
  const [first] = factors
  if (first === undefined || factors.reduce((sum, { steps }) => sum + steps, 0) === 1) return undefined
  const { inputs, d } = first
  const outputs = d.shape[2] as number
  if (factors.some((factor) => factor.inputs !== inputs || factor.d.shape[2] !== outputs)) return undefined
  return solveInHost(factors, inputs, outputs)
}

/** One gradient an example: [batch, ...shape]. */
export function gradients(contributions: readonly Contribution[], shape: readonly number[]): tf.Tensor {
  const parts = merge(contributions).map((contribution) => tf.reshape(gradientsOf(contribution, shape), [-1, product(shape)]))
  const [first, ...rest] = parts as [tf.Tensor, ...tf.Tensor[]]
  return tf.reshape(
    rest.reduce((sum, part) => tf.add(sum, part), first),
    [-1, ...shape],
  )
}

function gradientsOf(contribution: Exclude<Contribution, ConvolutionContribution>, shape: readonly number[]): tf.Tensor {
  switch (contribution.kind) {
    case 'whole':
      return contribution.g
    case 'product':
      return tf.matMul(contribution.x, contribution.d, true, false)
    case 'rows': {
      const { indices, d } = contribution
      const [batchSize] = d.shape
      const rows = shape[0] as number
      const starts = tf.mul(tf.reshape(tf.range(0, batchSize, 1, 'int32'), [batchSize, 1]), tf.scalar(rows, 'int32'))
      return sumRows(d, tf.add(indices, starts), batchSize * rows)
    }
  }
}

/** Of gradients that are formed for each example: [batch, ...shape]. */
export function solveWhole(g: tf.Tensor): Solved {
  const [batchSize = 0, ...shape] = g.shape
  const flat = tf.reshape(g, [batchSize, -1]) as tf.Tensor2D
  return {
    squaredNorms: tf.sum(tf.square(flat), 1),
    weightedSum: (weights) => tf.reshape(tf.matMul(tf.reshape(weights, [1, batchSize]), flat), shape),
  }
}

function solveProduct({ x, d }: ProductContribution): Solved {
  const [batchSize, steps, inputs] = x.shape
  const outputs = d.shape[2]
  if (steps === 1) {
    const left = tf.reshape(x, [batchSize, inputs]) as tf.Tensor2D
    const right = tf.reshape(d, [batchSize, outputs]) as tf.Tensor2D
    return {
      squaredNorms: tf.mul(tf.sum(tf.square(left), 1), tf.sum(tf.square(right), 1)),
      weightedSum: (weights) => matMul(left, tf.mul(right, tf.reshape(weights, [batchSize, 1])), true),
    }
  }
  if (steps * (inputs + outputs) < inputs * outputs) {
    return {
      squaredNorms: tf.sum(tf.mul(tf.matMul(x, x, false, true), tf.matMul(d, d, false, true)), [1, 2]),
      weightedSum: (weights) => {
        const weighted = tf.mul(d, tf.reshape(weights, [batchSize, 1, 1]))
        return tf.matMul(tf.transpose(tf.reshape(x, [-1, inputs])), tf.reshape(weighted, [-1, outputs]) as tf.Tensor2D)
      },
    }
  }
  return solveWhole(tf.matMul(tf.transpose(x, [0, 2, 1]), d))
}

function solveRows({ indices, d }: RowsContribution, shape: readonly number[]): Solved {
  const [batchSize] = d.shape
  return {
    squaredNorms: squaredNormsOfRows(d, indices),
    weightedSum: (weights) => {
      const weighted = tf.mul(d, tf.reshape(weights, [batchSize, 1, 1]))
      return tf.reshape(sumRows(weighted, indices, shape[0] as number), [...shape])
    },
  }
}
