/**
 * Runs one command line: dispatches, prints, and turns whatever goes wrong into one line on stderr and an exit code.
 *
 * 0: answered. 1: refused, as no answer could be vouched for. 2: the command line, or a file that it names, was not understood.
 *
 * @module
 */

import { version } from '../../package.json'
import { InvalidParameterError, PrivacyError } from '../errors.ts'
import { type CommandName, commands } from './commands.ts'
import { type FlagName, flagOf } from './flags.ts'
import { commandHelp, programHelp } from './help.ts'
import { pageOf } from './page.ts'
import { parseArguments } from './parse-arguments.ts'
import { UsageError } from './usage-error.ts'
import type { World } from './world.ts'

/** The code a program ends with. */
export type ExitCode = 0 | 1 | 2

const flagsOf = Object.fromEntries(Object.entries(commands).map(([name, { flags }]) => [name, flags])) as Record<
  CommandName,
  readonly FlagName[]
>

const wordsOf = Object.fromEntries(Object.entries(commands).map(([name, { words }]) => [name, words])) as {
  readonly [Name in CommandName]?: readonly FlagName[] | undefined
}

/** Runs the command line in the world. Never throws. */
export async function run(words: readonly string[], world: World): Promise<ExitCode> {
  try {
    world.stdout.write(`${await answer(words, world)}\n`)
    return 0
  } catch (error) {
    const { message, details, code } = explained(error)
    world.stderr.write([`indistinct: ${message}`, ...details.map((detail) => `  ${detail}`), ''].join('\n'))
    return code
  }
}

async function answer(words: readonly string[], world: World): Promise<string> {
  const page = pageOf(world)
  const { command, values } = parseArguments(words, flagsOf, wordsOf)
  if (values.version !== undefined) return values.json === undefined ? version : JSON.stringify({ version })
  if (command === undefined) return programHelp(page)
  if (values.help !== undefined) return commandHelp(command, page)
  const { run } = await commands[command].load()
  const { json, text } = await run(values, world)
  return values.json === undefined ? text(page) : JSON.stringify({ command, ...json }, plainNumbers, 2)
}

/** JSON has no infinity: JSON.stringify would write null, which says less. */
function plainNumbers(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
}

type Explained = { readonly message: string; readonly details: readonly string[]; readonly code: ExitCode }

function explained(error: unknown): Explained {
  if (error instanceof UsageError) return { message: error.message, details: error.details, code: 2 }
  if (error instanceof InvalidParameterError) {
    const flag = flagOf(error.parameter)
    const name = flag === undefined ? error.parameter : `--${flag}`
    return { message: `${name} must be ${error.requirement}, got ${error.received}`, details: [], code: 2 }
  }
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof PrivacyError) return { message, details: [], code: 1 }
  return { message: `unexpected error, please report it: ${message}`, details: [], code: 1 }
}
