/**
 * Help, from the tables of commands and flags.
 *
 * @module
 */

import { type CommandName, commands } from './commands.ts'
import { flags } from './flags.ts'
import { list, type Page, paragraph } from './page.ts'
import { everywhere } from './parse-arguments.ts'

/** The help of the program. */
export function programHelp(page: Page): string {
  const names = Object.keys(commands) as CommandName[]
  return [
    paragraph('indistinct: how private is a training run, what noise does it need, and what does an attacker gain?', page),
    '',
    list(
      names.map((name) => [`indistinct ${name}`, commands[name].summary] as const),
      page,
    ),
    '',
    'For instance:',
    ...(['epsilon', 'noise', 'attack-risk'] as const).map((name) => `  indistinct ${commands[name].examples[0]?.line}`),
    '',
    paragraph('indistinct COMMAND --help explains a command; every command prints JSON with --json.', page),
    paragraph(
      'Exit codes: 0 answered, 1 refused (no answer can be vouched for), 2 the command line or a file is not understood.',
      page,
    ),
  ].join('\n')
}

/** The help of a command. */
export function commandHelp(name: CommandName, page: Page): string {
  const command = commands[name]
  const own = [...command.flags, ...everywhere.filter((flag) => flag !== 'version')]
  return [
    `indistinct ${name}: ${command.summary}`,
    '',
    paragraph(command.about.join(' '), page),
    '',
    'Flags:',
    list(
      own.map((flag) => {
        const { value, help, short } = flags[flag]
        return [`${short === undefined ? '' : `-${short}, `}--${flag}${value === undefined ? '' : ` ${value}`}`, help] as const
      }),
      page,
    ),
    '',
    'Examples:',
    ...command.examples.flatMap(({ does, line }) => [`  ${page.dim(`# ${does}`)}`, `  indistinct ${line}`]),
  ].join('\n')
}
