/**
 * Private prefix sums of a stream of vectors by a binary tree, with noise that grows with the logarithm of the number of steps.
 *
 * Steps are leaves; a node is the sum over its leaves and is released, with Gaussian noise, when its last leaf has come. A prefix is a sum of at most
 * log2(steps) + 1 nodes. A node is known twice, by itself and by its two children; of both together the best estimate from the leaves up
 * (Honaker 2015; Kairouz, McMahan, Song, Thakkar, Thakurta and Xu 2021, arXiv 2103.00039) has variance v_l for a node of level l in place of 1:
 *
 *     v_0 = 1,  1 / v_l = 1 + 1 / (2 v_(l-1)),     estimate = v_l node + (1 - v_l) (left + right)
 *
 * *Promise*: what is released are the nodes, each as `gaussianAdder` adds noise to its sum in double precision; prefixes are computed from released nodes
 * alone. So the event is that of the whole tree, `tree({ noiseMultiplier, steps })`, whichever prefixes are looked at.
 * *Limits*: two vectors of doubles a level are held, 2 log2(steps) in all, and noise is drawn twice a step on average.
 *
 * @module
 */

import type { FloatAdder, FloatArray } from '../random/float-adder.ts'

export type TreeSum = {
  /** One more leaf; what comes back is the private sum of all leaves so far, by way of released nodes. */
  readonly add: (leaf: FloatArray) => Float64Array
}

/** A node that waits for its sibling: what it sums up to, which nobody may see, and what is told of it. */
type Node = { readonly sum: Float64Array; readonly estimate: Float64Array }

/** One tree over vectors of one size. */
export function treeSum(adder: FloatAdder): TreeSum {
  const waiting: (Node | undefined)[] = []
  const released = (sum: Float64Array): Float64Array => adder.releaseInto(sum, new Float64Array(sum.length))
  const add = (leaf: FloatArray): Float64Array => {
    const first = Float64Array.from(leaf)
    let node: Node = { sum: first, estimate: released(first) }
    let variance = 1
    let level = 0
    for (let left = waiting[0]; left !== undefined; left = waiting[level]) {
      waiting[level++] = undefined
      variance = 1 / (1 + 1 / (2 * variance))
      node = parent(left, node, variance, released)
    }
    waiting[level] = node
    const total = new Float64Array(leaf.length)
    for (const part of waiting) {
      if (part !== undefined)
        for (let i = 0; i < total.length; i++) total[i] = (total[i] as number) + (part.estimate[i] as number)
    }
    return total
  }
  return Object.freeze({ add })
}

function parent(left: Node, right: Node, weight: number, released: (sum: Float64Array) => Float64Array): Node {
  const sum = left.sum.map((value, i) => value + (right.sum[i] as number))
  const estimate = released(sum)
  for (let i = 0; i < sum.length; i++) {
    const below = (left.estimate[i] as number) + (right.estimate[i] as number)
    estimate[i] = weight * (estimate[i] as number) + (1 - weight) * below
  }
  return { sum, estimate }
}
