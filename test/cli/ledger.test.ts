import { beforeAll, describe, expect, it } from 'vitest'
import { fileStoreOn } from '../../src/budget/file/file-store.ts'
import { openBudget } from '../../src/budget/index.ts'
import { gaussian, laplace } from '../../src/events/index.ts'
import { newDisk, processOn } from '../budget/disk.ts'
import { queriesLedger } from './queries-ledger.ts'
import { indistinct, type Outcome } from './terminal.ts'

let bytes: Uint8Array
beforeAll(async () => {
  bytes = await queriesLedger()
})
const run = (line: string, content: Uint8Array = bytes): Promise<Outcome> =>
  indistinct(line, { files: { 'queries.ledger': content } })
const json = async (line: string, content?: Uint8Array): Promise<Record<string, unknown>> => {
  const { code, out, err } = await run(`${line} --json`, content)
  expect([err, code]).toEqual(['', 0])
  return JSON.parse(out) as Record<string, unknown>
}
const common = {
  command: 'ledger',
  limit: { epsilon: 1 },
  relation: 'add-or-remove',
  spends: 3,
  // The sum is 3/10, and the double 0.3 lies below it.
  spent: { epsilon: 0.30000000000000004 },
  remaining: { epsilon: 0.7 },
}

describe('ledger', () => {
  it('show lists every spend', async () => {
    const answer = await json('ledger show queries.ledger')
    expect(answer).toMatchObject({ ...common, action: 'show' })
    expect(answer['history']).toMatchObject([
      {
        sequence: 1,
        label: 'visitors',
        event: laplace({ noiseMultiplier: 10 }),
        cost: { epsilon: 0.1 },
        provenance: 'insecure-seeded',
      },
      { sequence: 2, label: 'new visitors', key: '2026-11', spent: { epsilon: 0.2 } },
      { sequence: 4, label: 'by hand', spent: { epsilon: 0.30000000000000004 } },
    ])
    const { out } = await run('ledger show queries.ledger')
    expect(out.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d/g, '2026-11-21 12:00')).toBe(
      [
        '  line  time              cost         for',
        '     2  2026-11-21 12:00  epsilon 0.1  visitors (laplace)',
        '     3  2026-11-21 12:00  epsilon 0.1  new visitors (laplace, key 2026-11)',
        '     5  2026-11-21 12:00  epsilon 0.1  by hand (laplace)',
        '',
        '  limit       epsilon 1',
        '  spent       epsilon 0.3, in 3 spends',
        '  remaining   epsilon 0.7',
        '  neighbours  one record added or removed.',
        '',
      ].join('\n'),
    )
  })
  it('verify checks every line', async () => {
    const answer = await json('ledger verify --file queries.ledger')
    expect(answer).toMatchObject({ ...common, action: 'verify', lines: 5, releases: 1 })
    expect(answer['checksum']).toMatch(/^[0-9a-f]{16}$/)
    expect(answer).not.toHaveProperty('history')
    expect((await run('ledger verify queries.ledger')).out).toMatch(
      /^every line is whole and in its place, and every sum adds up: 5 lines, 3 spends,\s1 kept release, checksum/,
    )
    for (let at = 0; at < bytes.length; at += 13) {
      const flipped = Uint8Array.from(bytes)
      flipped[at] = (flipped[at] as number) ^ 1
      const { code, err, out } = await run('ledger verify queries.ledger', flipped)
      expect([code, out]).toEqual([1, ''])
      expect(err).toMatch(/^indistinct: the ledger is not valid: line \d: /)
    }
  })
  it('remaining says what is left', async () => {
    expect(await json('ledger remaining queries.ledger')).toMatchObject({ ...common, action: 'remaining' })
    expect((await run('ledger remaining queries.ledger')).out).toMatch(/^ {2}limit {7}epsilon 1\n/)
  })
  it('does not mind a line that is being written', async () => {
    const shorter = bytes.subarray(0, bytes.length - 30)
    const answer = await json('ledger verify queries.ledger', shorter)
    expect(answer).toMatchObject({ spends: 2, lines: 4 })
    expect(answer['unfinishedBytes']).toBeGreaterThan(50)
    expect((await run('ledger show queries.ledger', shorter)).out).toContain('unfinished')
  })
  it('knows schedules, deltas and empty ledgers', async () => {
    const disk = newDisk()
    const schedule = [gaussian({ noiseMultiplier: 5 })]
    const budget = await openBudget({ epsilon: 2, delta: 1e-6 }, { schedule, store: fileStoreOn(processOn(disk).fs, 'ledger') })
    const content = (): Uint8Array => disk.files.get('ledger')?.bytes as Uint8Array
    const { out } = await run('ledger show queries.ledger', content())
    expect(out).toContain('nothing was spent yet')
    expect(out).toContain('epsilon 2, delta 0.000001, for a schedule of 1 event\n')
    await budget.spend(gaussian({ noiseMultiplier: 5 }), { label: 'x' })
    expect(await json('ledger remaining queries.ledger', content())).toMatchObject({
      scheduled: 1,
      spent: { events: 1 },
      remaining: { events: 0 },
    })
  })
  it.each([
    ['ledger', 2, 'still missing: --action show, --file queries.ledger'],
    ['ledger show', 2, 'still missing: --file queries.ledger'],
    ['ledger shw queries.ledger', 2, '--action must be one of show, verify, remaining, got "shw": did you mean show?'],
    ['ledger show gone.ledger', 2, "can't read gone.ledger: there is no such file"],
    ['ledger show queries.ledger more', 2, '"more" after "queries.ledger" is not understood'],
    ['ledger show empty', 1, 'the ledger is not valid: line 1: there is none'],
    ['ledger show other', 1, 'the ledger is not valid: line 1: it'],
  ])('%s: %i', async (line, code, message) => {
    const outcome = await indistinct(line, { files: { empty: '', other: 'some text\n' } })
    expect([outcome.code, outcome.out]).toEqual([code, ''])
    expect(outcome.err.startsWith(`indistinct: ${message}`)).toBe(true)
  })
})
