/**
 * A snapshot beside the ledger: what the budget made of its lines up to a place, and where the lines are.
 *
 * It is one line in the ledger's own format. It is believed only if its checksum is right and the ledger's line that ends at that place is there
 * and has the checksum that the snapshot says; since that is the checksum of everything before, the snapshot then belongs to this very ledger.
 * Anything else is ignored.
 *
 * @module
 */

import { chainOf, chainText, start } from './checksum.ts'
import { type Place, readLines, written } from './lines.ts'

export type SavedPlaces = {
  readonly end: Place
  /** The place before the last line. */
  readonly before: Place
  readonly marks: readonly Place[]
  readonly state: string
}

const origin: Place = { offset: 0, version: 0, chain: start }

const packed = ({ offset, version, chain }: Place): readonly [number, number, string] => [offset, version, chainText(chain)]

/** The bytes of a snapshot. */
export function snapshotText({ end, before, marks, state }: SavedPlaces): Uint8Array {
  return written([JSON.stringify({ end: packed(end), before: packed(before), marks: marks.map(packed), state })], origin).bytes
}

/** The snapshot in the bytes; undefined where they are not what was written. */
export function readSnapshot(bytes: Uint8Array): SavedPlaces | undefined {
  const { lines, rest, fault } = readLines(bytes, origin)
  const [line] = lines
  if (line === undefined || lines.length > 1 || rest.length > 0 || fault !== undefined) return undefined
  try {
    const { end, before, marks, state } = JSON.parse(line.text) as {
      readonly [Name in 'end' | 'before']: readonly [number, number, string]
    } & { readonly marks: readonly (readonly [number, number, string])[]; readonly state: string }
    const place = ([offset, version, chain]: readonly [number, number, string]): Place => ({
      offset,
      version,
      chain: chainOf(chain),
    })
    return { end: place(end), before: place(before), marks: marks.map(place), state }
  } catch {
    return undefined
  }
}
