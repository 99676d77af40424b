/**
 * The ledger: durable spends per second beside what the disk takes for an fsync of as many bytes alone, whether a spend's cost grows with the
 * ledger, and how long a long ledger takes to open. The disk is the one under the working directory, as the temporary folder may be in memory.
 */
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { fileStore, memoryStore, openBudget } from '../src/budget/index.ts'
import { laplace } from '../src/events/index.ts'
import { type BenchTable, figure, measure, median } from './table.ts'

const event = laplace({ noiseMultiplier: 1e6 })
const limit = { epsilon: 1e3 }
const spend = { label: 'a question of usual length' }

/** Median seconds of one call. */
async function seconds(times: number, work: () => Promise<unknown>): Promise<number> {
  const all: number[] = []
  for (let i = 0; i < times; i++) {
    const began = performance.now()
    await work()
    all.push((performance.now() - began) / 1000)
  }
  return median(all)
}

export async function run(): Promise<BenchTable> {
  const folder = mkdtempSync(join(process.cwd(), '.cache-ledger-'))
  const path = join(folder, 'ledger')
  try {
    const rows: Record<string, string | number>[] = []
    const file = openSync(join(folder, 'bare'), 'w')
    const line = new Uint8Array(260)
    const bare = await measure(
      () => {
        writeSync(file, line)
        fsyncSync(file)
      },
      { minTimeMs: 1000 },
    )
    const bareHundred = await measure(
      () => {
        for (let i = 0; i < 100; i++) writeSync(file, line)
        fsyncSync(file)
      },
      { minTimeMs: 1000 },
    )
    /** Median seconds of a call, and how many bare fsyncs that is when they take turns: the disk has its moods. */
    const besideBare = async (times: number, work: () => Promise<unknown>): Promise<{ one: number; fsyncs: number }> => {
      const all: [number, number][] = []
      for (let i = 0; i < times; i++) {
        const bareTime = await seconds(1, async () => {
          writeSync(file, line)
          fsyncSync(file)
        })
        all.push([await seconds(1, work), bareTime])
      }
      const one = median(all.map(([ours]) => ours))
      return { one, fsyncs: one / median(all.map(([, bareTime]) => bareTime)) }
    }
    rows.push({ what: 'bare write and fsync of one line', 'per second': figure(bare), ms: figure(1000 / bare) })
    rows.push({
      what: 'bare write and fsync of 100 lines, lines',
      'per second': figure(100 * bareHundred),
      ms: figure(1000 / bareHundred),
    })

    const memory = await openBudget(limit, { store: memoryStore() })
    const inMemory = await measure(() => memory.spend(event, spend))
    rows.push({ what: 'spend in memory', 'per second': figure(inMemory), ms: figure(1000 / inMemory) })

    for (const entries of [1e3, 1e5, 1e6]) {
      const budget = await openBudget(limit, { store: fileStore(path) })
      const already = (await budget.spend(event, spend)).sequence
      for (let left = entries - already; left > 0; left -= 1000) {
        await Promise.all(Array.from({ length: Math.min(left, 1000) }, () => budget.spend(event, spend)))
      }
      const { one, fsyncs } = await besideBare(200, () => budget.spend(event, spend))
      const hundred = await seconds(30, () => Promise.all(Array.from({ length: 100 }, () => budget.spend(event, spend))))
      await budget.close()
      const open = async (): Promise<void> => (await openBudget(limit, { store: fileStore(path) })).close()
      const opening = await seconds(5, open)
      rmSync(`${path}.snapshot`, { force: true })
      const replaying = await seconds(1, open)
      const of = `ledger of ${entries.toLocaleString('en')}`
      rows.push({
        what: `${of}: durable spend, one by one`,
        'per second': figure(1 / one),
        ms: figure(1000 * one),
        'bare fsyncs': figure(fsyncs),
      })
      rows.push({ what: `${of}: durable spend, 100 at once`, 'per second': figure(100 / hundred), ms: figure(10 * hundred) })
      rows.push({ what: `${of}: open with a snapshot`, ms: figure(1000 * opening), MB: figure(statSync(path).size / 1e6) })
      rows.push({ what: `${of}: open by reading it all`, ms: figure(1000 * replaying) })
    }
    closeSync(file)
    return { name: 'Ledger', rows }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
