import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'

/**
 * Runs every example that the documentation shows. An example is a block of TypeScript in a Markdown file, or the indented
 * code in the header of a module; `expression // => text` promises that Node prints the expression so; three dots
 * stand for what it leaves out.
 */
type Example = { readonly title: string; readonly code: string; readonly from?: string }

const folder = resolve('.cache', 'docs-examples')
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { exports: Record<string, unknown> }

/** Where the source of an entry point is. */
const source = (specifier: string): string => {
  const door = specifier.replace(/^indistinct\/?/, '')
  expect(Object.keys(manifest.exports)).toContain(door === '' ? '.' : `./${door}`)
  return resolve('src', door === '' ? 'index.ts' : `${door}/index.ts`)
}

function inMarkdown(file: string): Example[] {
  const blocks = [...readFileSync(file, 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)]
  return blocks.map(([, code], i) => ({ title: `${file}, block ${i + 1}`, code: code as string }))
}

function inHeader(file: string): Example[] {
  const header = /^\/\*\*([\s\S]*?)\*\//.exec(readFileSync(file, 'utf8'))?.[1] ?? ''
  // Runs of indented lines; formulas are indented too, and promise nothing.
  const runs = header.split(/\n \*(?! {4})[^\n]*/).map((run) => run.replace(/^ \* {4,}/gm, ''))
  const code = runs.filter((run) => run.includes('// =>')).join('\n')
  return code === '' ? [] : [{ title: file, code, from: resolve(file) }]
}

const under = (root: string, ending: string): string[] =>
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(root, name))
    .sort()

const examples = [...['README.md', ...under('docs', '.md')].flatMap(inMarkdown), ...under('src', '.ts').flatMap(inHeader)]

/** An example in a header may use what its module exports, the builders of events, and a seeded source. */
async function importsFor(code: string, from: string): Promise<string> {
  const seen = new Set<string>()
  let imports = ''
  for (const module of [from, source('indistinct/events'), source('indistinct/testing')]) {
    const names = Object.keys((await import(module)) as object).filter(
      (name) => !seen.has(name) && new RegExp(`(?<![.\\w])${name}\\b`).test(code),
    )
    for (const name of names) seen.add(name)
    if (names.length > 0) imports += `import { ${names.join(', ')} } from ${JSON.stringify(module)}\n`
  }
  return imports
}

/** The example as a module that exports what each promised expression is and what was promised. */
async function toModule({ code, from }: Example): Promise<string> {
  const promises = code.replace(/^(.*\S)\s*\/\/ => (.*)$/gm, (_, expression: string, promised: string) => {
    const [, declared, value] = /^((?:const|let) \w+(?:: [^=]+)? = )?(.*)$/.exec(expression.trim()) as unknown as [
      string,
      string | undefined,
      string,
    ]
    return `${declared ?? ''}__promise(() => (${value.replace(/;$/, '')}), ${JSON.stringify(promised.trim())})`
  })
  const imports = promises.replace(
    /from '(indistinct[^']*)'/g,
    (_, specifier: string) => `from ${JSON.stringify(source(specifier))}`,
  )
  const own = from === undefined ? '' : await importsFor(code, from)
  return `${own}const __made: [() => unknown, string][] = []
function __promise<T>(make: () => T, promised: string): T | undefined {
  let value: T | undefined
  let thrown: unknown
  try { value = make() } catch (error) { thrown = error }
  __made.push([() => { if (thrown !== undefined) throw thrown; return value }, promised])
  return value
}
${imports}
export const made = __made`
}

const printed = (value: unknown): string =>
  typeof value === 'string' ? value : inspect(value, { breakLength: Number.POSITIVE_INFINITY, depth: 9 })

/** What was promised, with three dots for whatever the example leaves out, and white space as one likes. */
const matching = (promised: string): RegExp =>
  new RegExp(
    `^${promised
      .replace(/\s/g, '')
      .replace(/[\\^$*+?.()|[\]{}]/g, '\\$&')
      .replaceAll('\\.\\.\\.', '.*')}$`,
  )

describe('what the documentation shows is what happens', () => {
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  it('there is something to run', () => {
    expect(examples.length).toBeGreaterThan(0)
  })
  it.each(examples.map((example, i) => [example.title, example, i] as const))('%s', async (_, example, i) => {
    mkdirSync(folder, { recursive: true })
    const file = join(folder, `example-${i}.ts`)
    writeFileSync(file, await toModule(example))
    const { made } = (await import(file)) as { made: [() => unknown, string][] }
    for (const [make, promised] of made) {
      if (promised.startsWith('throws ')) {
        expect(() => make()).toThrow(promised.slice('throws '.length))
      } else {
        expect(printed(make()).replace(/\s/g, '')).toMatch(matching(promised))
      }
    }
  })
})
