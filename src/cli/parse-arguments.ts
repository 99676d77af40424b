/**
 * From the words of a command line to a command and the texts of its flags.
 *
 * Takes `--flag value`, `--flag=value` and `-h`. A value may be negative (`--noise -1` is a wrong number, not an unknown flag)
 * and may be a lone `-` (stdin). What is unknown is refused, and the nearest known word named.
 *
 * @module
 */

import { nearest } from '../guard.ts'
import { type FlagName, flags, type Values } from './flags.ts'
import { UsageError } from './usage-error.ts'

/** What a command line asks for. Without a command it asks for help or the version. */
export type Arguments<C extends string> = { readonly command: C | undefined; readonly values: Values }

/** The flags that go with every command. */
export const everywhere: readonly FlagName[] = ['json', 'help', 'version']

/** Reads the words against the commands and the flags that each of them takes; `alone` are those whose values may stand alone. */
export function parseArguments<C extends string>(
  words: readonly string[],
  commands: Readonly<Record<C, readonly FlagName[]>>,
  alone: { readonly [K in C]?: readonly FlagName[] | undefined } = {},
): Arguments<C> {
  const names = Object.keys(commands) as C[]
  const [first, ...rest] = words
  if (first === undefined) return { command: undefined, values: { help: [''] } }
  if (first === 'help') {
    return { command: rest[0] === undefined ? undefined : commandNamed(rest[0], names), values: { help: [''] } }
  }
  if (!first.startsWith('-')) {
    const command = commandNamed(first, names)
    return { command, values: readFlags(rest, [...commands[command], ...everywhere], command, alone[command]) }
  }
  const later = words.find((word): word is C => (names as string[]).includes(word))
  if (later === undefined) return { command: undefined, values: readFlags(words, everywhere, undefined) }
  if (words.some((word) => word === '--help' || word === '-h')) return { command: later, values: { help: [''] } }
  throw new UsageError(`the command comes first: indistinct ${later} ${words.filter((word) => word !== later).join(' ')}`)
}

function commandNamed<C extends string>(word: string, names: readonly C[]): C {
  if ((names as readonly string[]).includes(word)) return word as C
  const guess = nearest(word, names)
  const hint = guess === undefined ? `the commands are ${names.join(', ')}` : `did you mean "${guess}"?`
  throw new UsageError(`there is no command "${shortened(word)}": ${hint}`)
}

function readFlags(
  words: readonly string[],
  allowed: readonly FlagName[],
  command: string | undefined,
  alone: readonly FlagName[] = [],
): Values {
  const values: { [F in FlagName]?: string[] } = {}
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string
    const [, spelling, attached] = /^(--?[a-zA-Z][^=]*)(?:=([\s\S]*))?$/.exec(word) ?? []
    if (spelling === undefined) {
      const place = alone.find((name) => values[name] === undefined)
      if (place === undefined) throw new UsageError(stray(word, words[i - 1], command))
      values[place] = [word]
      continue
    }
    const name = flagNamed(spelling, allowed, command)
    const { value, such } = flags[name]
    let text: string | undefined = ''
    if (value === undefined) {
      if (attached !== undefined) throw new UsageError(`--${name} takes no value, got "${shortened(attached)}"`)
    } else {
      text = attached ?? (isValue(words[i + 1]) ? words[++i] : undefined)
      if (text === undefined || text === '') throw new UsageError(`--${name} needs a value, such as --${name} ${such}`)
    }
    values[name] = [...(values[name] ?? []), text]
  }
  return values
}

/** A word that begins with a dash is a value only where it is a number or a lone dash. */
const isValue = (word: string | undefined): boolean =>
  word !== undefined && (!word.startsWith('-') || word === '-' || /^-[\d.]/.test(word))

function flagNamed(spelling: string, allowed: readonly FlagName[], command: string | undefined): FlagName {
  const long = spelling.startsWith('--')
  const bare = spelling.replace(/^--?/, '')
  const spellings = (name: FlagName): readonly string[] => [name, ...(flags[name].also ?? [])]
  const found = (Object.keys(flags) as FlagName[]).find((name) =>
    long ? spellings(name).includes(bare) : flags[name].short === bare,
  )
  if (found !== undefined && allowed.includes(found)) return found
  const indistinct = command === undefined ? 'indistinct' : `indistinct ${command}`
  if (found !== undefined) {
    throw new UsageError(
      command === undefined
        ? `--${found} wants a command: see indistinct --help`
        : `${indistinct} takes no --${found}: see ${indistinct} --help`,
    )
  }
  const guess = nearest(bare, allowed.flatMap(spellings))
  const hint = guess === undefined ? `see ${indistinct} --help` : `did you mean --${guess}?`
  throw new UsageError(`there is no flag ${shortened(spelling)}: ${hint}`)
}

function stray(word: string, before: string | undefined, command: string | undefined): string {
  const after = before === undefined ? '' : ` after "${shortened(before)}"`
  const event = /\.json$/i.test(word) && command !== undefined ? `; for a file say --event ${shortened(word)}` : ''
  return `"${shortened(word)}"${after} is not understood: every value follows its flag${event}`
}

const shortened = (word: string): string => (word.length > 60 ? `${word.slice(0, 60)}…` : word)
