/**
 * Who holds a lock, and whether they are gone for good.
 *
 * *Promise*: only who is certainly dead is called dead: on this host (a host name stands for one machine) either in an earlier boot, or with a process number that
 * nobody has, or that somebody has who started at another time. A process in another container or on another host is alive.
 * *Limits*: start times and boots are known on Linux; elsewhere a number that was given away again counts as alive.
 *
 * @module
 */

/** A process, as a lock names it. */
export type Owner = {
  /** Unique among all owners there ever are. */
  readonly id: string
  readonly pid: number
  readonly host: string
  /** What tells it from a later process of its number, from one of before the last boot, and from one of another container. */
  readonly start?: string
  readonly boot?: string
  readonly space?: string
}

export type Processes = {
  /** A new owner, of this process. */
  readonly self: () => Owner
  readonly isDead: (owner: Owner) => boolean
}

/** Of `node:fs` and `node:os`, without their types: declarations must compile where there are none. */
type Fs = { readonly readFileSync: (path: string, encoding: 'utf8') => string; readonly readlinkSync: (path: string) => string }
type Os = { readonly hostname: () => string }

/** Of /proc/PID/stat: the state, the number of threads and the time of the start. The name before them may hold anything. */
function statOf(fs: Fs, pid: number | 'self'): { state: string; threads: number; start: string } | undefined {
  try {
    const text = fs.readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { state: fields[0] as string, threads: Number(fields[17]), start: fields[19] as string }
  } catch {
    return undefined
  }
}

const orNothing = (read: () => string): string | undefined => {
  try {
    return read()
  } catch {
    return undefined
  }
}

/** Processes as Node sees them. */
export function nodeProcesses(fs: Fs, os: Os): Processes {
  const host = os.hostname()
  const boot = orNothing(() => fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim())
  const space = orNothing(() => fs.readlinkSync('/proc/self/ns/pid'))
  return {
    self: () => {
      const start = statOf(fs, 'self')?.start
      return {
        id: globalThis.crypto.randomUUID(),
        pid: process.pid,
        host,
        ...(start === undefined ? {} : { start }),
        ...(boot === undefined ? {} : { boot }),
        ...(space === undefined ? {} : { space }),
      }
    },
    isDead: (owner) => {
      if (owner.host !== host) return false
      if (owner.boot !== boot) return owner.boot !== undefined && boot !== undefined
      if (owner.space !== space) return false
      try {
        process.kill(owner.pid, 0)
      } catch (error) {
        return (error as { readonly code?: string }).code === 'ESRCH'
      }
      const stat = statOf(fs, owner.pid)
      if (stat === undefined || owner.start === undefined) return false
      // Killed and not yet buried; with one thread left there is nobody to finish a write.
      return stat.start !== owner.start || (stat.state === 'Z' && stat.threads <= 1)
    },
  }
}
