/**
 * An event from a document: JSON text, or what JSON.parse made of it.
 *
 * *Promise*: `parse(JSON.stringify(event))` equals `event`, field for field. A document that breaks a rule is a `SchemaError`
 * that lists every fault with its path (the first 100), never a guess and never a partly read event.
 *
 * @module
 */

import { SchemaError, type SchemaIssue } from '../errors.ts'
import { readEvent } from './freeze.ts'
import type { PrivacyEvent } from './kinds.ts'

const mostIssues = 100

/** Reads an event from JSON text, or from the value that JSON.parse made of it. */
export function parse(json: unknown): PrivacyEvent {
  const issues: SchemaIssue[] = []
  const event = readEvent(typeof json === 'string' ? fromText(json) : json, '', (fault, path) => {
    issues.push({ path, message: fault.message })
    if (issues.length === mostIssues) throw new SchemaError('the event', issues)
  })
  if (event === undefined) throw new SchemaError('the event', issues)
  return event
}

function fromText(text: string): unknown {
  try {
    return JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text)
  } catch {
    // The engine's own message may quote the text, and the text may be anything: a file picked by mistake, for one.
    throw new SchemaError('the event', [{ path: '', message: 'the text is not JSON' }])
  }
}
