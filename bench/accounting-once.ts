/**
 * `accounting-once.ts goals|many|edges NUMBER`, in a process of its own: one case asked for the first time, in milliseconds, and the largest
 * array that it makes when asked again.
 *
 * Sizes are seen by putting a watched constructor in the place of each typed array's and of ArrayBuffer's; views of a buffer count
 * as the buffer. Plain arrays are not seen: of numbers, the accountants make only short ones.
 */
import { type Case, sets } from './accounting-cases.ts'

const [set, number] = process.argv.slice(2)
const { ask } = sets[set as keyof typeof sets][Number(number)] as Case

const start = performance.now()
ask()
const firstMs = performance.now() - start

let largest = 0
for (const name of [
  'Float64Array',
  'Float32Array',
  'Int32Array',
  'Uint32Array',
  'Uint8Array',
  'BigInt64Array',
  'ArrayBuffer',
] as const) {
  const watched = new Proxy(globalThis[name] as new (...args: unknown[]) => ArrayBuffer, {
    construct(target, args, self) {
      const made = Reflect.construct(target, args, self) as ArrayBuffer | Float64Array
      largest = Math.max(largest, 'buffer' in made ? made.buffer.byteLength : made.byteLength)
      return made
    },
  })
  Object.defineProperty(globalThis, name, { value: watched, configurable: true, writable: true })
}
ask()
console.log(JSON.stringify({ firstMs, largestBytes: largest }))
