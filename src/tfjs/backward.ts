/**
 * The backward pass over a recorded tape, for activations only: at a parameter the gradient is tapped, not formed.
 *
 * Where the loss meets terms without data (regularisers), their gradients are collected apart: they are nobody's, and get neither clipped
 * nor noised.
 *
 * @module
 */

import * as tf from '@tensorflow/tfjs-core'
import { UnsupportedModelError } from '../errors.ts'
import { activationGradients, type Turned } from './activations.ts'
import type { Analysis } from './analysis.ts'
import { type Contribution, tensorsOf } from './contribution.ts'
import type { BatchLane } from './lane.ts'
import type { Recording, TapeNode } from './recording.ts'
import { contributionOf } from './taps.ts'

/** What examples add at one place where they meet a tensor made of parameters. */
export type Tapped = { readonly parameter: tf.Tensor; readonly contribution: Contribution }

export type Backward = {
  readonly tapped: readonly Tapped[]
  /** Gradients of terms without data, by the id of the tensor made of parameters. */
  readonly withoutData: ReadonlyMap<number, tf.Tensor>
}

/** Gradients of the loss down to where parameters are met. */
export function backward({ nodes, loss }: Recording, analysis: Analysis): Backward {
  const { laneOf, learns } = analysis
  const arrived = new Gradients()
  const withoutData = new Gradients()
  const tapped: Tapped[] = []
  const turned: Turned = new Map()
  const held = new Set<number>()
  arrived.add(loss, tf.onesLike(loss))
  for (const node of nodes.toReversed()) {
    const dys = node.outputs.map((output) => arrived.take(output))
    if (dys.every((dy) => dy === null) || !node.outputs.some(learns)) continue
    const lane = laneOf(node.outputs[0] as tf.Tensor)
    if (lane.kind === 'parameter') {
      // The rest of the way leads through parameters alone.
      node.outputs.forEach((output, i) => {
        const dy = dys[i]
        if (dy) withoutData.add(output, dy)
      })
      continue
    }
    const learning = node.inputs.filter(([, tensor]) => learns(tensor))
    const ofParameters = learning.filter(([, tensor]) => laneOf(tensor).kind === 'parameter')
    const ofData = learning.filter(([, tensor]) => laneOf(tensor).kind !== 'parameter')
    if (lane.kind === 'reduced') {
      const gradients = vjp(
        node,
        dys,
        learning.map(([name]) => name),
      )
      for (const [name, tensor] of ofData) arrived.add(tensor, gradients[name] as tf.Tensor)
      for (const [name, tensor] of ofParameters) withoutData.add(tensor, gradients[name] as tf.Tensor)
      continue
    }
    const wanted = ofData.map(([name]) => name)
    const made = tf.tidy(() => ({
      gradients: activationGradients(node, dys, wanted, turned) ?? vjp(node, dys, wanted),
      contributions: ofParameters.map(([name, parameter]) => {
        const dy = dys.find((given) => given !== null) as tf.Tensor
        const contribution = contributionOf({ node, name, parameter, dy, dys, lane: lane as BatchLane, analysis })
        return { parameter, contribution }
      }),
      turned: [...turned.values()],
    }))
    for (const [name, tensor] of ofData) arrived.add(tensor, made.gradients[name] as tf.Tensor)
    tapped.push(...made.contributions)
    for (const { contribution } of made.contributions) for (const { id } of tensorsOf(contribution)) held.add(id)
    // What has been passed on is done with: a step must not hold the gradients of all its layers at once.
    for (const dy of dys) if (dy !== null && !held.has(dy.id)) arrived.release(dy)
  }
  return { tapped, withoutData: withoutData.byId }
}

/** Vector-Jacobian products of a kernel by tfjs's own gradient, for the named inputs. */
export function vjp(
  { kernel, gradient, inputs }: TapeNode,
  dys: readonly (tf.Tensor | null)[],
  wanted: readonly string[],
): Readonly<Record<string, tf.Tensor>> {
  if (wanted.length === 0) return {}
  if (gradient === undefined) throw new UnsupportedModelError({ kernel, reason: 'has no gradient' })
  const gradients = gradient(dys)
  const of = (name: string): tf.Tensor => {
    const found = tf.tidy(() => gradients[name]?.() as tf.Tensor)
    const input = inputs.find(([known]) => known === name)?.[1] as tf.Tensor
    // Of some kernels tfjs forgets to sum over what it broadcast.
    if (tf.util.arraysEqual(found.shape, input.shape)) return found
    throw new UnsupportedModelError({
      kernel,
      reason: `has a gradient of shape [${found.shape}] in tfjs where its input has [${input.shape}]`,
    })
  }
  return Object.fromEntries(wanted.map((name) => [name, of(name)]))
}

/** Gradients that have arrived at tensors, added up. */
export class Gradients {
  readonly byId: Map<number, tf.Tensor> = new Map()

  add({ id }: { readonly id: number }, gradient: tf.Tensor): void {
    const before = this.byId.get(id)
    if (before === undefined) this.byId.set(id, gradient)
    else {
      this.byId.set(id, tf.add(before, gradient))
      this.release(before)
      this.release(gradient)
    }
  }

  /** Disposes of a gradient, unless it is also that of another tensor. */
  release(gradient: tf.Tensor): void {
    for (const { id } of this.byId.values()) if (id === gradient.id) return
    gradient.dispose()
  }

  take({ id }: { readonly id: number }): tf.Tensor | null {
    const found = this.byId.get(id) ?? null
    this.byId.delete(id)
    return found
  }
}
