/**
 * A lock between processes, held for one batch: a note beside the ledger that names its owner.
 *
 * A lock whose owner died is broken by its heir. Heirs are found by notes, too: who makes the note named after the dead owner alone may remove the dead
 * owner's lock; where that heir is dead as well, its own heir takes over the right. Owners are unique for all time, so
 *
 *     while the lock names t, the note "heir of t" stays; its maker, or the last of a chain of heirs of whom all others are dead, is one process;
 *     only that process removes the lock, after it has read it again; and once removed, the lock never names t again.
 *
 * No two processes can thus break one after the other and remove a lock that a third has taken in between.
 *
 * *Limits*: an owner is a process. One that was stopped, or whose worker thread died with the lock, is alive: others wait, and after half a minute say for whom.
 *
 * @module
 */

import { LedgerError } from '../../errors.ts'
import type { FileSystem } from './file-system.ts'
import type { Owner } from './processes.ts'

export type Lock = { readonly acquire: () => Promise<void>; readonly release: () => Promise<void> }

type Notes = Pick<FileSystem, 'makeNote' | 'readNote' | 'remove' | 'self' | 'isDead'>

/** How long an owner that may be alive is waited for. */
const patience = 30_000
/** How long a lock looks the same before anybody asks whether its owner is alive. */
const lenience = 10

const sleep = (milliseconds: number): Promise<void> => new Promise((done) => setTimeout(done, milliseconds))

function ownerIn(text: string): Owner | undefined {
  try {
    const owner = JSON.parse(text) as Partial<Owner> | null
    const sound = typeof owner?.id === 'string' && Number.isSafeInteger(owner.pid) && typeof owner.host === 'string'
    return sound ? (owner as Owner) : undefined
  } catch {
    return undefined
  }
}

/** The lock of a ledger. */
export function lockOf(fs: Notes, path: string, waitAtMost: number = patience): Lock {
  const me = JSON.stringify(fs.self())
  const dead = (text: string): Owner | undefined => {
    const owner = ownerIn(text)
    return owner !== undefined && fs.isDead(owner) ? owner : undefined
  }

  /** The notes from the heir of `owner` to this process, if the right to remove the lock has come to it. */
  const inherit = async (owner: Owner): Promise<string[] | undefined> => {
    const note = `${path}.heir-of-${owner.id}`
    if (await fs.makeNote(note, me)) return [note]
    const heir = await fs.readNote(note)
    if (heir === undefined) return undefined
    if (heir === me) return [note]
    const gone = dead(heir)
    const rest = gone && (await inherit(gone))
    return rest && [note, ...rest]
  }

  const breakLock = async (holder: string): Promise<void> => {
    const owner = dead(holder)
    const notes = owner && (await inherit(owner))
    if (notes === undefined) return
    if ((await fs.readNote(path)) === holder) await fs.remove(path)
    for (const note of notes) await fs.remove(note)
  }

  return {
    acquire: async () => {
      const began = Date.now()
      let seen: string | undefined
      let since = began
      for (let tries = 0; !(await fs.makeNote(path, me)); tries++) {
        const holder = await fs.readNote(path)
        // A release of ours that failed.
        if (holder === me) return
        if (holder === undefined) continue
        const now = Date.now()
        if (holder !== seen) {
          seen = holder
          since = now
        } else if (now - since >= lenience) {
          await breakLock(holder)
        }
        if (now - began >= waitAtMost) throw new LedgerError(`the ledger is locked by ${inWords(holder)}; ${remedy(path)}`)
        await sleep(Math.min(8, 1 + (tries % 8)))
      }
    },
    // Left behind, it is taken for what it is at the next attempt.
    release: () => fs.remove(path).catch(() => {}),
  }
}

function inWords(holder: string): string {
  const owner = ownerIn(holder)
  return owner === undefined ? 'nobody knows whom' : `process ${owner.pid} on host ${owner.host}`
}

const remedy = (path: string): string => `if that process is gone for good, remove ${path}`
