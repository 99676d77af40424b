/**
 * The rules by kernel. A kernel that is not here is refused.
 *
 * @module
 */

import type { Lane } from '../lane.ts'
import { mixesExamples } from '../quirks.ts'
import { elementwise } from './elementwise.ts'
import { products } from './products.ts'
import { type KernelCall, type Rule, refuse } from './rule.ts'
import { shapes } from './shapes.ts'

export const rules: ReadonlyMap<string, Rule> = new Map([...elementwise, ...shapes, ...products])

/** What the rule of the kernel says, if its outputs are of the shape that the rule takes them to have. */
export function applyRule(call: KernelCall): Lane {
  const rule = rules.get(call.kernel) ?? refuse('is not known to keep examples apart')
  if (mixesExamples(call.kernel)) refuse('mixes examples on this backend of tfjs: use another')
  const lane = rule(call)
  if (lane.kind !== 'batch') return lane
  const long = lane.outer * call.batchSize * lane.inner
  const known = call.outputs.every(({ shape }) => shape[lane.axis] === long)
  return known ? lane : refuse('gives another shape than is known of it')
}
