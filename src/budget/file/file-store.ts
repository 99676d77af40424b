/**
 * A ledger in a file: lines that are only ever added, each on the disk before anybody is told.
 *
 *     path            the ledger (lines.ts)
 *     path.lock       who is writing, for the moment of one batch (lock.ts)
 *     path.snapshot   a cache of sums and places, so that opening need not read it all (snapshot.ts)
 *
 * *Promise*: a batch is one write and one fsync (and one of the folder, when the file is new). A crash at any byte leaves whole lines and at most a torn last one, which
 * was never acknowledged and is cut off by the next who holds the lock. Where a write fails, the file is cut back to what it was; where that fails too, or
 * the disk does not say what is on it, the next call writes what is there once more, syncs and reads it before anything else. Processes may share the file: they write in
 * turns, and each reads what the others wrote. A line that is damaged is a SchemaError with its number, and nothing goes on.
 *
 * *Limits*: disks that lie about fsync, network file systems without it, and whoever edits the file. Lines that an accident
 * takes off the end, newline and all, leave no trace: keep backups of the whole, and never go back to an old one.
 *
 * @module
 */

import { InvalidParameterError, LedgerError } from '../../errors.ts'
import { corrupt } from '../entry.ts'
import type { LedgerStore } from '../store.ts'
import { start } from './checksum.ts'
import { type FileSystem, nodeFileSystem, type OpenFile } from './file-system.ts'
import { type Line, type Place, readLines, tailOf, written } from './lines.ts'
import { lockOf } from './lock.ts'
import { readSnapshot, snapshotText } from './snapshot.ts'

/** A store in the file of this path, which is made when there is none. */
export function fileStore(path: string): LedgerStore {
  if (typeof path !== 'string' || path === '' || path.includes('\0')) {
    throw new InvalidParameterError('path', 'the path of a file', path)
  }
  return fileStoreOn(nodeFileSystem(), path)
}

const chunk = 1 << 18
/** A place is remembered every so many lines. */
const stride = 512
const origin: Place = Object.freeze({ offset: 0, version: 0, chain: start })

/** A store on a file system. */
export function fileStoreOn(fs: FileSystem, path: string, patience?: number): LedgerStore {
  const lock = lockOf(fs, `${path}.lock`, patience)
  let file: { readonly open: OpenFile; readonly identity: string } | undefined
  /** After the last line that was read or written. */
  let end = origin
  let marks: Place[] = [origin]
  /** Before the last line, for snapshots. */
  let beforeLast = origin
  /** Lines at the end that may not have been asked for yet. */
  let recent: readonly Line[] = []
  /** Where the last look into the middle ended. */
  let cursor = origin
  /** False while the file may hold what was not acknowledged; then also what others see may differ from what is on the disk. */
  let certain = true
  /** Lines of others that they may not have got to sync. */
  let unsynced = false
  let folderSynced = false

  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work, work)
    last = mine.catch(() => {})
    return mine
  }
  const locked = <T>(work: () => Promise<T>): Promise<T> =>
    inTurn(async () => {
      await lock.acquire()
      try {
        return await work()
      } finally {
        await lock.release()
      }
    })

  /** The size of the file, opened; undefined where there is none yet. */
  const opened = async (create: boolean): Promise<{ readonly open: OpenFile; readonly size: number } | undefined> => {
    let found = await fs.stat(path)
    if (file === undefined) {
      if (found === undefined && !create) return undefined
      const open = await fs.open(path, found === undefined)
      found ??= await fs.stat(path)
      if (found === undefined) throw new LedgerError('the file was removed while it was made')
      file = { open, identity: found.identity }
    }
    if (found?.identity !== file.identity) throw new LedgerError('the file was removed or replaced while the budget was open')
    if (found.size < end.offset) throw new LedgerError('the file has become shorter while the budget was open')
    return { open: file.open, size: found.size }
  }

  const filled = async (open: OpenFile, from: number, size: number): Promise<Uint8Array> => {
    const bytes = new Uint8Array(size)
    let got = 0
    while (got < size) {
      const count = await open.read(bytes.subarray(got), from + got)
      if (count === 0) break
      got += count
    }
    return bytes.subarray(0, got)
  }

  const put = async (open: OpenFile, bytes: Uint8Array, at: number): Promise<void> => {
    let done = 0
    while (done < bytes.length) {
      const count = await open.write(bytes.subarray(done), at + done)
      if (count === 0) throw Object.assign(new Error('nothing more is written'), { code: 'ENOSPC' })
      done += count
    }
  }

  /** Lines from a place on, as many as fit into one look; at most up to `until`. */
  const look = async (
    open: OpenFile,
    from: Place,
    until: number,
    most?: number,
  ): Promise<{ lines: readonly Line[]; rest: Uint8Array }> => {
    for (let size = chunk; ; size *= 2) {
      const bytes = await filled(open, from.offset, Math.min(size, until - from.offset))
      const { lines, rest, fault } = readLines(bytes, from, most)
      if (fault !== undefined) throw corrupt(from.version + lines.length, fault)
      if (lines.length > 0 || from.offset + bytes.length >= until || bytes.length < Math.min(size, until - from.offset))
        return { lines, rest }
    }
  }

  const advance = (lines: readonly Line[]): void => {
    for (const line of lines) {
      beforeLast = end
      end = line.end
      if (end.version % stride === 0) marks.push(end)
    }
  }

  /** Under the lock: reads on from the end, one look; true if there is more. */
  const readOn = async (open: OpenFile, size: number, most?: number): Promise<boolean> => {
    if (!certain) {
      // After a failed fsync the system may hold for written what is not: written again, it is to be written again.
      await put(open, await filled(open, end.offset, size - end.offset), end.offset)
      await open.sync()
      certain = true
    }
    if (end.offset === size) {
      recent = []
      return false
    }
    const { lines, rest } = await look(open, end, size, most)
    recent = lines
    if (lines.length > 0) {
      unsynced = true
      advance(lines)
      return end.offset < size
    }
    await mend(open, rest)
    return true
  }

  /** Under the lock nobody is writing: what is no whole line is what somebody did not come to finish. */
  const mend = async (open: OpenFile, rest: Uint8Array): Promise<void> => {
    const tail = tailOf(rest, end)
    if (tail === 'damaged') throw corrupt(end.version, 'it is damaged, and is the last one')
    if (tail === 'unended') await put(open, Uint8Array.of(10), end.offset + rest.length)
    else await open.truncate(end.offset)
    await open.sync()
  }

  const sizeNow = async (): Promise<number> => (await opened(false))?.size as number

  const readAll = async (open: OpenFile, size: number): Promise<void> => {
    let now = size
    while (await readOn(open, now)) if (recent.length === 0) now = await sizeNow()
  }

  const read: LedgerStore['read'] = (from, most = 1000) => {
    const fromRecent = (): readonly string[] => {
      const first = end.version - recent.length
      return from >= first && from < end.version ? recent.slice(from - first, from - first + most).map(({ text }) => text) : []
    }
    if (from >= end.version) {
      return locked(async () => {
        const found = await opened(false)
        if (found === undefined) return []
        let { size } = found
        while (from >= end.version && (await readOn(found.open, size, end === origin ? most : undefined))) {
          if (recent.length === 0) size = await sizeNow()
        }
        return fromRecent()
      })
    }
    return inTurn(async () => {
      const known = fromRecent()
      if (known.length > 0) return known
      const open = file?.open as OpenFile
      let place = cursor.version === from ? cursor : (marks.findLast(({ version }) => version <= from) as Place)
      for (;;) {
        const { lines } = await look(open, place, end.offset)
        const skipped = from - place.version
        if (lines.length === 0) throw new LedgerError('the file has become shorter while the budget was open')
        place = (lines.at(-1) as Line).end
        if (place.version > from) {
          const wanted = lines.slice(skipped, skipped + most)
          cursor = (wanted.at(-1) as Line).end
          return wanted.map(({ text }) => text)
        }
      }
    })
  }

  const append: LedgerStore['append'] = (version, entries) =>
    locked(async () => {
      const found = await opened(version === 0 && entries.length > 0)
      if (found === undefined) return version === 0
      const { open, size } = found
      await readAll(open, size)
      if (end.version !== version) return false
      if (entries.length === 0) {
        if (unsynced) await open.sync()
        unsynced = false
        return true
      }
      const { bytes, lines } = written(entries, end)
      certain = false
      try {
        await put(open, bytes, end.offset)
        await open.sync()
        if (!folderSynced) await fs.syncFolder(path)
      } catch (error) {
        await open
          .truncate(end.offset)
          .then(() => open.sync())
          .then(
            () => {
              certain = true
            },
            () => {},
          )
        throw error
      }
      certain = true
      folderSynced = true
      unsynced = false
      recent = []
      advance(lines)
      return true
    })

  return Object.freeze({
    read,
    append,
    loadSnapshot: () =>
      inTurn(async () => {
        const found = await opened(false)
        const text = found && (await fs.readWhole(`${path}.snapshot`))
        const saved = text && readSnapshot(text)
        if (saved === undefined || saved.end.offset > found!.size || saved.end.version <= end.version) return undefined
        const line = await filled(found!.open, saved.before.offset, saved.end.offset - saved.before.offset)
        const { lines } = readLines(line, saved.before)
        const chain = lines.length === 1 ? lines[0]?.end.chain : undefined
        if (chain?.a !== saved.end.chain.a || chain.b !== saved.end.chain.b) return undefined
        end = saved.end
        beforeLast = saved.before
        marks = [...saved.marks]
        recent = []
        unsynced = true
        return { version: end.version, state: saved.state }
      }),
    saveSnapshot: ({ version, state }) =>
      inTurn(async () => {
        if (version !== end.version || version === 0) return
        const text = snapshotText({ end, before: beforeLast, marks, state })
        await fs.replace(`${path}.snapshot`, `${path}.snapshot-${globalThis.crypto.randomUUID()}`, text)
      }),
    close: () =>
      inTurn(async () => {
        const open = file?.open
        file = undefined
        end = origin
        marks = [origin]
        recent = []
        cursor = origin
        await open?.close()
      }),
  } satisfies LedgerStore)
}
