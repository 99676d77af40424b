/**
 * The few things that a ledger on disk asks of the operating system, behind one seam: tests put faults there.
 *
 * The modules are Node's, taken from `process.getBuiltinModule` when a file store is made (Node 20.16, Bun and Deno have it), so that the
 * front door may be bundled for browsers, where there is nothing to take.
 *
 * @module
 */

import { LedgerError } from '../../errors.ts'
import { nodeProcesses, type Processes } from './processes.ts'

/** An open file. */
export type OpenFile = {
  /** Fills the buffer from a position on; resolves to how much there was. */
  readonly read: (buffer: Uint8Array, position: number) => Promise<number>
  /** Writes at a position; may write less, and resolves to how much it was. */
  readonly write: (bytes: Uint8Array, position: number) => Promise<number>
  readonly truncate: (size: number) => Promise<void>
  /** When it resolves, everything is on the disk. */
  readonly sync: () => Promise<void>
  readonly close: () => Promise<void>
}

export type FileSystem = Processes & {
  /** Undefined where there is no such file. `identity` tells a file from another one of its name. */
  readonly stat: (path: string) => Promise<{ readonly size: number; readonly identity: string } | undefined>
  /** For reading and writing; `create` makes it, and fails where there is one. */
  readonly open: (path: string, create: boolean) => Promise<OpenFile>
  /** Makes the folder remember the names in it. */
  readonly syncFolder: (path: string) => Promise<void>
  /** The whole of a small file; undefined where there is none. */
  readonly readWhole: (path: string) => Promise<Uint8Array | undefined>
  /** A file under its name all at once. */
  readonly replace: (path: string, temporary: string, bytes: Uint8Array) => Promise<void>
  /** Makes a note with this text; false where there is one of that name. It is never seen half written. */
  readonly makeNote: (path: string, text: string) => Promise<boolean>
  /** The text of a note; undefined where there is none. */
  readonly readNote: (path: string) => Promise<string | undefined>
  /** Removes a file or a note; that there is none is fine. */
  readonly remove: (path: string) => Promise<void>
}

type Node = typeof import('node:fs')
type Builtins = { readonly getBuiltinModule?: (name: string) => unknown } | undefined

const codeOf = (error: unknown): string | undefined => (error as { readonly code?: string }).code

/** The file system of Node, or a LedgerError where there is none. */
export function nodeFileSystem(): FileSystem {
  const { process } = globalThis as { readonly process?: Builtins }
  const modules = ['fs', 'os', 'path'].map((name) => process?.getBuiltinModule?.(name))
  const [fs, os, path] = modules as [Node, typeof import('node:os'), typeof import('node:path')]
  if (fs?.promises === undefined || os === undefined || path === undefined) {
    throw new LedgerError('fileStore needs a file system: Node 20.16 or later, Bun or Deno; elsewhere pass a store of your own')
  }
  return { ...nodeProcesses(fs, os), ...nodeFiles(fs, path.dirname) }
}

/** Undefined in place of ENOENT. */
const ifThere = async <T>(promise: Promise<T>): Promise<T | undefined> => {
  try {
    return await promise
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** What a call gives back by its callback. */
const promised = <T>(call: (done: (error: Error | null, result?: T) => void) => void): Promise<T> =>
  new Promise((resolve, reject) => {
    call((error, result) => (error ? reject(error) : resolve(result as T)))
  })

function nodeFiles(fs: Node, dirname: (path: string) => string): Omit<FileSystem, keyof Processes> {
  return {
    stat: async (path) => {
      const found = await ifThere(fs.promises.stat(path, { bigint: true }))
      return found && { size: Number(found.size), identity: `${found.dev}.${found.ino}` }
    },
    open: async (path, create) => {
      // A number, not a handle: a handle that nobody closed is complained about when it is collected.
      const file = await promised<number>((done) => fs.open(path, create ? 'wx+' : 'r+', done))
      return {
        read: (buffer, position) => promised((done) => fs.read(file, buffer, 0, buffer.length, position, done)),
        write: (bytes, position) => promised((done) => fs.write(file, bytes, 0, bytes.length, position, done)),
        truncate: (size) => promised((done) => fs.ftruncate(file, size, done)),
        sync: () => promised((done) => fs.fsync(file, done)),
        close: () => promised((done) => fs.close(file, done)),
      }
    },
    syncFolder: async (path) => {
      try {
        const folder = await fs.promises.open(dirname(path), 'r')
        await folder.sync().finally(() => folder.close())
      } catch (error) {
        // Windows has no such thing, and needs none.
        if (!['EISDIR', 'EPERM', 'EACCES', 'EINVAL'].includes(codeOf(error) ?? '')) throw error
      }
    },
    readWhole: (path) => ifThere(fs.promises.readFile(path)),
    replace: async (path, temporary, bytes) => {
      try {
        await fs.promises.writeFile(temporary, bytes)
        await fs.promises.rename(temporary, path)
      } catch (error) {
        await fs.promises.rm(temporary, { force: true }).catch(() => {})
        throw error
      }
    },
    makeNote: async (path, text) => {
      try {
        // The one thing that appears with its content, or fails if the name is taken: a link that points to the text.
        await fs.promises.symlink(text, path)
        return true
      } catch (error) {
        if (codeOf(error) === 'EEXIST') return false
        if (!['EPERM', 'EACCES', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL'].includes(codeOf(error) ?? '')) throw error
        return makePlainNote(fs, path, text)
      }
    },
    readNote: async (path) => {
      try {
        return await fs.promises.readlink(path)
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return undefined
        return ifThere(fs.promises.readFile(path, 'utf8'))
      }
    },
    remove: async (path) => {
      await ifThere(fs.promises.unlink(path))
    },
  }
}

/** Where links are not to be had: a file, which a crash may leave without its text. Then nobody may take it to be anybody's. */
async function makePlainNote(fs: Node, path: string, text: string): Promise<boolean> {
  try {
    await fs.promises.writeFile(path, text, { flag: 'wx' })
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}
