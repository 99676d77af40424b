import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** An empty project that has installed nothing but the packed tarball. */
    consumer: string
  }
}

/** Packs the package and installs the tarball into an empty folder. */
export function setup(project: TestProject): () => void {
  const root = process.cwd()
  const folder = mkdtempSync(join(tmpdir(), 'indistinct-dist-'))
  const consumer = join(folder, 'consumer')
  mkdirSync(consumer)
  writeFileSync(join(consumer, 'package.json'), '{ "name": "consumer", "private": true, "type": "module" }')
  const packed = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], { cwd: root, encoding: 'utf8' }),
  ) as { filename: string }[] | Record<string, { filename: string }>
  const [tarball] = Object.values(packed)
  if (tarball === undefined) throw new Error('npm pack named no tarball')
  execFileSync('npm', ['install', '--omit=dev', '--no-audit', '--no-fund', join(folder, tarball.filename)], { cwd: consumer })
  project.provide('consumer', consumer)
  return () => rmSync(folder, { recursive: true, force: true })
}
