/**
 * The SIMD kernels of assembly/kernels.ts with a memory of their own: a pile of arrays that lives for one step.
 *
 * *Promise*: where WebAssembly can't be had (a content security policy, an old engine) there are no kernels, and everything goes by tfjs's
 * operations, slower and just as exactly.
 *
 * @module
 */

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
}

export type Arena = Kernels & {
  /** Room for n floats, by its address in bytes. What `floats` gave before may be gone. */
  readonly take: (n: number) => number
  /** The n floats at an address. */
  readonly floats: (address: number, n: number) => Float32Array
  /** Runs f and gives back all that it took, but for what f returns from before. */
  readonly scope: <T>(f: () => T) => T
}

/** Of WebAssembly, which no `lib` here declares, what is used. */
type Wasm = {
  readonly Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer; grow: (pages: number) => number }
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown }
}

const page = 65536
/** A step of more than this is not worth holding on to. */
const kept = 2 ** 28

let current: Arena | undefined
let failed = false

/** The arena, or nothing where there is no WebAssembly. */
export function arena(): Arena | undefined {
  if (current !== undefined || failed) return current
  try {
    current = create((globalThis as unknown as { WebAssembly: Wasm }).WebAssembly)
  } catch {
    failed = true
  }
  return current
}

/** For tests of what happens without: takes the kernels away, or gives them back. */
export function withoutArena(without: boolean): void {
  current = undefined
  failed = without
}

function create({ Memory, Module, Instance }: Wasm): Arena {
  const memory = new Memory({ initial: 16 })
  const bytes = Uint8Array.from(atob(binary), (character) => character.charCodeAt(0))
  const kernels = new Instance(new Module(bytes), { env: { memory } }).exports as Kernels
  let top = page
  const take = (n: number): number => {
    const address = top
    top += Math.ceil(n / 16) * 64
    const missing = top - memory.buffer.byteLength
    if (missing > 0) memory.grow(Math.ceil(missing / page))
    return address
  }
  const scope = <T>(f: () => T): T => {
    const before = top
    try {
      return f()
    } finally {
      top = before
      if (before === page && memory.buffer.byteLength > kept) current = undefined
    }
  }
  const { product, addScaled, patches } = kernels
  return { product, addScaled, patches, take, floats: (address, n) => new Float32Array(memory.buffer, address, n), scope }
}
