import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, inject, it } from 'vitest'

const consumer = inject('consumer')

/** Runs the compiler as a user of the package would, and gives what it prints. */
function compile(resolution: 'nodenext' | 'bundler', file: string): string {
  const folder = join(consumer, 'types', resolution)
  mkdirSync(folder, { recursive: true })
  cpSync(join('test', 'dist', 'consumer', file), join(folder, file))
  const compilerOptions = {
    strict: true,
    noEmit: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    target: 'es2022',
    lib: ['es2022'],
    types: [],
    module: resolution === 'nodenext' ? 'nodenext' : 'esnext',
    moduleResolution: resolution,
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [file] }))
  try {
    return execFileSync(process.execPath, [resolve('node_modules/typescript/bin/tsc'), '-p', folder], { encoding: 'utf8' })
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}

describe.each(['nodenext', 'bundler'] as const)('the shipped types under %s', (resolution) => {
  it('a program that uses the package compiles', () => {
    expect(compile(resolution, 'right.mts')).toBe('')
  })
  it('a program that misuses it does not, at each line that it should not', () => {
    const found = [...compile(resolution, 'wrong.mts').matchAll(/wrong\.mts\((\d+),/g)].map((match) => Number(match[1]))
    expect(found).toEqual([7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19])
  })
})
