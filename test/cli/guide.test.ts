import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/**
 * Runs every shell block of the documentation that is followed by a block of text, and compares what it prints with the text.
 */
type Block = { readonly title: string; readonly script: string; readonly printed: string }

const files = ['README.md', ...readdirSync('docs').map((name) => join('docs', name))].filter((name) => name.endsWith('.md'))

const blocks: Block[] = files.flatMap((file) =>
  [...readFileSync(file, 'utf8').matchAll(/```sh\n([\s\S]*?)```\n\n```text\n([\s\S]*?)```/g)].map(([, script, printed], i) => ({
    title: `${file}, ${i + 1}: ${script?.split('\n')[0]?.slice(0, 70)}`,
    script: script as string,
    printed: printed as string,
  })),
)

describe.skipIf(process.platform === 'win32')('what the documentation shows of the command line is what it prints', () => {
  const folder = mkdtempSync(join(tmpdir(), 'indistinct-guide-'))
  beforeAll(() => {
    const script = `#!/bin/sh\nexec "${process.execPath}" --import tsx "${resolve('src/cli/main.ts')}" "$@"\n`
    writeFileSync(join(folder, 'indistinct'), script)
    chmodSync(join(folder, 'indistinct'), 0o755)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('there is something to run', () => expect(blocks.length).toBeGreaterThan(5))
  it.each(blocks)('$title', ({ script, printed }) => {
    const env = {
      ...process.env,
      PATH: `${folder}${delimiter}${process.env['PATH']}`,
      NO_COLOR: undefined,
    }
    expect(execFileSync('sh', ['-c', script], { encoding: 'utf8', env })).toBe(printed)
  })
})
