import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { chainText, extended, start } from '../../src/budget/file/checksum.ts'
import { fileStoreOn } from '../../src/budget/file/file-store.ts'
import { nodeFileSystem } from '../../src/budget/file/file-system.ts'
import { type Lock, lockOf } from '../../src/budget/file/lock.ts'
import { fileStore, openBudget } from '../../src/budget/index.ts'
import { InvalidParameterError, LedgerError, SchemaError } from '../../src/errors.ts'
import { pure } from '../../src/events/index.ts'
import { type Disk, type Fault, faults, newDisk, powerCut, processOn } from './disk.ts'
import { counting, entriesOf, rejection } from './support.ts'

const folder = mkdtempSync(join(tmpdir(), 'indistinct-ledger-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0
const fresh = (): string => join(folder, `ledger-${files++}`)
const tenth = pure({ epsilon: 0.1 })

/** A ledger with a few lines of every type; its path, and what was answered. */
async function small(): Promise<string> {
  const path = fresh()
  const budget = await openBudget({ epsilon: 1 }, { store: fileStore(path) })
  await budget.spend(tenth, { label: 'é, of two bytes' })
  await budget.release(
    counting(tenth, () => -0),
    1,
    { label: 'b', key: 'k' },
  )
  await Promise.all([1, 2].map((n) => budget.spend(tenth, { label: `c${n}` })))
  await budget.close()
  return path
}
const copyOf = (bytes: Uint8Array): string => {
  const path = fresh()
  writeFileSync(path, bytes)
  return path
}

describe('a file', () => {
  it('holds a ledger that is opened again, and nothing else is left', async () => {
    const path = await small()
    expect(readdirSync(folder).filter((name) => join(folder, name).startsWith(path))).toHaveLength(1)
    const budget = await openBudget({ epsilon: 1 }, { store: fileStore(path) })
    expect(budget.spent()).toEqual({ epsilon: 0.4 })
    const mechanism = counting(tenth)
    expect(await budget.release(mechanism, 1, { label: 'b', key: 'k' })).toBe(-0)
    expect(mechanism.draws()).toBe(0)
    expect((await budget.history()).map(({ label }) => label)).toEqual(['é, of two bytes', 'b', 'c1', 'c2'])
    await budget.close()
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
    expect(lines).toHaveLength(6)
    const [checksum, length, entry] = JSON.parse(lines[1] as string) as [string, number, { label: string }]
    expect([checksum.length, length, entry.label]).toEqual([16, Buffer.byteLength(JSON.stringify(entry)), 'é, of two bytes'])
  })

  it('is chained by CRC-32 and CRC-32C', () => {
    // The check values of both in the catalogue of CRC algorithms (Greg Cook), for the text "123456789".
    const bytes = new TextEncoder().encode('123456789')
    expect(chainText(extended(start, bytes))).toBe('cbf43926e3069283')
    expect(chainText(extended(extended(start, bytes.subarray(0, 4)), bytes.subarray(4)))).toBe('cbf43926e3069283')
  })

  it('cut short at any byte loses the torn line and no other', async () => {
    const bytes = readFileSync(await small())
    const ends = Array.from(bytes.keys()).filter((i) => bytes[i] === 10)
    for (let size = 0; size <= bytes.length; size++) {
      for (const zeros of size % 3 === 0 ? [0, 3] : [0]) {
        const fs = withFile(Buffer.concat([bytes.subarray(0, size), Buffer.alloc(zeros)]))
        const budget = await openBudget({ epsilon: 1 }, { store: fileStoreOn(fs, 'ledger') })
        // A line that lacks but its newline is whole.
        const whole = ends.filter((end) => end < size || (end === size && zeros === 0)).length
        expect([size, (await budget.history()).length]).toEqual([size, [0, 0, 1, 2, 2, 3, 4][whole]])
        await budget.spend(tenth, { label: 'after' })
        await budget.close()
        expect(await entriesOf(fileStoreOn(fs, 'ledger'))).toHaveLength(Math.max(whole, 1) + 1)
      }
    }
    // The same on a real disk, here and there.
    for (let size = 5; size < bytes.length; size += 97) {
      const path = copyOf(bytes.subarray(0, size))
      const budget = await openBudget({ epsilon: 1 }, { store: fileStore(path) })
      await budget.spend(tenth, { label: 'after' })
      await budget.close()
      expect((await entriesOf(fileStore(path))).at(-1)).toMatchObject({ label: 'after' })
    }
  })

  it('with any bit flipped is refused by the line', async () => {
    const bytes = readFileSync(await small())
    let line = 1
    for (let i = 0; i < bytes.length; i++) {
      // All bits of the prefixes and ends, one of each other byte.
      const bits = i % 7 === 0 || bytes[i] === 10 || bytes[i + 1] === 10 ? [0, 1, 2, 3, 4, 5, 6, 7] : [i % 8]
      for (const bit of bits) {
        const flipped = Uint8Array.from(bytes)
        flipped[i] = (flipped[i] as number) ^ (1 << bit)
        const store = fileStoreOn(withFile(flipped), 'ledger')
        const error = await rejection(openBudget({ epsilon: 1 }, { store }))
        expect(error).toBeInstanceOf(SchemaError)
        expect(error.message).toContain(`line ${line}:`)
      }
      if (bytes[i] === 10) line++
    }
  })

  it('with lines moved, missing, doubled, foreign or converted is refused', async () => {
    const lines = readFileSync(await small(), 'utf8').split(/(?<=\n)/)
    const other = readFileSync(await small(), 'utf8').split(/(?<=\n)/)
    const [a, b, c, d, e, f] = lines as [string, string, string, string, string, string]
    for (const [text, line] of [
      [[a, c, b, d, e, f], 2],
      [[a, b, d, e, f], 3],
      [[a, b, b, c], 3],
      [[a, b, other[2], d], 3],
      [[b, c], 1],
      [[a, b, '\n', c], 3],
      [[a, b, 'hello'], 3],
      [[a, b, `${c.slice(0, -2)}x`], 3],
      [[lines.join('').replaceAll('\n', '\r\n')], 1],
      [[`\uFEFF${lines.join('')}`], 1],
      [['{"some":"json"}\n'], 1],
    ] as const) {
      const error = await rejection(openBudget({ epsilon: 1 }, { store: fileStore(copyOf(Buffer.from(text.join('')))) }))
      expect(error).toBeInstanceOf(SchemaError)
      expect(error.message).toContain(`line ${line}:`)
    }
  })

  it('refuses a path that is none, and says what the system says', async () => {
    for (const bad of ['', 'a\0b', 1, null, undefined, {}]) expect(() => fileStore(bad as never)).toThrow(InvalidParameterError)
    const error = await rejection(openBudget({ epsilon: 1 }, { store: fileStore(join(folder, 'no', 'such', 'folder')) }))
    expect(error).toBeInstanceOf(LedgerError)
    expect(error.message).toContain('ENOENT')
    const { getBuiltinModule } = process
    try {
      process.getBuiltinModule = undefined as never
      expect(() => fileStore(fresh())).toThrow('fileStore needs a file system')
    } finally {
      process.getBuiltinModule = getBuiltinModule
    }
  })

  it('that is removed, replaced or cut while it is open is found out', async () => {
    for (const harm of [
      (path: string) => rmSync(path),
      (path: string) => {
        const bytes = readFileSync(path)
        rmSync(path)
        writeFileSync(`${path}-held`, '')
        writeFileSync(path, bytes)
      },
      (path: string) => writeFileSync(path, readFileSync(path).subarray(0, 20)),
    ]) {
      const path = fresh()
      const budget = await openBudget({ epsilon: 1 }, { store: fileStore(path) })
      await budget.spend(tenth, { label: 'x' })
      harm(path)
      expect((await rejection(budget.spend(tenth, { label: 'x' }))).message).toMatch(/while the budget was open/)
    }
  })

  it('takes entries of one line only, and long ones too', async () => {
    const store = fileStore(fresh())
    expect(await rejection(store.append(0, ['a\nb']))).toBeInstanceOf(LedgerError)
    const long = JSON.stringify('x'.repeat(1 << 20))
    expect(await store.append(0, [long, '1', long])).toBe(true)
    expect(await store.append(0, ['1'])).toBe(false)
    const again = fileStore(statSync(folder).isDirectory() ? join(folder, `ledger-${files - 1}`) : '')
    expect([await again.read(0), await again.read(1), await again.read(2)].flat()).toEqual([long, '1', '1', long])
    expect(await again.read(3)).toEqual([])
    expect(await again.append(3, ['2'])).toBe(true)
    expect(await store.read(3)).toEqual(['2'])
    expect(await store.read(0, 1)).toEqual([long])
  })
})

/** A file system with one file. */
function withFile(bytes: Uint8Array): ReturnType<typeof processOn>['fs'] {
  const disk = newDisk()
  disk.files.set('ledger', { bytes, synced: bytes, identity: 'it' })
  return processOn(disk).fs
}

describe('faults', () => {
  type Told = { readonly spends: Map<string, number>; readonly releases: Map<string, unknown> }

  /** Spends, releases, retries; notes whatever was acknowledged. Never ends where the process dies. */
  async function life(disk: Disk, told: Told, plan: (call: number, name: string) => Fault | undefined): Promise<number> {
    const process = processOn(disk, plan)
    const story = (async () => {
      const attempt = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
        for (let i = 0; i < 3; i++) {
          try {
            return await work()
          } catch (error) {
            if (error instanceof SchemaError) throw error
          }
        }
        return undefined
      }
      const budget = await attempt(() => openBudget({ epsilon: 1 }, { store: fileStoreOn(process.fs, 'ledger', 0) }))
      if (budget === undefined) return
      for (const label of ['a', 'b']) {
        const done = await attempt(() => budget.spend(tenth, { label, key: `spend ${label}` }))
        if (done !== undefined) told.spends.set(label, done.sequence)
      }
      for (const key of ['k', 'l', 'k']) {
        const value = await attempt(() =>
          budget.release(
            counting(tenth, () => ({ of: key, nonce: disk.serial++ })),
            1,
            { label: 'r', key },
          ),
        )
        if (value === undefined) continue
        expect(told.releases.get(key) ?? value).toEqual(value)
        told.releases.set(key, value)
      }
      await Promise.all(
        ['c', 'd'].map((label) =>
          budget.spend(tenth, { label }).then(
            ({ sequence }) => told.spends.set(label, sequence),
            () => {},
          ),
        ),
      )
      await budget.close().catch(() => {})
    })()
    // A process that has died says nothing any more.
    const watch = (async () => {
      while (!process.crashed()) await new Promise((done) => setImmediate(done))
    })()
    await Promise.race([story, watch])
    process.die()
    return process.calls()
  }

  async function check(disk: Disk, told: Told): Promise<void> {
    const { fs } = processOn(disk)
    const budget = await openBudget({ epsilon: 1 }, { store: fileStoreOn(fs, 'ledger', 1000) })
    const history = await budget.history()
    for (const [label, sequence] of told.spends) {
      expect(history.find((entry) => entry.sequence === sequence)?.label).toBe(label)
    }
    // With a key, once and once only.
    expect(new Set(history.map(({ key, sequence }) => key ?? sequence)).size).toBe(history.length)
    for (const [key, value] of told.releases) {
      expect(await budget.release(counting(tenth), 1, { label: 'r', key })).toEqual(value)
    }
    for (const key of ['k', 'l']) {
      const value = await budget.release(
        counting(tenth, () => 'new'),
        1,
        { label: 'r', key },
      )
      expect(await budget.release(counting(tenth), 1, { label: 'r', key })).toEqual(value)
    }
    expect((budget.spent()['epsilon'] as number) <= 1).toBe(true)
    expect([...disk.notes.keys()]).toEqual([])
    await budget.close()
  }

  const untold = (): Told => ({ spends: new Map(), releases: new Map() })

  it('at every call of the system: what was acknowledged is there, and a key has one answer', async () => {
    const calls = await life(newDisk(), untold(), () => undefined)
    expect(calls).toBeGreaterThan(40)
    let cases = 0
    for (let at = 0; at < calls; at++) {
      for (const fault of faults) {
        for (const kept of [undefined, 0, 9]) {
          const disk = newDisk()
          const told = untold()
          await life(disk, told, (call) => (call === at ? fault : undefined))
          if (kept !== undefined) powerCut(disk, 'ledger', kept)
          await check(disk, told)
          cases++
        }
      }
    }
    expect(cases).toBeGreaterThan(700)
  })

  it('that go on for a while, one after the other', async () => {
    // Every call from one on fails for a few calls: also the ones that would have mended the first.
    const calls = await life(newDisk(), untold(), () => undefined)
    for (let at = 0; at < calls; at += 1) {
      for (const [fault, last] of [
        ['EIO', 3],
        ['ENOSPC', 6],
        ['EIO', 12],
      ] as const) {
        const disk = newDisk()
        const told = untold()
        await life(disk, told, (call, name) => (call >= at && call < at + last && name !== 'makeNote' ? fault : undefined))
        powerCut(disk, 'ledger', at % 40)
        await check(disk, told)
      }
    }
  })

  it('while others write', async () => {
    for (let at = 0; at < 60; at += 1) {
      for (const fault of ['crash before', 'crash within', 'crash after', 'EIO', 'ENOSPC'] as const) {
        const disk = newDisk()
        const [one, two] = [untold(), untold()]
        // Both use the same keys.
        await Promise.all([life(disk, one, (call) => (call === at ? fault : undefined)), life(disk, two, () => undefined)])
        for (const [key, value] of one.releases) expect(two.releases.get(key) ?? value).toEqual(value)
        await check(disk, one)
        await check(disk, two)
      }
    }
  })
})

describe('what others may not have come to sync', () => {
  it('is synced before anybody is told of it', async () => {
    const disk = newDisk()
    // Dies with its release written and not synced.
    let syncs = 0
    const one = processOn(disk, (_, name) => (name === 'sync' && ++syncs === 3 ? 'crash before' : undefined))
    const budget = await openBudget({ epsilon: 1 }, { store: fileStoreOn(one.fs, 'ledger') })
    void budget.release(
      counting(tenth, () => 'first'),
      1,
      { label: 'x', key: 'k' },
    )
    while (!one.crashed()) await new Promise((done) => setImmediate(done))
    const two = await openBudget({ epsilon: 1 }, { store: fileStoreOn(processOn(disk).fs, 'ledger') })
    expect(await two.release(counting(tenth), 1, { label: 'x', key: 'k' })).toBe('first')
    powerCut(disk, 'ledger', 0)
    const three = await openBudget({ epsilon: 1 }, { store: fileStoreOn(processOn(disk).fs, 'ledger') })
    expect(await three.release(counting(tenth), 1, { label: 'x', key: 'k' })).toBe('first')
  })
  it('is written again after an fsync that failed and could not be taken back', async () => {
    const disk = newDisk()
    let failing: string[] = []
    const names: string[] = []
    const process = processOn(disk, (_, name) => {
      names.push(name)
      return failing.includes(name) ? 'EIO' : undefined
    })
    const budget = await openBudget({ epsilon: 1 }, { store: fileStoreOn(process.fs, 'ledger') })
    failing = ['sync', 'truncate']
    for (let i = 0; i < 2; i++) {
      expect(await rejection(budget.spend(tenth, { label: 'lost?', key: 'k' }))).toBeInstanceOf(LedgerError)
    }
    failing = []
    names.length = 0
    await budget.spend(tenth, { label: 'after' })
    expect(names.filter((name) => name === 'write' || name === 'sync')).toEqual(['write', 'sync', 'write', 'sync'])
    // Not acknowledged and counted all the same, once.
    expect(budget.spent()).toEqual({ epsilon: 0.2 })
  })
})

describe('the lock', () => {
  const notes = (): Disk => newDisk()
  const held = (disk: Disk): string => disk.notes.get('lock') as string
  /** A lock of a process that stops at its first call of this name with this path, until it is let go on. */
  function stopping(
    disk: Disk,
    name: 'makeNote' | 'remove',
    path: string,
  ): { lock: Lock; stopped: Promise<void>; goOn: () => void } {
    const { fs } = processOn(disk)
    let [goOn, arrive] = [(): void => {}, (): void => {}]
    const gate = new Promise<void>((done) => {
      goOn = done
    })
    const stopped = new Promise<void>((done) => {
      arrive = done
    })
    let first = true
    const slow = {
      ...fs,
      [name]: async (at: string, text: string) => {
        if (at === path && first) {
          first = false
          arrive()
          await gate
        }
        return fs[name](at, text)
      },
    }
    return { lock: lockOf(slow, 'lock'), stopped, goOn }
  }
  const deadLock = (disk: Disk): void => {
    disk.notes.set('lock', JSON.stringify({ id: 't', pid: 1, host: 'memory' }))
    disk.dead.add('t')
  }
  it('taken by another meanwhile is not removed by a late heir', async () => {
    const disk = newDisk()
    deadLock(disk)
    const late = stopping(disk, 'makeNote', 'lock.heir-of-t')
    const waiting = late.lock.acquire()
    await late.stopped
    const other = lockOf(processOn(disk).fs, 'lock')
    await other.acquire()
    const mine = held(disk)
    late.goOn()
    await new Promise((done) => setTimeout(done, 60))
    expect(held(disk)).toBe(mine)
    await other.release()
    await waiting
    expect([held(disk) === mine, [...disk.notes.keys()]]).toEqual([false, ['lock']])
  })
  it('has one heir at a time, also of a dead heir', async () => {
    const disk = newDisk()
    deadLock(disk)
    disk.notes.set('lock.heir-of-t', JSON.stringify({ id: 'u', pid: 1, host: 'memory' }))
    disk.dead.add('u')
    const slow = stopping(disk, 'remove', 'lock')
    const waiting = slow.lock.acquire()
    await slow.stopped
    const impatient = lockOf(processOn(disk).fs, 'lock', 60)
    expect((await rejection(impatient.acquire())).message).toContain('locked')
    slow.goOn()
    await waiting
    expect([...disk.notes.keys()]).toEqual(['lock'])
  })
  it('that could not be released is still ours', async () => {
    const disk = newDisk()
    let failing = true
    const lock = lockOf(processOn(disk, (_, name) => (name === 'remove' && failing ? 'EIO' : undefined)).fs, 'lock', 100)
    await lock.acquire()
    await lock.release()
    failing = false
    await lock.acquire()
    await lock.release()
    expect(disk.notes.size).toBe(0)
  })
  it('of a dead owner is inherited by one, through dead heirs as well', async () => {
    for (let seed = 0; seed < 40; seed++) {
      const disk = notes()
      const owner = (id: string): string => JSON.stringify({ id, pid: 1, host: 'memory' })
      disk.notes.set('ledger.lock', owner('t'))
      disk.dead.add('t')
      if (seed % 2 === 1) {
        disk.notes.set('ledger.lock.heir-of-t', owner('u'))
        disk.dead.add('u')
      }
      // Any of them may be stopped for a while at any call.
      const whim = (call: number, who: number): boolean => (seed * 31 + call * 17 + who * 7) % 5 === 0
      const budgets = await Promise.all(
        [0, 1, 2].map((who) => {
          const { fs } = processOn(disk)
          const slow = Object.fromEntries(
            Object.entries(fs).map(([name, work]) => [
              name,
              ['self', 'isDead'].includes(name)
                ? work
                : async (...given: never[]) => {
                    if (whim(disk.serial++, who)) await new Promise((done) => setTimeout(done, seed % 3))
                    return (work as (...args: never[]) => unknown)(...given)
                  },
            ]),
          ) as unknown as typeof fs
          return openBudget({ epsilon: 100 }, { store: fileStoreOn(slow, 'ledger') })
        }),
      )
      await Promise.all(budgets.flatMap((budget, i) => [1, 2].map((n) => budget.spend(tenth, { label: `${i} ${n}` }))))
      await Promise.all(budgets.map((budget) => budget.refresh()))
      expect(budgets.map((budget) => budget.spent())).toEqual([1, 2, 3].map(() => ({ epsilon: 0.6000000000000001 })))
      expect([...disk.notes.keys()]).toEqual([])
    }
  })
  it('of somebody who may live is waited for, and then named', async () => {
    const disk = notes()
    for (const [text, who] of [
      [JSON.stringify({ id: 'x', pid: 17, host: 'elsewhere' }), 'process 17 on host elsewhere'],
      ['', 'nobody knows whom'],
      ['{"pid":"1"}', 'nobody knows whom'],
    ] as const) {
      disk.notes.set('ledger.lock', text)
      const error = await rejection(openBudget({ epsilon: 1 }, { store: fileStoreOn(processOn(disk).fs, 'ledger', 30) }))
      expect(error.message).toBe(`the ledger is locked by ${who}; if that process is gone for good, remove ledger.lock`)
    }
  })
  it('knows the living and the dead', async () => {
    const system = nodeFileSystem()
    const me = system.self()
    expect([me.pid, me.host]).toEqual([process.pid, hostname()])
    expect(system.self().id).not.toBe(me.id)
    expect(system.isDead(me)).toBe(false)
    const nobody = 2 ** 22 + 1
    expect(system.isDead({ ...me, pid: nobody })).toBe(true)
    expect(system.isDead({ ...me, pid: nobody, host: 'elsewhere' })).toBe(false)
    expect(system.isDead({ ...me, pid: 1, start: undefined as never })).toBe(false)
    if (me.boot === undefined) return
    expect(system.isDead({ ...me, start: '1' })).toBe(true)
    expect(system.isDead({ ...me, boot: 'before' })).toBe(true)
    expect(system.isDead({ ...me, pid: nobody, space: 'another' })).toBe(false)
  })
  it('left by a dead process on a real disk is broken', async () => {
    const path = await small()
    const dead = { ...nodeFileSystem().self(), pid: 2 ** 22 + 1, id: 'dead' }
    symlinkSync(JSON.stringify(dead), `${path}.lock`)
    const budget = await openBudget({ epsilon: 1 }, { store: fileStore(path) })
    expect(budget.spent()).toEqual({ epsilon: 0.4 })
    expect(readdirSync(folder).filter((name) => name.includes('heir'))).toEqual([])
    // Where there are no links a note is a file.
    writeFileSync(`${path}.note`, 'text')
    expect(await nodeFileSystem().readNote(`${path}.note`)).toBe('text')
    expect(await nodeFileSystem().makeNote(`${path}.note`, 'other')).toBe(false)
    await nodeFileSystem().remove(`${path}.note`)
    await nodeFileSystem().remove(`${path}.note`)
    expect(await nodeFileSystem().readNote(`${path}.note`)).toBeUndefined()
  })
})

describe('snapshots', () => {
  const big = async (): Promise<string> => {
    const path = fresh()
    const budget = await openBudget({ epsilon: 100 }, { store: fileStore(path) })
    for (let i = 0; i < 3; i++) {
      await Promise.all(
        Array.from({ length: 900 }, (_, j) =>
          budget.spend(pure({ epsilon: 0.001 }), { label: 'x', ...(j % 100 === 0 ? { key: `${i} ${j}` } : {}) }),
        ),
      )
    }
    await budget.release(
      counting(tenth, () => 42),
      1,
      { label: 'x', key: 'k' },
    )
    await budget.close()
    return path
  }
  it('are made, used, and make no difference', async () => {
    const path = await big()
    const { size } = statSync(`${path}.snapshot`)
    expect(size).toBeGreaterThan(100)
    const reads: number[] = []
    const system = nodeFileSystem()
    const counted = {
      ...system,
      open: async (at: string, create: boolean) => {
        const file = await system.open(at, create)
        return {
          ...file,
          read: async (buffer: Uint8Array, position: number) => {
            const count = await file.read(buffer, position)
            reads.push(count)
            return count
          },
        }
      },
    }
    const budget = await openBudget({ epsilon: 100 }, { store: fileStoreOn(counted, path) })
    expect(budget.spent()).toEqual({ epsilon: 2.8000000000000003 })
    expect(reads.reduce((sum, count) => sum + count, 0)).toBeLessThan(statSync(path).size)
    expect(await budget.release(counting(tenth), 1, { label: 'x', key: 'k' })).toBe(42)
    await budget.spend(pure({ epsilon: 0.001 }), { label: 'x', key: '0 500' })
    expect(budget.spent()).toEqual({ epsilon: 2.8000000000000003 })
    expect((await budget.history()).length).toBe(2701)
    await budget.close()
  })
  it('are never trusted over the ledger', async () => {
    const path = await big()
    const other = await small()
    const right = readFileSync(`${path}.snapshot`)
    const flipped = Uint8Array.from(right)
    flipped[right.length >> 1] = (flipped[right.length >> 1] as number) ^ 1
    for (const [ledger, snapshot] of [
      [path, flipped],
      [path, right.subarray(0, right.length >> 1)],
      [path, Buffer.concat([right, right])],
      [path, Buffer.from('nonsense\n')],
      [other, right],
    ] as const) {
      const at = copyOf(readFileSync(ledger))
      writeFileSync(`${at}.snapshot`, snapshot)
      const budget = await openBudget({ epsilon: ledger === path ? 100 : 1 }, { store: fileStore(at) })
      expect(budget.spent()).toEqual({ epsilon: ledger === path ? 2.8000000000000003 : 0.4 })
      await budget.close()
    }
    // A ledger of the same length and places with another past.
    const twin = await big()
    writeFileSync(`${twin}.snapshot`, right)
    const budget = await openBudget({ epsilon: 100 }, { store: fileStore(twin) })
    expect(budget.spent()).toEqual({ epsilon: 2.8000000000000003 })
    await budget.close()
  })
})
