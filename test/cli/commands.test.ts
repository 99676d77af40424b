import { describe, expect, it } from 'vitest'
import { percentUp, roundedUp } from '../../src/accounting/figures.ts'
import { attackRisk, delta, epsilon, noiseMultiplierFor, statement } from '../../src/accounting/index.ts'
import { type CommandName, commands } from '../../src/cli/commands.ts'
import { dpSgd, gaussian, laplace, type Sampling } from '../../src/events/index.ts'
import { queriesLedger } from './queries-ledger.ts'
import { indistinct } from './terminal.ts'

const line = '--examples 60000 --batch 256 --epochs 60'
const recipe = { examples: 60_000, batchSize: 256, epochs: 60 }
const event = (sampling: Sampling, noiseMultiplier = 1.1) => dpSgd({ ...recipe, noiseMultiplier, sampling })
const parsed = async (command: string, around = {}): Promise<Record<string, unknown>> => {
  const { code, out, err } = await indistinct(`${command} --json`, around)
  expect([err, code]).toEqual(['', 0])
  return JSON.parse(out) as Record<string, unknown>
}
const document = { 'run.json': JSON.stringify(laplace({ noiseMultiplier: 2 })) }

describe('epsilon', () => {
  it('is the library’s, with what was assumed said plainly', async () => {
    const json = await parsed(`epsilon ${line} --noise 1.1 --delta 1e-5`)
    const poisson = epsilon(event('poisson'), { delta: 1e-5 })
    const shuffled = epsilon(event('shuffled'), { delta: 1e-5 })
    expect(json).toMatchObject({
      command: 'epsilon',
      delta: 1e-5,
      recipe: { ...recipe, noiseMultiplier: 1.1 },
      samplingAssumed: true,
      sampling: 'poisson',
      ...poisson,
      event: event('poisson'),
      alternatives: [{ sampling: 'shuffled', ...shuffled }],
    })
    expect(poisson.upper).toBeCloseTo(2.38169, 4)
  })
  it('shows both usual samplings to a person, and says which is whose', async () => {
    const { out, err, code } = await indistinct(`epsilon ${line} --noise 1.1 --delta 1e-5`)
    expect([err, code]).toEqual(['', 0])
    expect(out).toMatch(/^ {2}poisson +2\.382 +at most 6\d% +every record joins/m)
    expect(out).toMatch(/^ {2}shuffled +\d/m)
    expect(out).toContain('--sampling was not given')
    expect(out).toContain('model.fit')
    expect(out).not.toMatch(/renyi|rényi|rdp|moments/i)
  })
  it('answers for the sampling that was given, and no other', async () => {
    const json = await parsed(`epsilon ${line} --noise 1.1 --delta 1e-5 --sampling shuffled`)
    expect(json).toMatchObject({ samplingAssumed: false, sampling: 'shuffled', ...epsilon(event('shuffled'), { delta: 1e-5 }) })
    expect(json).not.toHaveProperty('alternatives')
    const { out } = await indistinct(`epsilon ${line} --noise 1.1 --delta 1e-5 --sampling poisson`)
    expect(out).toMatch(/^epsilon is at most 2\.382 at delta 1e-5\n/)
    expect(out).not.toContain('shuffled')
  })
  it('hands on relation, accountant and tolerance', async () => {
    const options = { delta: 1e-5, relation: 'replace-one', accountant: 'rdp' } as const
    const json = await parsed(
      `epsilon ${line} --noise 1.1 --delta 1e-5 --sampling shuffled --relation replace-one --accountant rdp`,
    )
    expect(json).toMatchObject(epsilon(event('shuffled'), options))
    expect((await indistinct(`epsilon ${line} --noise 1.1 --delta 1e-5 --tolerance 2`)).err).toContain('--tolerance must be')
  })
  it('judges fixed-size batches under replace-one, and says so', async () => {
    const json = await parsed(`epsilon ${line} --noise 1.1 --delta 1e-5 --sampling fixed-size --accountant rdp`)
    expect(json['relation']).toBe('replace-one')
    const { out } = await indistinct(`epsilon ${line} --noise 1.1 --delta 1e-5 --sampling fixed-size --accountant rdp`)
    expect(out).toContain('one record replaced by another')
  })
  it('takes steps for epochs', async () => {
    const a = await parsed('epsilon --examples 60000 --batch 256 --steps 14063 --noise 1.1 --delta 1e-5 --sampling poisson')
    expect(a).toMatchObject(epsilon(event('poisson'), { delta: 1e-5 }))
  })
  it('reads an event from a file or stdin', async () => {
    const bound = epsilon(laplace({ noiseMultiplier: 2 }), { delta: 1e-6 })
    expect(await parsed('epsilon --event run.json --delta 1e-6', { files: document })).toMatchObject({
      command: 'epsilon',
      ...bound,
    })
    expect(await parsed('epsilon --event - --delta 1e-6', { stdin: document['run.json'] })).toMatchObject(bound)
  })
  it('prints an infinity as a word, with its reason', async () => {
    const json = await parsed(`epsilon ${line} --noise 0 --delta 1e-5`)
    expect(json['upper']).toBe('Infinity')
    const both = (await indistinct(`epsilon ${line} --noise 0 --delta 1e-5`)).out
    expect(both).toMatch(/poisson +infinite/)
    const { out } = await indistinct(
      `epsilon ${line} --noise 0 --delta 1e-5 --sampling full --batch 60000`.replace('--batch 256 ', ''),
    )
    expect(out).toMatch(/^there is no finite epsilon at delta 1e-5\n/)
  })
  it('draws its course on a terminal, for a sampling that is known', async () => {
    const command = `epsilon ${line} --noise 1.1 --delta 1e-5`
    const { out } = await indistinct(`${command} --sampling poisson`, { columns: 72, env: { NO_COLOR: '1' } })
    const bars = out.split('\n').filter((row) => /^ +step \d+ +=+ [\d.]+$/.test(row))
    expect(bars).toHaveLength(8)
    expect(Math.max(...out.split('\n').map((row) => row.length))).toBeLessThanOrEqual(72)
    expect(bars.at(-1)).toMatch(/step 14063 +=+ 2\.382$/)
    expect((await indistinct(`${command} --sampling poisson`)).out).not.toContain('====')
    expect((await indistinct(command, { columns: 72 })).out).not.toContain('====')
    expect((await indistinct(`${command} --sampling shuffled`, { columns: 72 })).out).toContain('epoch 60')
    expect((await indistinct('epsilon --event run.json --delta 1e-6', { columns: 72, files: document })).out).not.toContain(
      '====',
    )
  })
})

describe('delta', () => {
  it('is the library’s', async () => {
    const json = await parsed(`delta ${line} --noise 1.1 --epsilon 3`)
    expect(json).toMatchObject({
      epsilon: 3,
      sampling: 'poisson',
      ...delta(event('poisson'), { epsilon: 3 }),
      alternatives: [{ sampling: 'shuffled', ...delta(event('shuffled'), { epsilon: 3 }) }],
    })
    const { out } = await indistinct(`delta ${line} --noise 1.1 --epsilon 3 --sampling poisson`)
    expect(out).toMatch(/^delta is at most \d\S+ at epsilon 3\n/)
    expect(out.replace(/\s+/g, ' ')).toContain('1 / examples, which here is 1.6e-5')
  })
})

describe('noise', () => {
  it('is the library’s, rounded up for a person', async () => {
    const poisson = noiseMultiplierFor({ ...recipe, sampling: 'poisson', epsilon: 3, delta: 1e-5 })
    const shuffled = noiseMultiplierFor({ ...recipe, sampling: 'shuffled', epsilon: 3, delta: 1e-5 })
    expect(await parsed(`noise ${line} --epsilon 3 --delta 1e-5`)).toMatchObject({
      target: { epsilon: 3, delta: 1e-5 },
      sampling: 'poisson',
      ...poisson,
      alternatives: [{ sampling: 'shuffled', ...shuffled }],
    })
    const both = (await indistinct(`noise ${line} --epsilon 3 --delta 1e-5`)).out
    expect(both.replace(/\s+/g, ' ')).toContain(`standard deviation ${roundedUp(shuffled.noiseMultiplier)}; clipped to norm 2`)
    const { out } = await indistinct(`noise ${line} --epsilon 3 --delta 1e-5 --sampling poisson`)
    const shown = Number(/^a noise multiplier of (\S+) keeps/.exec(out)?.[1])
    expect(shown).toBeGreaterThanOrEqual(poisson.noiseMultiplier)
    expect(shown).toBeLessThan(poisson.noiseMultiplier * 1.002)
    expect(epsilon(event('poisson', shown), { delta: 1e-5 }).upper).toBeLessThanOrEqual(3)
  })
})

describe('attack-risk', () => {
  it('is the library’s', async () => {
    const options = { falsePositiveRate: 0.02, prior: 0.1 }
    const { advantage, truePositiveRate, posterior } = attackRisk(event('poisson'), options)
    const json = await parsed(`attack-risk ${line} --noise 1.1 --fpr 0.02 --prior 0.1`)
    expect(json).toMatchObject({
      prior: 0.1,
      sampling: 'poisson',
      advantage,
      risks: [{ falsePositiveRate: 0.02, truePositiveRate, posterior }],
      alternatives: [{ sampling: 'shuffled' }],
    })
  })
  it('speaks in percent', async () => {
    const { out } = await indistinct(`attack-risk ${line} --noise 1.1 --sampling poisson`)
    expect(out).toMatch(/right guesses +50% +\d\d%/)
    for (const [falsePositiveRate, rate] of [
      [0.001, '0.1%'],
      [0.01, '1%'],
      [0.1, '10%'],
    ] as const) {
      const { truePositiveRate, posterior } = attackRisk(event('poisson'), { falsePositiveRate })
      expect(out).toMatch(new RegExp(`members found at ${rate} false alarms +${rate} +${percentUp(truePositiveRate)}\n`))
      expect(out).toMatch(new RegExp(`suspicion after an alarm at ${rate} +50% +${percentUp(posterior)}\n`))
    }
  })
  it('of an event', async () => {
    const { out, code } = await indistinct('attack-risk --event run.json', { files: document })
    expect(code).toBe(0)
    expect(out).toContain('with the release')
  })
})

describe('statement', () => {
  it('is the library’s, folded', async () => {
    const text = statement(event('poisson'), { delta: 1e-5 })
    expect((await parsed(`statement ${line} --noise 1.1 --delta 1e-5 --sampling poisson`))['statement']).toBe(text)
    const { out } = await indistinct(`statement ${line} --noise 1.1 --delta 1e-5 --sampling poisson`)
    expect(out.trim().split(/\s+/)).toEqual(text.split(/\s+/))
  })
  it('assumes nothing', async () => {
    const { err, code } = await indistinct(`statement ${line} --noise 1.1 --delta 1e-5`)
    expect([err, code]).toEqual([
      'indistinct: still missing: --sampling poisson\n' +
        '  a claim must say how the batches were drawn: poisson, shuffled, fixed-size, random-allocation, full\n',
      2,
    ])
  })
})

describe('compare', () => {
  it('has a line for each combination and an answer of each accountant', async () => {
    const json = await parsed(`compare ${line} --noise 1.1,2 --delta 1e-5 --sampling poisson,shuffled --accountant tight,rdp`)
    const rows = json['rows'] as Record<string, unknown>[]
    expect(rows.map(({ noiseMultiplier, sampling }) => [noiseMultiplier, sampling])).toEqual([
      [1.1, 'poisson'],
      [1.1, 'shuffled'],
      [2, 'poisson'],
      [2, 'shuffled'],
    ])
    for (const { noiseMultiplier, sampling, answers } of rows) {
      const run = event(sampling as Sampling, noiseMultiplier as number)
      expect(answers).toMatchObject([epsilon(run, { delta: 1e-5 }), epsilon(run, { delta: 1e-5, accountant: 'rdp' })])
    }
  })
  it('shows only what differs', async () => {
    const { out } = await indistinct(`compare ${line} --noise 1.1 --noise 2 --delta 1e-5 --sampling poisson --accountant tight`)
    expect(out).toMatch(/^ {2}noise +tight$/m)
    expect(out).toMatch(/^ {2}1\.1 +2\.382$/m)
  })
  it('takes several documents, and says what an accountant can’t judge', async () => {
    const files = {
      'a.json': '{"kind":"pure","epsilon":1}',
      'b.json': '{"kind":"gaussian","noiseMultiplier":3}',
    }
    const { out, code } = await indistinct('compare --event a.json --event b.json --delta 1e-5 --accountant tight,basic', {
      files,
    })
    expect(code).toBe(0)
    expect(out).toMatch(/^ {2}a\.json +\S+ +[\d.]+$/m)
    expect(out).toMatch(/^ {2}b\.json +\S+ +-$/m)
    expect(out).toContain('basic has no answer')
  })
  it('refuses to fill a wall', async () => {
    const many = Array.from({ length: 60 }, (_, i) => i + 1).join()
    const { err, code } = await indistinct(`compare ${line} --noise ${many} --delta 1e-5`)
    expect([err, code]).toEqual(['indistinct: that is more than 200 lines to compare: name fewer values\n', 2])
  })
})

describe('the fields of the JSON', () => {
  const bound = ['upper', 'lower', 'engine', 'direction', 'accountant', 'relation']
  const recipeFields = ['recipe', 'samplingAssumed', 'note']
  const noise = `${line} --noise 1.1`
  it.each([
    [`epsilon ${noise} --delta 1e-5`, ['delta', ...recipeFields, 'sampling', 'event', ...bound, 'advantage', 'alternatives']],
    ['epsilon --event run.json --delta 1e-5', ['delta', ...bound, 'advantage']],
    [`delta ${noise} --epsilon 1`, ['epsilon', ...recipeFields, 'sampling', 'event', ...bound, 'advantage', 'alternatives']],
    ['delta --event run.json --epsilon 1', ['epsilon', ...bound, 'advantage']],
    [
      `noise ${line} --epsilon 3 --delta 1e-5`,
      ['target', ...recipeFields, 'sampling', 'relation', 'noiseMultiplier', 'epsilon', 'alternatives'],
    ],
    [`attack-risk ${noise}`, ['prior', ...recipeFields, 'sampling', 'event', 'relation', 'advantage', 'risks', 'alternatives']],
    ['attack-risk --event run.json', ['prior', 'relation', 'advantage', 'risks']],
    [
      `statement ${noise} --delta 1e-5 --sampling full`.replace('--batch 256 ', ''),
      ['delta', 'recipe', 'sampling', 'event', 'relation', 'statement'],
    ],
    ['statement --event run.json --delta 1e-5', ['delta', 'relation', 'statement']],
    ['compare --event run.json --delta 1e-5', ['delta', 'rows']],
  ])('%s', async (command, fields) => {
    const json = await parsed(command, { files: document })
    expect(Object.keys(json).sort()).toEqual(['command', ...fields].sort())
  })
})

describe('what is said of a figure', () => {
  const method = async (command: string): Promise<string> =>
    /^ {2}method +([\s\S]*?)\n {2}right guesses/m
      .exec((await indistinct(command, { files: document })).out)?.[1]
      ?.replace(/\s+/g, ' ') ?? ''
  const short = 'epsilon --examples 10 --batch 10 --sampling full --noise 1'
  it.each([
    [`${short} --steps 3 --delta 1e-5`, /^tight \(certified bounds from both sides\); the truth lies between \d\S+ and \d\S+$/],
    [`${short} --steps 0 --delta 1e-5`, /the figure is exact$/],
    [`${short} --steps 3 --delta 0`, /the figure is exact$/],
    [
      `${short} --steps 3 --delta 1e-5 --accountant rdp`,
      /^rdp at order [\d.]+ \(the moments accountant\); how far below it the truth lies is not known/,
    ],
  ])('%s', async (command, expected) => expect(await method(command)).toMatch(expected))
})

describe('what goes wrong', () => {
  it.each([
    [`epsilon ${line} --noise 1.1 --delta 1.2`, 2, '--delta must be in [0, 1), got 1.2'],
    [`epsilon ${line} --noise -1 --delta 1e-5`, 2, '--noise must be a finite number >= 0, got -1'],
    [`epsilon ${line} --noise abc --delta 1e-5`, 2, '--noise must be a number such as 1.1, got "abc"'],
    [`epsilon ${line} --noise 1e --delta 1e-5`, 2, '--noise must be a number such as 1.1, got "1e"'],
    [`epsilon ${line} --noise 1 --noise 2 --delta 1e-5`, 2, '--noise is given 2 times: give it once'],
    [
      'epsilon --examples 60,000 --batch 2 --steps 3 --noise 1 --delta .1',
      2,
      '--examples must be a number such as 60000, got "60,000": write 60000',
    ],
    ['epsilon --examples 100 --batch 101 --steps 3 --noise 1 --delta .1', 2, '--batch must be in (0, 100], got 101'],
    [`epsilon ${line} --steps 3 --noise 1 --delta .1`, 2, '--steps cannot go with --epochs: one says how long the run is'],
    [
      `epsilon ${line} --noise 1 --delta .1 --sampling posson`,
      2,
      '--sampling must be one of poisson, shuffled, fixed-size, random-allocation, full, got "posson": did you mean poisson?',
    ],
    [
      `epsilon ${line} --noise 1 --delta .1 --relation zebra`,
      2,
      '--relation must be one of add-or-remove, replace-one, replace-special, got "zebra"',
    ],
    ['epsilon', 2, 'still missing: --examples 60000, --batch 256, --epochs 60 or --steps 14063, --noise 1.1, --delta 1e-5'],
    ['epsilon --event run.json', 2, 'still missing: --delta 1e-5'],
    ['epsilon --event gone.json --delta 1e-5', 2, "can't read gone.json: there is no such file"],
    [
      'epsilon --event run.json --noise 1 --delta 1e-5',
      2,
      '--noise cannot go with --event: the event already says all about the release',
    ],
    ['epsilon --event text.json --delta 1e-5', 2, 'text.json holds no event: the text is not JSON'],
    [
      'epsilon --event one.json --delta 1e-5',
      2,
      'one.json holds no event: "noiseMultiplier" must be a finite number >= 0, got -1',
    ],
    ['epsilon --event none.json --delta 1e-5', 1, 'event "randomizedResponse" is not supported'],
  ])('%s: %i', async (command, expected, message) => {
    const files = {
      ...document,
      'text.json': 'not json',
      'one.json': '{"kind":"gaussian","noiseMultiplier":-1}',
      'none.json': '{"kind":"randomizedResponse","epsilon":1}',
    }
    const { out, err, code } = await indistinct(command, { files })
    expect(err.startsWith(`indistinct: ${message}`)).toBe(true)
    expect(err.split('\n')).toHaveLength(2)
    expect([out, code]).toEqual(['', expected])
  })
  it.each([
    [60_000, '60,000', '1e-5'],
    [100_000, '100,000', '1e-6'],
  ])('a delta is proposed for %i examples', async (examples, size, delta) => {
    const { err, code } = await indistinct(`epsilon --examples ${examples} --batch 256 --epochs 60 --noise 1`)
    expect([err.split('\n'), code]).toEqual([
      [
        'indistinct: still missing: --delta 1e-5',
        `  delta is the chance that the promise fails: choose it below 1 / ${size}, for instance ${delta}`,
        '',
      ],
      2,
    ])
  })
  it('lists the faults of a document', async () => {
    const files = {
      'bad.json':
        '{"kind":"composed","events":[{"kind":"gausian"},{"kind":"gaussian"},{"kind":"laplace","noiseMultiplier":"1"}]}',
    }
    const { out, err, code } = await indistinct('epsilon --event bad.json --delta 1e-5', { files })
    expect([out, code]).toEqual(['', 2])
    expect(err.trimEnd().split('\n')).toEqual([
      'indistinct: bad.json holds no event, it has 3 faults:',
      '  event "gausian" at "events[0]" is not supported: did you mean "gaussian"?',
      '  "events[1].noiseMultiplier" must be a finite number >= 0, got undefined',
      '  "events[2].noiseMultiplier" must be a finite number >= 0, got "1"',
    ])
  })
  it('reads what a Windows shell writes', async () => {
    const text = `\uFEFF${document['run.json']}`
    const utf16 = new Uint8Array(Uint16Array.from(text, (letter) => letter.charCodeAt(0)).buffer)
    expect(await parsed('epsilon --event run.json --delta 1e-6', { files: { 'run.json': utf16 } })).toHaveProperty('upper')
  })
  it('says what it waits for', async () => {
    const { err } = await indistinct('epsilon --event - --delta 1e-6', { stdin: document['run.json'], stdinIsTTY: true })
    expect(err).toBe('reading an event as JSON from the keyboard; Ctrl-D ends it\n')
  })
})

describe('help', () => {
  const names = Object.keys(commands) as CommandName[]
  it('of the program names every command', async () => {
    for (const line of ['', '--help', 'help', '-h']) {
      const { out, code } = await indistinct(line)
      expect(code).toBe(0)
      for (const name of names) expect(out).toContain(`indistinct ${name}`)
    }
  })
  it.each(names)('of %s names every flag and has examples that work', async (name) => {
    const { out, code } = await indistinct(`${name} --help`)
    expect(code).toBe(0)
    expect((await indistinct(`help ${name}`)).out).toBe(out)
    for (const flag of [...commands[name].flags, 'json', 'help']) expect(out).toContain(`--${flag}`)
    expect(commands[name].examples.length).toBeGreaterThan(0)
    for (const { line } of commands[name].examples) {
      const [command, file] = line.split(' < ')
      const files = { 'release.json': JSON.stringify(gaussian({ noiseMultiplier: 5 })), 'queries.ledger': await queriesLedger() }
      const { code, err } = await indistinct(command as string, {
        files,
        ...(file === undefined ? {} : { stdin: files['release.json'] }),
      })
      expect([code, err]).toEqual([0, ''])
    }
  })
  it('comes even where the rest is wrong', async () => expect((await indistinct('--noise 1 epsilon --help')).code).toBe(0))
  it('and JSON of the version', async () =>
    expect(JSON.parse((await indistinct('--version --json')).out)).toHaveProperty('version'))
})

it('names what it is computing', async () => {
  const labelsOf = async (command: string) => (await indistinct(command, { files: document })).labels
  expect(await labelsOf(`epsilon ${line} --noise 1.1 --delta 1e-5`)).toEqual([])
  expect(await labelsOf(`epsilon ${line} --noise 0.6 --delta 1e-5`)).toEqual(['computing for poisson batches'])
  expect(await labelsOf('epsilon --event run.json --delta 1e-6')).toEqual(['computing'])
  expect(await labelsOf(`noise ${line} --epsilon 3 --delta 1e-5 --sampling full`.replace('--batch 256 ', ''))).toEqual([
    'looking for the noise that full batches need',
  ])
  expect(await labelsOf(`compare ${line} --noise 1.1 --delta 1e-5 --sampling poisson`)).toEqual([
    'line 1 of 1, tight',
    'line 1 of 1, rdp',
  ])
})
