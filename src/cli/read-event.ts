/**
 * Reads an event from a JSON document: a file, or stdin where the path is a dash.
 *
 * @module
 */

import { SchemaError } from '../errors.ts'
import { type PrivacyEvent, parse } from '../events/index.ts'
import { UsageError } from './usage-error.ts'
import type { World } from './world.ts'

/** The event in a file, or on stdin. */
export async function readEvent(path: string, world: World): Promise<PrivacyEvent> {
  if (path === '-' && world.stdinIsTTY) world.stderr.write('reading an event as JSON from the keyboard; Ctrl-D ends it\n')
  const bytes = path === '-' ? await world.readStdin() : await readFile(path, world)
  try {
    return parse(decoded(bytes))
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error
    throw noEvent(path === '-' ? 'stdin' : path, error)
  }
}

function noEvent(name: string, { issues }: SchemaError): UsageError {
  const [first, ...more] = issues.map(({ message }) => message)
  return more.length === 0
    ? new UsageError(`${name} holds no event: ${first}`)
    : new UsageError(`${name} holds no event, it has ${issues.length} faults:`, [first as string, ...more])
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a directory',
  EACCES: 'reading it is not allowed',
  EPERM: 'reading it is not allowed',
}

/** The bytes of a file, or a UsageError that says why not. */
export async function readFile(path: string, world: World): Promise<Uint8Array> {
  try {
    return await world.readFile(path)
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    throw new UsageError(`can't read ${path}: ${reasons[code ?? ''] ?? message}`)
  }
}

/** UTF-8, or the UTF-16 that a Windows PowerShell writes with `>`. */
function decoded(bytes: Uint8Array): string {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8'
  return new TextDecoder(encoding).decode(bytes)
}
