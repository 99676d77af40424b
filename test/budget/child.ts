/**
 * A process to be killed: spends and releases as fast as it can, and tells on stdout what was acknowledged. Bundled by the tests that run it.
 */
import { writeSync } from 'node:fs'
import { fileStore, openBudget } from '../../src/budget/index.ts'
import { pure } from '../../src/events/index.ts'

const [path, name] = process.argv.slice(2) as [string, string]
const tell = (...words: unknown[]): void => void writeSync(1, `${words.join(' ')}\n`)
const event = pure({ epsilon: 0.001 })
let nonce = 0
const mechanism = { event, release: () => `${name}-${nonce++}` }

const budget = await openBudget({ epsilon: 1000 }, { store: fileStore(path) })
tell('open')
for (let i = 0; ; i++) {
  const label = `${name} ${i}`
  await Promise.all([
    budget.spend(event, { label }).then(({ sequence }) => tell('spent', sequence, label)),
    budget.spend(event, { label, key: `own ${label}` }).then(({ sequence }) => tell('spent', sequence, label)),
    // Keys that the other process uses, too, at about the same time and in later lives again.
    budget
      .release(mechanism, 0, { label: 'shared', key: `${process.argv[4]} ${i}` })
      .then((value) => tell('released', `${process.argv[4]} ${i}`, value)),
  ])
}
