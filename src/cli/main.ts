#!/usr/bin/env node
/**
 * The budget calculator, `indistinct`.
 *
 * @module
 */

import { readFile } from 'node:fs/promises'
import { watched } from './progress.ts'
import { run } from './run.ts'
import type { Sink } from './world.ts'

const sink = (stream: NodeJS.WriteStream): Sink => ({
  write: (text) => void stream.write(text),
  isTTY: stream.isTTY === true,
  columns: stream.isTTY ? stream.columns : undefined,
})

async function readStdin(): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

// A reader that went away, such as `head`, wants no more and is no error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit()
  })
}

run(process.argv.slice(2), {
  env: process.env,
  stdout: sink(process.stdout),
  stderr: sink(process.stderr),
  stdinIsTTY: process.stdin.isTTY === true,
  readFile: (path) => readFile(path),
  readStdin,
  during: watched(process.stderr.isTTY === true),
}).then((code) => {
  process.exitCode = code
})
