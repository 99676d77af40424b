/**
 * Continuous noise on whole arrays: the common case of a draw, 97 of 100, in WebAssembly, and the rest by `real-strips.ts`, which goes on with the
 * words that were drawn.
 *
 * *Promise*: word for word what single draws do, so exactly the same law: what the module leaves alone goes on where it stopped, and is not drawn anew.
 * Words are wiped when an array is done.
 * *Limits*: only where there is WebAssembly, and for the operating system's entropy: a seeded stream is used up draw by draw, on every engine alike.
 *
 * @module
 */

import type { BitSource } from './bit-source.ts'
import type { FloatArray } from './float-adder.ts'
import { binary } from './noise-binary.ts'
import type { BatchConstants } from './real-strips.ts'
import { instantiate, type Memory, pageSize } from './web-assembly.ts'

type Exports = {
  readonly prepare: (...constants: number[]) => void
  readonly addNoise: (
    words: number,
    values: number,
    left: number,
    n: number,
    single: 0 | 1,
    thresholds: number,
    aliases: number,
    sure: number,
  ) => number
}

/** Adds noise to an array in place, and calls back for each element that it left alone, with the words that its draw began with. */
export type NoiseBatch = (
  values: FloatArray,
  source: BitSource,
  resume: (i: number, pick: number, word: number, low: number) => void,
) => void

/** Elements at a time: their words fill three quarters of a megabyte's cache, which is where they should stay. */
const chunk = 16384

let module: { readonly exports: Exports; readonly memory: Memory } | undefined
let tried = false
/** Whose constants the module has at the moment. */
let prepared: BatchConstants | undefined

/** Room for the tables, then for words, values, and the numbers of what is left. */
const places = { thresholds: 0, sure: 8192, aliases: 16384, words: 32768, values: 32768 + 12 * chunk, left: 32768 + 20 * chunk }

/** Noise by the constants of a table and a grid; nothing where the module can't be had. */
export function noiseBatch(constants: BatchConstants): NoiseBatch | undefined {
  if (!tried) {
    tried = true
    module = instantiate<Exports>(binary, Math.ceil((places.left + 4 * chunk) / pageSize))
  }
  const { strips } = constants
  if (module === undefined || strips.thresholds.length > 2048 || strips.blocks > 2048) return undefined
  const { exports, memory } = module
  const { buffer } = memory
  const words = new Uint32Array(buffer, places.words, 3 * chunk)
  const left = new Int32Array(buffer, places.left, chunk)
  const load = (): void => {
    if (prepared === constants) return
    new Int32Array(buffer, places.thresholds, 2048).set(strips.thresholds)
    new Uint32Array(buffer, places.sure, 2048).set(strips.sure)
    new Uint16Array(buffer, places.aliases, 2048).set(strips.aliases)
    const { width, highUnit, fractionBits, fractionUnit, inverse, doubt, step } = constants
    exports.prepare(
      strips.columnShift,
      strips.lowMask,
      strips.blocks,
      fractionBits,
      width,
      highUnit,
      fractionUnit,
      inverse,
      doubt,
      step,
    )
    prepared = constants
  }
  return (values, source, resume) => {
    load()
    const single = values instanceof Float32Array
    const inside = single ? new Float32Array(buffer, places.values, chunk) : new Float64Array(buffer, places.values, chunk)
    for (let from = 0; from < values.length; from += chunk) {
      const part = values.subarray(from, Math.min(from + chunk, values.length))
      const n = part.length
      source.take(words.subarray(0, 3 * n))
      inside.set(part)
      const count = exports.addNoise(
        places.words,
        places.values,
        places.left,
        n,
        single ? 1 : 0,
        places.thresholds,
        places.aliases,
        places.sure,
      )
      part.set(inside.subarray(0, n))
      for (let k = 0; k < count; k++) {
        const i = left[k] as number
        resume(from + i, words[3 * i] as number, words[3 * i + 1] as number, words[3 * i + 2] as number)
      }
      words.fill(0, 0, 3 * n)
      inside.fill(0, 0, n)
    }
  }
}
