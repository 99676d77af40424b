import { readFileSync } from 'node:fs'
import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'
import { binaryModule, targets } from '../../scripts/assemble.ts'
import { type Arena, arena, withoutArena } from '../../src/tfjs/host/arena.ts'
import { maxPoolInputInHost } from '../../src/tfjs/host/pooling.ts'
import { seededBits } from '../random/support.ts'
import { useBackend } from './backends.ts'

const bits = seededBits(6)
const noise = (n: number): Float32Array => Float32Array.from({ length: n }, () => bits.bits(24) / 2 ** 23 - 1)
const memory = arena() as Arena
const put = (values: Float32Array): number => {
  const address = memory.take(values.length)
  memory.floats(address, values.length).set(values)
  return address
}

describe('the SIMD kernels', () => {
  it('are what assembly/kernels.ts compiles to, in under 5 KB of text', async () => {
    const source = 'assembly/kernels.ts'
    const written = readFileSync(targets[source] as string, 'utf8')
    expect(written).toBe(await binaryModule(source))
    expect(written.length).toBeLessThan(5000)
  })
  it.each([
    [1, 1, 1],
    [3, 4, 8],
    [7, 5, 13],
    [2, 9, 3],
    [16, 12, 24],
    [5, 3, 30],
  ])('products of %i steps, %i by %i', (steps, inputs, outputs) => {
    for (const [strideT, strideI] of [
      [inputs, 1],
      [1, steps],
    ] as const) {
      for (const add of [0, 1] as const) {
        memory.scope(() => {
          const [x, d, before] = [noise(steps * inputs), noise(steps * outputs), noise(inputs * outputs)]
          const g = put(before)
          const square = memory.product(put(x), put(d), g, steps, inputs, outputs, strideT, strideI, add)
          let expectedSquare = 0
          const found = memory.floats(g, inputs * outputs)
          for (let i = 0; i < inputs; i++) {
            for (let o = 0; o < outputs; o++) {
              let sum = add === 1 ? (before[i * outputs + o] as number) : 0
              for (let t = 0; t < steps; t++) sum += (x[t * strideT + i * strideI] as number) * (d[t * outputs + o] as number)
              expectedSquare += sum * sum
              expect(found[i * outputs + o]).toBeCloseTo(sum, 5)
            }
          }
          expect(square).toBeCloseTo(expectedSquare, 4)
        })
      }
    }
  })
  it.each([0, 1, 3, 4, 9])('adds up %i elements by weight', (n) => {
    memory.scope(() => {
      const [g, total] = [noise(n), noise(n)]
      const out = put(total)
      memory.addScaled(put(g), out, n, 0.5)
      expect([...memory.floats(out, n)]).toEqual([...total.map((x, i) => Math.fround(x + 0.5 * (g[i] as number)))])
    })
  })
  it('sees with a filter, and adds back what it saw', () => {
    const [height, width, channels, size, stride, pad] = [5, 6, 3, 3, 2, 1]
    const [rows, columns] = [3, 3]
    const shape = [height, width, channels, rows, columns, size, size, stride, stride, pad, pad]
    memory.scope(() => {
      const image = noise(height * width * channels)
      const count = rows * columns * size * size * channels
      const [source, seen] = [put(image), memory.take(count)]
      memory.patches(source, seen, ...shape, 0)
      const back = new Float32Array(image.length)
      let at = 0
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          for (let tap = 0; tap < size * size; tap++) {
            const [y, x] = [row * stride - pad + Math.floor(tap / size), column * stride - pad + (tap % size)]
            const inside = y >= 0 && y < height && x >= 0 && x < width
            for (let c = 0; c < channels; c++, at++) {
              const from = (y * width + x) * channels + c
              expect(memory.floats(seen, count)[at]).toBe(inside ? image[from] : 0)
              if (inside) back[from] = (back[from] as number) + (image[from] as number)
            }
          }
        }
      }
      const returned = memory.take(image.length)
      memory.patches(returned, seen, ...shape, 1)
      for (const [i, value] of back.entries()) expect(memory.floats(returned, image.length)[i]).toBeCloseTo(value, 5)
    })
  })
  it('give max pooling the gradient that tfjs has on cpu, on wasm too: ties, borders and negative values included', async () => {
    for (const [size, strides, pad] of [
      [2, 2, 'valid'],
      [3, 1, 'same'],
      [[2, 3], [2, 1], 'same'],
      [2, 3, 'valid'],
    ] as const) {
      for (const shift of [0, -2]) {
        // Whole numbers, so that many are equal.
        const data = noise(2 * 7 * 6 * 3).map((value) => Math.round(value * 3) + shift)
        const pool = (given: tf.Tensor): tf.Tensor => tf.maxPool(given as tf.Tensor4D, size as number, strides as number, pad)
        await useBackend('cpu')
        const x = tf.tensor4d(data, [2, 7, 6, 3])
        const shape = pool(x).shape
        const errors = noise(pool(x).size)
        const expected = tf
          .grad((given) => tf.sum(tf.mul(pool(given), tf.tensor(errors, shape))))(x)
          .dataSync()
        for (const backend of ['cpu', 'wasm'] as const) {
          await useBackend(backend)
          const attributes = { filterSize: size, strides, pad }
          const found = maxPoolInputInHost(tf.tensor(errors, shape), tf.tensor4d(data, [2, 7, 6, 3]), attributes)
          // Sums of a place may be formed in another order.
          const values = (found as tf.Tensor).dataSync()
          for (const [i, value] of expected.entries()) expect(Math.abs((values[i] as number) - value)).toBeLessThan(1e-6)
        }
      }
    }
  })
  it('give back what a step took, and are let go of when it took very much', () => {
    const first = memory.scope(() => memory.take(100))
    expect(memory.scope(() => memory.take(100))).toBe(first)
    expect(arena()).toBe(memory)
    memory.scope(() => memory.take(2 ** 26 + 2 ** 20))
    expect(arena()).not.toBe(memory)
    withoutArena(true)
    expect(arena()).toBeUndefined()
    withoutArena(false)
    expect(arena()).toBeDefined()
  })
})
