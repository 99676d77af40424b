/**
 * A ledger's lines: each a JSON array of its checksum, the length of its entry in bytes, and the entry.
 *
 *     ["cbf43926e3069283",9,{"a":"b"}]
 *
 * *Promise*: a complete line that is not byte for byte what was written is found, and so is a file that continues with something else. What a torn
 * write leaves (the beginning of a line, or of a line and then zeros, at the very end) is told from a line that was damaged.
 *
 * @module
 */

import { LedgerError } from '../../errors.ts'
import { type Chain, chainText, extended } from './checksum.ts'

/** A place between two lines. */
export type Place = { readonly offset: number; readonly version: number; readonly chain: Chain }

const newline = 10
const encoder = new TextEncoder()

/** An entry and the place after it. */
export type Line = { readonly text: string; readonly end: Place }

/** Entries as the lines that follow a place. */
export function written(
  entries: readonly string[],
  after: Place,
): { readonly bytes: Uint8Array; readonly lines: readonly Line[] } {
  let { offset, version, chain } = after
  const lines: Line[] = []
  const texts = entries.map((text) => {
    // As a line is found by its newline.
    if (text.includes('\n')) throw new LedgerError('an entry must be one line of JSON')
    const body = `${encoder.encode(text).length},${text}`
    const checked = encoder.encode(body)
    chain = extended(chain, checked)
    version++
    // What stands around: a bracket, the checksum in quotes and a comma, and at the end a bracket and the newline.
    offset += 20 + checked.length + 2
    lines.push({ text, end: { offset, version, chain } })
    return `["${chainText(chain)}",${body}]\n`
  })
  return { bytes: encoder.encode(texts.join('')), lines }
}

/** Complete lines at the front of the bytes that follow a place; `fault` says what is wrong with the line after them. */
export type Lines = { readonly lines: readonly Line[]; readonly rest: Uint8Array; readonly fault?: string }

/** Reads complete lines, at most so many. */
export function readLines(bytes: Uint8Array, after: Place, most: number = Number.POSITIVE_INFINITY): Lines {
  const lines: Line[] = []
  let place = after
  let at = 0
  while (lines.length < most) {
    const end = bytes.indexOf(newline, at)
    if (end < 0) break
    const line = readLine(bytes.subarray(at, end + 1), place)
    if (typeof line === 'string') return { lines, rest: bytes.subarray(at), fault: line }
    lines.push(line)
    place = line.end
    at = end + 1
  }
  return { lines, rest: bytes.subarray(at) }
}

const prefix = /^\["([0-9a-f]{16})",(0|[1-9]\d{0,9}),/
/** The longest a prefix can be. */
const prefixLength = 2 + 16 + 2 + 10 + 1

function prefixOf(bytes: Uint8Array): { readonly checksum: string; readonly length: number; readonly size: number } | undefined {
  const head = String.fromCharCode(...bytes.subarray(0, prefixLength))
  const [whole, checksum, length] = prefix.exec(head) ?? []
  return whole === undefined ? undefined : { checksum: checksum as string, length: Number(length), size: whole.length }
}

/** One line with its newline, or what is wrong with it. */
function readLine(bytes: Uint8Array, place: Place): Line | string {
  const head = prefixOf(bytes)
  if (head === undefined) return 'it does not begin as a line of a ledger does'
  const { checksum, length, size } = head
  if (bytes.length !== size + length + 2 || bytes[size + length] !== 0x5d) return 'it is not as long as it says'
  const chain = extended(place.chain, bytes.subarray(20, size + length))
  if (chainText(chain) !== checksum) return 'its checksum is wrong: it was changed, or lines before it were'
  const text = new TextDecoder().decode(bytes.subarray(size, size + length))
  return { text, end: { offset: place.offset + bytes.length, version: place.version + 1, chain } }
}

/** What the bytes after the last newline of a file are: nothing, a write that was cut short, a line without its newline, or damage. */
export type Tail = 'none' | 'torn' | 'unended' | 'damaged'

const beginning = /^\[(|"[0-9a-f]{0,16}|"[0-9a-f]{16}"(,\d{0,10})?)$/

/** Judges what follows the last newline. */
export function tailOf(bytes: Uint8Array, place: Place): Tail {
  if (bytes.length === 0) return 'none'
  // A file system may have made the file longer and never come to write what was to stand there.
  let size = bytes.length
  while (size > 0 && bytes[size - 1] === 0) size--
  const tail = bytes.subarray(0, size)
  const head = prefixOf(tail)
  if (head === undefined)
    return size <= prefixLength && (size === 0 || beginning.test(String.fromCharCode(...tail))) ? 'torn' : 'damaged'
  const whole = head.size + head.length + 1
  if (size < whole) return tail.includes(0) ? 'damaged' : 'torn'
  if (size > whole || size < bytes.length) return size === whole ? 'torn' : 'damaged'
  const ended = new Uint8Array(size + 1)
  ended.set(tail)
  ended[size] = newline
  return typeof readLine(ended, place) === 'string' ? 'damaged' : 'unended'
}
