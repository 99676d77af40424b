/**
 * Plain text on a page of some width: paragraphs, tables, and weight where a terminal can show it.
 *
 * @module
 */

import type { World } from './world.ts'

/** Where an answer is written. */
export type Page = {
  readonly width: number
  /** A person at a terminal reads it. */
  readonly terminal: boolean
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
}

const narrowest = 40
const widest = 100
const elsewhere = 80

/** The page that standard output is. */
export function pageOf({ stdout, env }: Pick<World, 'stdout' | 'env'>): Page {
  const terminal = stdout.isTTY && env['TERM'] !== 'dumb'
  // no-color.org: set to anything but nothing.
  const styled = terminal && (env['NO_COLOR'] ?? '') === ''
  const weight =
    (on: number, off: number) =>
    (text: string): string =>
      styled && text !== '' ? `\u001b[${on}m${text}\u001b[${off}m` : text
  return {
    width: stdout.isTTY ? Math.min(widest, Math.max(narrowest, stdout.columns || elsewhere)) : elsewhere,
    terminal,
    bold: weight(1, 22),
    dim: weight(2, 22),
  }
}

/** The words of a text in lines of at most `width`; a longer word has a line to itself. */
export function lines(text: string, width: number): string[] {
  const made: string[] = []
  let line = ''
  for (const word of text.split(/\s+/).filter((word) => word !== '')) {
    if (line === '') line = word
    else if (line.length + 1 + word.length <= width) line += ` ${word}`
    else {
      made.push(line)
      line = word
    }
  }
  return line === '' ? made : [...made, line]
}

/** A paragraph that fills the page, indented. */
export function paragraph(text: string, { width }: Page, indent = 0): string {
  const margin = ' '.repeat(indent)
  return lines(text, width - indent)
    .map((line) => margin + line)
    .join('\n')
}

/** One column of a table: its title and its cells, top to bottom. */
export type Column = { readonly title: string; readonly cells: readonly string[]; readonly align?: 'left' | 'right' }

const gap = '  '

/**
 * Columns side by side, two spaces in. The last column, where it is of words, is folded into what is left of the page; where
 * that is too little it goes below its row.
 */
export function table(columns: readonly Column[], page: Page): string {
  const widths = columns.map(({ title, cells }) => Math.max(title.length, ...cells.map((cell) => cell.length)))
  const last = columns.length - 1
  const before = gap.length + widths.slice(0, last).reduce((sum, width) => sum + width + gap.length, 0)
  const room = page.width - before
  const folds = columns[last]?.align !== 'right' && (widths[last] ?? 0) > room
  const below = folds && room < 24

  const row = (cells: readonly string[]): string[] => {
    const padded = cells.map((cell, i) => {
      const width = widths[i] as number
      return columns[i]?.align === 'right' ? cell.padStart(width) : cell.padEnd(width)
    })
    if (!folds) return [`${gap}${padded.join(gap)}`.trimEnd()]
    const head = `${gap}${padded.slice(0, last).join(gap)}`
    const tail = cells[last] as string
    if (below) return [head.trimEnd(), ...lines(tail, page.width - 6).map((line) => `      ${line}`)]
    const [first = '', ...more] = lines(tail, room)
    return [`${head}${gap}${first}`.trimEnd(), ...more.map((line) => ' '.repeat(before) + line)]
  }
  const body = (columns[0]?.cells ?? []).flatMap((_, i) => row(columns.map(({ cells }) => cells[i] ?? '')))
  return [...row(columns.map(({ title }) => title)).map(page.dim), ...body].join('\n')
}

/** A name and what it stands for. */
export type Entry = readonly [name: string, text: string]

/** Names and what they stand for, one to a line, the explanations folded. */
export function list(entries: readonly Entry[], page: Page): string {
  const width = Math.max(...entries.map(([name]) => name.length))
  const margin = gap.length + width + gap.length
  return entries
    .map(([name, text]) => {
      const [first = '', ...more] = lines(text, page.width - margin)
      return [`${gap}${page.dim(name.padEnd(width))}${gap}${first}`, ...more.map((line) => ' '.repeat(margin) + line)].join('\n')
    })
    .join('\n')
}
