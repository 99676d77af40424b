/**
 * A module of WebAssembly with a memory of its own, where it can be had.
 *
 * *Promise*: nothing, rather than an error, where there is no WebAssembly, or a content security policy forbids it: whoever asks
 * has another way, slower and with the same results.
 *
 * @module
 */

/** Of WebAssembly, which no `lib` here declares, what is used. */
type WebAssembly = {
  readonly Memory: new (size: { initial: number }) => Memory
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown }
}

export type Memory = { readonly buffer: ArrayBuffer; readonly grow: (pages: number) => number }

/** Bytes of a page of memory. */
export const pageSize = 65536

/** The exports of a module that is given in base64, and the memory that it works in. */
export function instantiate<Exports>(
  binary: string,
  pages: number,
): { readonly exports: Exports; readonly memory: Memory } | undefined {
  try {
    const { Memory, Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssembly }).WebAssembly
    const memory = new Memory({ initial: pages })
    const bytes = Uint8Array.from(atob(binary), (character) => character.charCodeAt(0))
    return { exports: new Instance(new Module(bytes), { env: { memory } }).exports as Exports, memory }
  } catch {
    return undefined
  }
}
