/**
 * The chain of checksums: each line's is that of everything before it and of the line.
 *
 *     64 bits = CRC-32 (IEEE 802.3) and CRC-32C (Castagnoli) side by side: the remainder by the product of both polynomials
 *
 * Two 32-bit registers need no bigint, no dependency and no promise, and run in a browser as well; together they find every error of one burst of up to 64
 * bits, and any other but for one in 2^64. Since the registers run on from line to line, a line put in, left out or put elsewhere is found where
 * it happens, and the last checksum names the whole file.
 *
 * *Limits*: against accidents. Whoever can write the file can compute a checksum, and no hash without a secret would hinder that.
 *
 * @module
 */

/** Both registers. */
export type Chain = { readonly a: number; readonly b: number }

/** Before the first line. */
export const start: Chain = Object.freeze({ a: 0xffffffff, b: 0xffffffff })

const tableFor = (polynomial: number): Uint32Array =>
  Uint32Array.from({ length: 256 }, (_, byte) => {
    let remainder = byte
    for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? polynomial : 0)
    return remainder
  })

let tables: readonly [Uint32Array, Uint32Array] | undefined

/** The registers after further bytes. */
export function extended(chain: Chain, bytes: Uint8Array): Chain {
  tables ??= [tableFor(0xedb88320), tableFor(0x82f63b78)]
  const [ieee, castagnoli] = tables
  let a = chain.a
  let b = chain.b
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number
    a = (ieee[(a ^ byte) & 255] as number) ^ (a >>> 8)
    b = (castagnoli[(b ^ byte) & 255] as number) ^ (b >>> 8)
  }
  return { a: a >>> 0, b: b >>> 0 }
}

/** Sixteen digits. */
export function chainText({ a, b }: Chain): string {
  // Inverted, as both are usually printed.
  return (~a >>> 0).toString(16).padStart(8, '0') + (~b >>> 0).toString(16).padStart(8, '0')
}

/** The registers behind the digits. */
export function chainOf(text: string): Chain {
  const register = (from: number): number => ~Number.parseInt(text.slice(from, from + 8), 16) >>> 0
  return { a: register(0), b: register(8) }
}
