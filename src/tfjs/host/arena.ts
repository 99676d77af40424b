/**
 * The SIMD kernels of assembly/kernels.ts with a memory of their own: a pile of arrays that lives for one step.
 *
 * *Promise*: where WebAssembly can't be had (a content security policy, an old engine) there are no kernels, and everything goes by tfjs's
 * operations, slower and just as exactly.
 *
 * @module
 */

import { instantiate, pageSize } from '../../random/web-assembly.ts'
import { binary } from './binary.ts'

export type Kernels = {
  /** g[i, o] (+)= SUM x[t, i] d[t, o], pointers in bytes, strides in elements; gives the sum of squares of g. */
  readonly product: (
    x: number,
    d: number,
    g: number,
    steps: number,
    inputs: number,
    outputs: number,
    strideT: number,
    strideI: number,
    add: 0 | 1,
  ) => number
  readonly addScaled: (g: number, out: number, n: number, w: number) => void
  readonly patches: (image: number, seen: number, ...shape: number[]) => void
  readonly maxPoolBack: (image: number, error: number, gradient: number, ...shape: number[]) => void
}

export type Arena = Kernels & {
  /** Room for n floats, by its address in bytes. What `floats` gave before may be gone. */
  readonly take: (n: number) => number
  /** Bytes of its memory. */
  readonly size: () => number
  /** The n floats at an address. */
  readonly floats: (address: number, n: number) => Float32Array
  /** Runs f and gives back all that it took, but for what f returns from before. */
  readonly scope: <T>(f: () => T) => T
}

/** A step of more than this is not worth holding on to. */
const kept = 2 ** 28

let current: Arena | undefined
let failed = false

/** The arena, or nothing where there is no WebAssembly. */
export function arena(): Arena | undefined {
  if (current === undefined && !failed) {
    current = create()
    failed = current === undefined
  }
  return current
}

/** What the arena has taken from the system. */
export const arenaBytes = (): number => current?.size() ?? 0

/** For tests of what happens without: takes the kernels away, or gives them back. */
export function withoutArena(without: boolean): void {
  current = undefined
  failed = without
}

function create(): Arena | undefined {
  const module = instantiate<Kernels>(binary, 16)
  if (module === undefined) return undefined
  const { exports, memory } = module
  let top = pageSize
  const take = (n: number): number => {
    const address = top
    top += Math.ceil(n / 16) * 64
    const missing = top - memory.buffer.byteLength
    if (missing > 0) memory.grow(Math.ceil(missing / pageSize))
    return address
  }
  const scope = <T>(f: () => T): T => {
    const before = top
    try {
      return f()
    } finally {
      top = before
      if (before === pageSize && memory.buffer.byteLength > kept) current = undefined
    }
  }
  const { product, addScaled, patches, maxPoolBack } = exports
  const size = (): number => memory.buffer.byteLength
  return {
    product,
    addScaled,
    patches,
    maxPoolBack,
    take,
    size,
    floats: (address, n) => new Float32Array(memory.buffer, address, n),
    scope,
  }
}
