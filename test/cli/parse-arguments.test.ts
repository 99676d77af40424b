import { describe, expect, it } from 'vitest'
import type { FlagName } from '../../src/cli/flags.ts'
import { flagOf, flags } from '../../src/cli/flags.ts'
import { parseArguments } from '../../src/cli/parse-arguments.ts'
import { words } from './terminal.ts'

const commands: Record<'epsilon' | 'noise', readonly FlagName[]> = {
  epsilon: ['examples', 'noise', 'delta', 'event', 'sampling'],
  noise: ['examples', 'epsilon'],
}
const parsed = (line: string | string[]) => parseArguments(typeof line === 'string' ? words(line) : line, commands)

describe('a command line', () => {
  it.each([
    ['epsilon', { command: 'epsilon', values: {} }],
    ['epsilon --noise 1.1', { command: 'epsilon', values: { noise: ['1.1'] } }],
    ['epsilon --noise=1.1 --json', { command: 'epsilon', values: { noise: ['1.1'], json: [''] } }],
    ['epsilon --noise -1', { command: 'epsilon', values: { noise: ['-1'] } }],
    ['epsilon --noise -.5', { command: 'epsilon', values: { noise: ['-.5'] } }],
    ['epsilon --event -', { command: 'epsilon', values: { event: ['-'] } }],
    ['epsilon --event C:\\runs\\a.json', { command: 'epsilon', values: { event: ['C:\\runs\\a.json'] } }],
    ['epsilon --event=a=b.json', { command: 'epsilon', values: { event: ['a=b.json'] } }],
    ['epsilon --noise 1 --noise 2', { command: 'epsilon', values: { noise: ['1', '2'] } }],
    ['epsilon --noise-multiplier 1', { command: 'epsilon', values: { noise: ['1'] } }],
    ['epsilon -h', { command: 'epsilon', values: { help: [''] } }],
    ['epsilon --help', { command: 'epsilon', values: { help: [''] } }],
    ['help', { command: undefined, values: { help: [''] } }],
    ['help noise', { command: 'noise', values: { help: [''] } }],
    ['--help noise', { command: 'noise', values: { help: [''] } }],
    ['-h', { command: undefined, values: { help: [''] } }],
    ['--help', { command: undefined, values: { help: [''] } }],
    ['--version', { command: undefined, values: { version: [''] } }],
    ['-V', { command: undefined, values: { version: [''] } }],
    ['', { command: undefined, values: { help: [''] } }],
  ])('%s', (line, expected) => expect(parsed(line)).toEqual(expected))

  it('keeps a value with spaces', () => {
    expect(parsed(['epsilon', '--event', 'my run.json']).values.event).toEqual(['my run.json'])
    expect(parsed(['epsilon', '--event=my\nrun.json']).values.event).toEqual(['my\nrun.json'])
  })

  it.each([
    ['epsilom', 'there is no command "epsilom": did you mean "epsilon"?'],
    ['train', 'there is no command "train": the commands are epsilon, noise'],
    ['help epsilom', 'there is no command "epsilom": did you mean "epsilon"?'],
    ['epsilon --nois 1', 'there is no flag --nois: did you mean --noise?'],
    ['epsilon --exampels=1', 'there is no flag --exampels: did you mean --examples?'],
    ['epsilon --noise-multipler 1', 'there is no flag --noise-multipler: did you mean --noise-multiplier?'],
    ['epsilon --zebra 1', 'there is no flag --zebra: see indistinct epsilon --help'],
    ['epsilon -noise 1', 'there is no flag -noise: did you mean --noise?'],
    ['epsilon -x', 'there is no flag -x: see indistinct epsilon --help'],
    ['noise --noise 1', 'indistinct noise takes no --noise: see indistinct noise --help'],
    ['--bogus', 'there is no flag --bogus: see indistinct --help'],
    ['--noise 1', '--noise wants a command: see indistinct --help'],
    ['--noise 1 epsilon', 'the command comes first: indistinct epsilon --noise 1'],
    ['epsilon --noise', '--noise needs a value, such as --noise 1.1'],
    ['epsilon --noise=', '--noise needs a value, such as --noise 1.1'],
    ['epsilon --noise --delta 1', '--noise needs a value, such as --noise 1.1'],
    ['epsilon --json=yes', '--json takes no value, got "yes"'],
    ['epsilon --noise 1 2', '"2" after "1" is not understood: every value follows its flag'],
    ['epsilon run.json', '"run.json" is not understood: every value follows its flag; for a file say --event run.json'],
    ['epsilon --', '"--" is not understood: every value follows its flag'],
  ])('%s: %s', (line, message) => {
    expect(() => parsed(line)).toThrow(message)
  })

  it('does not repeat a long word', () => {
    expect(() => parsed(['x'.repeat(1e5)])).toThrow(/^there is no command "x{60}…"/)
    expect(() => parsed(['epsilon', `--${'x'.repeat(1e5)}`])).toThrow(/^there is no flag --x{58}…/)
  })
})

describe('the table of flags', () => {
  it('has an example of each value, and of each choice', () => {
    for (const { value, such, choices } of Object.values(flags)) {
      expect(such === undefined).toBe(value === undefined)
      if (choices !== undefined) expect(choices).toContain(such)
    }
  })
  it('knows the flag behind a parameter of the library', () => {
    expect(['noiseMultiplier', 'batchSize', 'falsePositiveRate', 'delta', 'event.noiseMultiplier'].map(flagOf)).toEqual([
      'noise',
      'batch',
      'false-positive-rate',
      'delta',
      undefined,
    ])
  })
  it('spells nothing twice', () => {
    const spellings = Object.entries(flags).flatMap(([name, { also = [], short }]) => [name, ...also, ...(short ? [short] : [])])
    expect(new Set(spellings).size).toBe(spellings.length)
  })
})
