/**
 * Bars of plain characters that fill the page.
 *
 * @module
 */

import type { Page } from './page.ts'

/** A bar: what it is of, its length, and its length as text. */
export type Bar = { readonly name: string; readonly value: number; readonly text: string }

/** Horizontal bars, the longest as long as the page allows. */
export function chart(bars: readonly Bar[], page: Page): string {
  const names = Math.max(...bars.map(({ name }) => name.length))
  const texts = Math.max(...bars.map(({ text }) => text.length))
  const room = Math.max(1, page.width - names - texts - 6)
  const longest = Math.max(...bars.map(({ value }) => value))
  return bars
    .map(({ name, value, text }) => {
      const length = longest > 0 ? Math.max(1, Math.round((value / longest) * room)) : 0
      return `  ${page.dim(name.padStart(names))}  ${'='.repeat(length)} ${text}`
    })
    .join('\n')
}
