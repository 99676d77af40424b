/**
 * What a command of the command line is.
 *
 * @module
 */

import type { FlagName, Values } from './flags.ts'
import type { Page } from './page.ts'
import type { World } from './world.ts'

/** An answer, for a program and for a person. */
export type Answer = { readonly json: Readonly<Record<string, unknown>>; readonly text: (page: Page) => string }

/** Answers the question that the flags ask. */
export type Run = (values: Values, world: World) => Promise<Answer>

/** A command as help shows it; its code is loaded when it is asked for. */
export type Command = {
  /** A line for the list of commands. */
  readonly summary: string
  /** A paragraph or two for its own help. */
  readonly about: readonly string[]
  readonly flags: readonly FlagName[]
  /** Flags whose values may stand alone, in this order: `ledger show FILE`. */
  readonly words?: readonly FlagName[]
  readonly examples: readonly { readonly does: string; readonly line: string }[]
  readonly load: () => Promise<{ readonly run: Run }>
}
