/**
 * The rules by kernel. A kernel that is not here is refused.
 *
 * @module
 */

import { elementwise } from './elementwise.ts'
import { products } from './products.ts'
import type { Rule } from './rule.ts'
import { shapes } from './shapes.ts'

export const rules: ReadonlyMap<string, Rule> = new Map([...elementwise, ...shapes, ...products])
