/**
 * `npm run bench [name ...]`: runs every bench/*.bench.ts (or those whose name contains a given word), prints a table each and
 * writes it to bench/results/. A ratio is measured in one run, the rivals taking turns, so that a busy machine slows both.
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BenchTable } from './table.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const results = join(here, 'results')
const wanted = process.argv.slice(2)
const files = readdirSync(here).filter((file) => file.endsWith('.bench.ts'))
const chosen = files.filter((file) => wanted.length === 0 || wanted.some((word) => file.includes(word)))
if (chosen.length === 0) {
  console.error(
    `no bench is called ${wanted.join(' or ')}; there are ${files.map((file) => basename(file, '.bench.ts')).join(', ')}`,
  )
  process.exit(2)
}

mkdirSync(results, { recursive: true })
const machine = { node: process.version, cpu: cpus()[0]?.model.trim() ?? 'unknown', cores: cpus().length }
for (const file of chosen) {
  const { run } = (await import(`./${file}`)) as { run: () => Promise<BenchTable> }
  const table = await run()
  console.log(`\n${table.name}`)
  console.table(Object.fromEntries(table.rows.map(({ what, ...figures }, i) => [what ?? i, figures])))
  writeFileSync(join(results, `${basename(file, '.bench.ts')}.json`), `${JSON.stringify({ ...machine, ...table }, null, 2)}\n`)
}
