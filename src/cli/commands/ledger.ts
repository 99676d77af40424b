/**
 * `indistinct ledger`: what was spent from a budget, and what is left.
 *
 * @module
 */

import { grouped } from '../../accounting/figures.ts'
import type { Amounts } from '../../accounting/filters/filter.ts'
import { type LedgerRead, readLedger } from '../../budget/file/read-ledger.ts'
import { type HistoryEntry, historyEntry } from '../../budget/history.ts'
import type { Terms } from '../../budget/terms.ts'
import type { Run } from '../command.ts'
import type { ledgerActions } from '../flags.ts'
import { neighbours } from '../in-plain-words.ts'
import { list, type Page, paragraph, table } from '../page.ts'
import { readFile } from '../read-event.ts'
import { choiceOf, mustHave, textOf } from '../read-values.ts'

type Action = (typeof ledgerActions)[number]

export const run: Run = async (values, world) => {
  mustHave(values, ['action', 'file'])
  const action = choiceOf<Action>(values, 'action') as Action
  const path = textOf(values, 'file') as string
  const bytes = await readFile(path, world)
  const history: HistoryEntry[] = []
  const read = world.during('reading the ledger', () =>
    readLedger(bytes, (entry, sequence, { currency }) => {
      // Verifying reads the events as well; remaining need not.
      if (entry.type !== 'release' && action !== 'remaining') {
        const one = historyEntry(entry, sequence, currency)
        if (action === 'show') history.push(one)
      }
    }),
  )
  const { terms, created, lines, spends, releases, checksum, unfinished, spent, remaining } = read
  const about = {
    limit: terms.limit,
    relation: terms.relation,
    ...(terms.schedule === undefined ? {} : { scheduled: terms.schedule.length }),
  }
  const verified = action === 'verify' ? { lines, releases, checksum } : {}
  return {
    json: {
      action,
      ...about,
      created,
      spends,
      spent,
      remaining,
      ...verified,
      ...(unfinished > 0 ? { unfinishedBytes: unfinished } : {}),
      ...(action === 'show' ? { history } : {}),
    },
    text: (page) => {
      const body = action === 'show' ? shown(history, page) : action === 'verify' ? checked(read, page) : undefined
      return [...(body === undefined ? [] : [body]), summary(read, page)].join('\n\n')
    },
  }
}

function shown(history: readonly HistoryEntry[], page: Page): string {
  if (history.length === 0) return 'nothing was spent yet'
  return table(
    [
      { title: 'line', align: 'right', cells: history.map(({ sequence }) => String(sequence + 1)) },
      { title: 'time', cells: history.map(({ time }) => time.slice(0, 16).replace('T', ' ')) },
      { title: 'cost', cells: history.map(({ cost }) => said(cost)) },
      {
        title: 'for',
        cells: history.map(({ label, key, event }) => `${label} (${event.kind}${key === undefined ? '' : `, key ${key}`})`),
      },
    ],
    page,
  )
}

function checked({ lines, spends, releases, checksum }: LedgerRead, page: Page): string {
  return paragraph(
    `every line is whole and in its place, and every sum adds up: ${counted(lines, 'line')}, ${counted(spends, 'spend')}, ${counted(releases, 'kept release')}, checksum ${checksum}`,
    page,
  )
}

function summary({ terms, spent, remaining, spends, unfinished }: LedgerRead, page: Page): string {
  return list(
    [
      ['limit', limitInWords(terms)],
      ['spent', `${said(spent)}, in ${counted(spends, 'spend')}`],
      ['remaining', said(remaining)],
      ['neighbours', `${neighbours[terms.relation]}.`],
      ...(unfinished > 0
        ? [
            [
              'last line',
              `unfinished (${counted(unfinished, 'byte')}): somebody is writing it, or was when they were stopped. It does not count.`,
            ] as const,
          ]
        : []),
    ],
    page,
  )
}

const limitInWords = ({ limit, schedule }: Terms): string =>
  schedule === undefined ? said(limit) : `${said(limit)}, for a schedule of ${counted(schedule.length, 'event')}`

/** Amounts for people: 0.3, where the nearest double above it prints as 0.30000000000000004. */
const said = (amounts: Amounts): string =>
  Object.entries(amounts)
    .filter(([name, value]) => name !== 'delta' || value > 0)
    .map(([name, value]) => `${name} ${Number(value.toPrecision(12))}`)
    .join(', ')

const counted = (count: number, what: string): string => `${grouped(count)} ${what}${count === 1 ? '' : 's'}`
