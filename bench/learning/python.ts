/** The reference's interpreter, in a virtual environment that the first call makes (it wants python3 and a package index). */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))
const python = join(here, '.venv', process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')

/** What a script of this folder prints: a line of JSON each. */
export function linesOf<Line>(script: string, ...args: readonly string[]): readonly Line[] {
  if (!existsSync(python)) {
    console.log('making a virtual environment with the reference of requirements.txt ...')
    execFileSync('python3', ['-m', 'venv', join(here, '.venv')], { stdio: 'inherit' })
    execFileSync(python, ['-m', 'pip', 'install', '--quiet', '-r', join(here, 'requirements.txt')], { stdio: 'inherit' })
  }
  const printed = execFileSync(python, ['-W', 'ignore', join(here, script), ...args], { encoding: 'utf8' })
  return printed
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
}
