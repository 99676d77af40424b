import type { FileSystem } from '../../src/budget/file/file-system.ts'
import type { Owner } from '../../src/budget/file/processes.ts'

type Stored = { bytes: Uint8Array; synced: Uint8Array; readonly identity: string }

/** A disk in memory, which knows what would be left after the power goes. */
export type Disk = {
  readonly files: Map<string, Stored>
  readonly notes: Map<string, string>
  readonly dead: Set<string>
  serial: number
}

export const newDisk = (): Disk => ({ files: new Map(), notes: new Map(), dead: new Set(), serial: 0 })

/** What may go wrong with one call. */
export type Fault = 'ENOSPC' | 'EIO' | 'short' | 'crash before' | 'crash after' | 'crash within'
export const faults: readonly Fault[] = ['ENOSPC', 'EIO', 'short', 'crash before', 'crash after', 'crash within']

const failure = (code: string): Error => Object.assign(new Error(`${code}: it was so planned`), { code })

export type Process = {
  readonly fs: FileSystem
  readonly calls: () => number
  readonly crashed: () => boolean
  readonly die: () => void
}

/** A process on a disk; `plan` is asked at each call by its number. */
export function processOn(disk: Disk, plan: (call: number, name: string) => Fault | undefined = () => undefined): Process {
  let calls = 0
  let crashed = false
  const id = `owner-${disk.serial++}`
  const die = (): void => {
    crashed = true
    disk.dead.add(id)
  }
  const gone = new Promise<never>(() => {})

  /** Half of a call is what `partly` does; all of it, `work`. */
  const call = async <T>(name: string, work: () => T, partly?: () => T): Promise<T> => {
    await Promise.resolve()
    if (crashed) return gone
    switch (plan(calls++, name)) {
      case 'ENOSPC':
        partly?.()
        throw failure('ENOSPC')
      case 'EIO':
        throw failure('EIO')
      case 'short':
        return (partly ?? work)()
      case 'crash before':
        die()
        return gone
      case 'crash within':
        partly?.()
        die()
        return gone
      case 'crash after':
        work()
        die()
        return gone
      default:
        return work()
    }
  }
  const stored = (path: string): Stored => {
    const found = disk.files.get(path)
    if (found === undefined) throw failure('ENOENT')
    return found
  }
  const fs: FileSystem = {
    self: (): Owner => ({ id, pid: 1, host: 'memory' }),
    isDead: (owner) => disk.dead.has(owner.id),
    stat: (path) =>
      call('stat', () => {
        const found = disk.files.get(path)
        return found && { size: found.bytes.length, identity: found.identity }
      }),
    open: (path, create) =>
      call('open', () => {
        if (create) {
          if (disk.files.has(path)) throw failure('EEXIST')
          disk.files.set(path, { bytes: new Uint8Array(), synced: new Uint8Array(), identity: String(disk.serial++) })
        }
        const file = stored(path)
        const write = (bytes: Uint8Array, position: number): number => {
          const next = new Uint8Array(Math.max(file.bytes.length, position + bytes.length))
          next.set(file.bytes)
          next.set(bytes, position)
          file.bytes = next
          return bytes.length
        }
        return {
          read: (buffer, position) =>
            call(
              'read',
              () => {
                const part = file.bytes.subarray(position, position + buffer.length)
                buffer.set(part)
                return part.length
              },
              () => {
                const part = file.bytes.subarray(position, position + Math.ceil(buffer.length / 2))
                buffer.set(part)
                return part.length
              },
            ),
          write: (bytes, position) =>
            call(
              'write',
              () => write(bytes, position),
              () => write(bytes.subarray(0, Math.ceil(bytes.length / 2)), position),
            ),
          truncate: (size) =>
            call('truncate', () => {
              file.bytes = file.bytes.slice(0, size)
            }),
          sync: () =>
            call('sync', () => {
              file.synced = file.bytes
            }),
          close: () => call('close', () => {}),
        }
      }),
    syncFolder: () => call('syncFolder', () => {}),
    readWhole: (path) => call('readWhole', () => disk.files.get(path)?.bytes),
    replace: (path, _, bytes) =>
      call('replace', () => {
        disk.files.set(path, { bytes: bytes.slice(), synced: bytes.slice(), identity: String(disk.serial++) })
      }),
    makeNote: (path, text) =>
      call('makeNote', () => {
        if (disk.notes.has(path)) return false
        disk.notes.set(path, text)
        return true
      }),
    readNote: (path) => call('readNote', () => disk.notes.get(path)),
    remove: (path) =>
      call('remove', () => {
        disk.notes.delete(path)
        disk.files.delete(path)
      }),
  }
  return { fs, calls: () => calls, crashed: () => crashed, die }
}

/** The power goes: of what was not synced, the first `kept` bytes are there. */
export function powerCut(disk: Disk, path: string, kept: number): void {
  const file = disk.files.get(path)
  if (file === undefined) return
  const { synced, bytes } = file
  // What was cut off and not synced may be back.
  file.bytes = bytes.length > synced.length ? bytes.slice(0, Math.min(bytes.length, synced.length + kept)) : synced
  file.synced = file.bytes
}
