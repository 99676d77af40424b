/**
 * After the build: writes dist/THIRD_PARTY_NOTICES.md with the licence of every package whose code was bundled, as the
 * bundler's own record of inputs names them, and removes that record.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const record = join('dist', 'metafile-esm.json')
const { outputs } = JSON.parse(readFileSync(record, 'utf8')) as { outputs: Record<string, { inputs: Record<string, unknown> }> }

const folders = new Set<string>()
for (const { inputs } of Object.values(outputs)) {
  for (const input of Object.keys(inputs)) {
    const found = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)
    if (found) folders.add(found[0])
  }
}

const texts = new Map<string, string[]>()
for (const folder of [...folders].sort()) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, string>
  const papers = readdirSync(folder).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file))
  if (papers.length === 0) throw new Error(`${name} carries no licence text`)
  const text = papers.map((file) => readFileSync(join(folder, file), 'utf8').trim()).join('\n\n')
  texts.set(text, [...(texts.get(text) ?? []), `${name} ${version} (${license})`])
}

const notices = [...texts].map(([text, names]) => `## ${names.join(', ')}\n\n\`\`\`\n${text}\n\`\`\`\n`)
const opening = '# Third-party notices\n\nThis package bundles code of the packages below, in `dist/testing.js` only.\n'
writeFileSync(join('dist', 'THIRD_PARTY_NOTICES.md'), [opening, ...notices].join('\n'))
if (existsSync(record)) rmSync(record)
