/**
 * The handwritten digits of digits.json (see README.md for where they are from), two thirds to learn from and every third to be graded on.
 */
import { inflateSync } from 'node:zlib'
import packed from './digits.json' with { type: 'json' }

/** Images, pixel by pixel from 0 to 1, and which digit each is, as a number and as ten outputs. */
export type Digits = {
  readonly count: number
  readonly pixels: Float32Array
  readonly labels: Uint8Array
  readonly oneHot: Float32Array
}

const width = 64

export function loadDigits(): { readonly train: Digits; readonly test: Digits } {
  const rows = inflateSync(Buffer.from(packed.rows, 'base64'))
  const numbers = Array.from({ length: packed.images }, (_, i) => i)
  const held = (i: number): boolean => i % 3 === 2
  return {
    train: digitsOf(
      rows,
      numbers.filter((i) => !held(i)),
    ),
    test: digitsOf(rows, numbers.filter(held)),
  }
}

function digitsOf(rows: Uint8Array, chosen: readonly number[]): Digits {
  const count = chosen.length
  const [pixels, labels, oneHot] = [new Float32Array(count * width), new Uint8Array(count), new Float32Array(count * 10)]
  for (const [to, from] of chosen.entries()) {
    const row = rows.subarray(from * (width + 1), (from + 1) * (width + 1))
    for (let j = 0; j < width; j++) pixels[to * width + j] = (row[j] as number) / 16
    const label = row[width] as number
    labels[to] = label
    oneHot[to * 10 + label] = 1
  }
  return { count, pixels, labels, oneHot }
}

/** An image as text, two characters a pixel. */
export function drawing({ pixels }: Digits, image: number): string[] {
  return Array.from({ length: 8 }, (_, y) =>
    Array.from({ length: 8 }, (_, x) => ' ░▒▓█'[Math.round(4 * (pixels[image * width + 8 * y + x] as number))]?.repeat(2)).join(
      '',
    ),
  )
}
