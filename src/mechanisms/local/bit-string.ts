/**
 * Bits as text: six to a character of the base64url alphabet (RFC 4648, section 5), the first bit lowest, the last character filled with zeros.
 *
 * *Limits*: for reports, so no checksum; what was not written here is refused by its length, its characters or its last bits.
 *
 * @module
 */

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const sixBits = new Map(Array.from(alphabet, (letter, value) => [letter.charCodeAt(0), value]))

/** So many bits, asked for in order. */
export function writeBits(count: number, bit: (i: number) => boolean): string {
  let text = ''
  for (let start = 0; start < count; start += 6) {
    let six = 0
    const end = Math.min(start + 6, count)
    for (let i = start; i < end; i++) if (bit(i)) six |= 1 << (i - start)
    text += alphabet[six] as string
  }
  return text
}

/** Adds the bits to as many totals; false, with nothing added, if it is no such text. */
export function addBits(text: unknown, totals: Uint32Array): boolean {
  const characters = Math.ceil(totals.length / 6)
  if (typeof text !== 'string' || text.length !== characters) return false
  for (let c = 0; c < characters; c++) if (!sixBits.has(text.charCodeAt(c))) return false
  const left = totals.length - 6 * (characters - 1)
  if ((sixBits.get(text.charCodeAt(characters - 1)) as number) >> left > 0) return false
  for (let c = 0; c < characters; c++) {
    for (let i = 6 * c, six = sixBits.get(text.charCodeAt(c)) as number; six > 0; i++, six >>= 1) {
      totals[i] = (totals[i] as number) + (six & 1)
    }
  }
  return true
}
