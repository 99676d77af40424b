import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'
import type { DebitEntry } from '../../src/budget/entry.ts'
import { fileStore, openBudget } from '../../src/budget/index.ts'
import { pure } from '../../src/events/index.ts'

/** The child program in one file, so that it starts fast. */
export async function bundledChild(): Promise<string> {
  const folder = resolve('.cache', 'ledger-child')
  mkdirSync(folder, { recursive: true })
  const outfile = join(folder, `child-${process.pid}.mjs`)
  await build({
    entryPoints: ['test/budget/child.ts'],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    outfile,
    logLevel: 'silent',
  })
  return outfile
}

/** What one process acknowledged until it was killed. */
type Life = {
  readonly spends: readonly (readonly [sequence: number, label: string])[]
  readonly releases: readonly (readonly [key: string, value: string])[]
  readonly opened: boolean
  readonly errors: string
  readonly killed: boolean
}

/** Runs a child and kills it: so many milliseconds after it has told so many lines, or (none) after it was started. */
function lifeOf(child: string, words: readonly string[], told: number, milliseconds: number): Promise<Life> {
  return new Promise((done) => {
    const life = spawn(process.execPath, [child, ...words], { stdio: ['ignore', 'pipe', 'pipe'] })
    let text = ''
    let errors = ''
    let armed = false
    const arm = (): void => {
      if (armed) return
      armed = true
      setTimeout(() => life.kill('SIGKILL'), milliseconds)
    }
    // A disk may take its time.
    const late = setTimeout(arm, 5000)
    if (told === 0) arm()
    life.stdout.on('data', (data) => {
      text += String(data)
      if (text.split('\n').length > told) arm()
    })
    life.stderr.on('data', (data) => {
      errors += String(data)
    })
    life.on('close', (_, signal) => {
      clearTimeout(late)
      // A line that was not written whole was not told.
      const lines = text.split('\n').slice(0, -1)
      const toldOf = (word: string): string[][] =>
        lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1).split(' '))
      done({
        opened: lines.includes('open'),
        errors,
        killed: signal === 'SIGKILL',
        spends: toldOf('spent').map(([sequence, ...label]) => [Number(sequence), label.join(' ')] as const),
        releases: toldOf('released').map(([round, i, value]) => [`${round} ${i}`, value as string] as const),
      })
    })
  })
}

export type KillReport = {
  readonly kills: number
  readonly spends: number
  readonly releases: number
  readonly entries: number
  readonly unopened: number
  readonly faults: readonly string[]
}

/** Kills two processes on one ledger, over and over, and looks for anything acknowledged that is not there. */
export async function killings(rounds: number, random: () => number): Promise<KillReport> {
  const child = await bundledChild()
  const folder = mkdtempSync(join(tmpdir(), 'indistinct-kills-'))
  const path = join(folder, 'ledger')
  const answers = new Map<string, string>()
  const faults: string[] = []
  let [kills, spends, unopened, acknowledged] = [0, 0, 0, 0]
  try {
    for (let round = 0; round < rounds && faults.length === 0; round++) {
      const one = (name: string): Promise<Life> => {
        const early = random() < 0.15
        // Three rounds in a row share their keys.
        const words = [path, `${round}${name}`, `r${Math.floor(round / 3)}`]
        return early
          ? lifeOf(child, words, 0, 30 + random() * 60)
          : lifeOf(child, words, 1 + Math.floor(random() * 12), random() * 6)
      }
      const lives = await Promise.all([one('a'), one('b')])
      const store = fileStore(path)
      const budget = await openBudget({ epsilon: 1000 }, { store })
      for (const life of lives) {
        if (life.killed) kills++
        else faults.push(`round ${round}: a process ended by itself: ${life.errors.slice(0, 500)}`)
        if (!life.opened) unopened++
        for (const [sequence, label] of life.spends) {
          const [text] = await store.read(sequence, 1)
          const entry = text === undefined ? undefined : (JSON.parse(text) as DebitEntry)
          if (entry?.label !== label || entry.type !== 'spend')
            faults.push(`round ${round}: spend ${sequence} of ${label} is lost`)
          spends++
        }
        for (const [key, value] of life.releases) {
          if ((answers.get(key) ?? value) !== value)
            faults.push(`round ${round}: ${key} had two answers, ${answers.get(key)} and ${value}`)
          answers.set(key, value)
          const again = await budget.release({ event: pure({ epsilon: 0.001 }), release: () => 'fresh' }, 0, {
            label: 'shared',
            key,
          })
          if (again !== value) faults.push(`round ${round}: ${key} was ${value} and now is ${again}`)
        }
      }
      acknowledged = spends + answers.size
      // In thousandths, as many as were acknowledged at the least.
      if (Math.round((budget.spent()['epsilon'] as number) * 1000) < acknowledged)
        faults.push(`round ${round}: ${acknowledged} acknowledged, ${budget.spent()['epsilon']} counted`)
      await budget.close()
      const left = readdirSync(folder).filter((name) => name.includes('heir') || name.endsWith('.lock'))
      if (left.length > 0) faults.push(`round ${round}: left behind ${left.join(', ')}`)
    }
    const budget = await openBudget({ epsilon: 1000 }, { store: fileStore(path) })
    let entries = 0
    for await (const _ of budget.history()) entries++
    await budget.close()
    return { kills, spends, releases: answers.size, entries, unopened, faults }
  } finally {
    rmSync(folder, { recursive: true, force: true })
    rmSync(child, { force: true })
  }
}
