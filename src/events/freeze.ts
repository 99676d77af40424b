/**
 * From anything that looks like an event to an event: checked against the rules, copied, frozen all the way down.
 *
 * *Promise*: what comes out has exactly the fields of its kind, in a fixed order, and can't be changed afterwards, whatever the
 * caller still holds; each property of the input is read once. What has passed before is recognised and passes at once.
 *
 * *Limits*: at most 100 events inside each other, so that whoever reads an event may recurse. A list may be as long as memory allows.
 *
 * @module
 */

import { InvalidParameterError, type PrivacyError, UnsupportedEventError } from '../errors.ts'
import { isPlainObject, nearest } from '../guard.ts'
import { eventKinds, type FieldRule, rules } from './fields.ts'
import type { EventKind, PrivacyEvent } from './kinds.ts'
import { inside } from './path.ts'

/** The most events that may sit inside each other. */
export const deepestNesting = 100

/** What to do with a fault: throw it, or note it and go on. */
type OnFault = (fault: PrivacyError, path: string) => void

/** Events that have passed, with the number of levels each has. */
const heights = new WeakMap<object, number>()

/** The checked and frozen event, or undefined after `onFault` has been told why not. */
export function readEvent(value: unknown, path: string, onFault: OnFault, level = 1): PrivacyEvent | undefined {
  const height = typeof value === 'object' && value !== null ? heights.get(value) : undefined
  if (level + (height ?? 1) - 1 > deepestNesting) {
    // Without the path, which at this depth is no help to anybody.
    onFault(
      new InvalidParameterError('event', `nested at most ${deepestNesting} deep (compose many as one flat list)`, value),
      '',
    )
    return undefined
  }
  if (height !== undefined) return value as PrivacyEvent
  if (!isPlainObject(value)) {
    onFault(new InvalidParameterError(path || 'event', 'an event, such as gaussian({ noiseMultiplier: 1 })', value), path)
    return undefined
  }
  const { kind } = value
  if (typeof kind !== 'string' || !compiled.has(kind)) {
    onFault(unknownKind(kind, path), path)
    return undefined
  }
  return readKind(kind as EventKind, value, path, onFault, level, true)
}

function unknownKind(kind: unknown, path: string): PrivacyError {
  if (typeof kind !== 'string') return new InvalidParameterError(inside(path, 'kind'), 'the name of a kind of event', kind)
  const guess = nearest(kind, eventKinds)
  return new UnsupportedEventError(path, kind, guess === undefined ? 'no such kind is known' : `did you mean "${guess}"?`)
}

type Compiled = {
  readonly names: readonly string[]
  readonly checks: readonly (readonly [name: string, rule: FieldRule<unknown>, fallback: unknown])[]
  readonly child: 'event' | 'events' | undefined
  readonly together: ((event: object, path: (field: string) => string) => void) | undefined
}

/** The table of rules in the shape in which a reader walks it. */
const compiled = new Map<string, Compiled>(
  Object.entries(rules).map(([kind, { fields, defaults, child, together }]) => [
    kind,
    {
      names: child === undefined ? Object.keys(fields) : [...Object.keys(fields), child],
      checks: Object.entries(fields).map(([name, rule]) => [
        name,
        rule,
        (defaults as Record<string, unknown> | undefined)?.[name],
      ]),
      child,
      together: together as Compiled['together'],
    },
  ]),
)

/** The same for an object of fields whose kind is known; a field called `kind` is passed over where `named` says so. */
export function readKind(
  kind: EventKind,
  fields: Readonly<Record<string, unknown>>,
  path: string,
  onFault: OnFault,
  level = 1,
  named = false,
): PrivacyEvent | undefined {
  const { names, checks, child, together } = compiled.get(kind) as Compiled
  let sound = true
  const fault: OnFault = (error, at) => {
    sound = false
    onFault(error, at)
  }

  for (const name of Object.keys(fields)) {
    if (names.includes(name) || (named && name === 'kind')) continue
    const guess = nearest(name, names)
    const requirement = `left out: ${kind} has no such field${guess === undefined ? '' : ` (did you mean "${guess}"?)`}`
    fault(new InvalidParameterError(inside(path, name), requirement, fields[name]), inside(path, name))
  }

  const event: Record<string, unknown> = { kind }
  for (const [name, rule, fallback] of checks) {
    const value = fields[name]
    try {
      event[name] = rule(inside(path, name), value === undefined ? fallback : value)
    } catch (error) {
      pass(error, fault)
    }
  }
  try {
    if (sound) together?.(event, (name) => inside(path, name))
  } catch (error) {
    pass(error, fault)
  }

  const children =
    child === 'event'
      ? [readEvent(fields['event'], inside(path, 'event'), fault, level + 1)]
      : child === 'events'
        ? readList(fields['events'], inside(path, 'events'), fault, level + 1)
        : []
  if (!sound) return undefined
  let below = 0
  for (const inner of children) below = Math.max(below, heights.get(inner as PrivacyEvent) as number)
  if (child !== undefined) event[child] = child === 'event' ? children[0] : Object.freeze(children)
  heights.set(Object.freeze(event), below + 1)
  return event as PrivacyEvent
}

/** A broken rule is a fault; anything else that is thrown is not ours. */
function pass(error: unknown, onFault: OnFault): void {
  if (!(error instanceof InvalidParameterError)) throw error
  onFault(error, error.parameter)
}

function readList(list: unknown, path: string, onFault: OnFault, level: number): (PrivacyEvent | undefined)[] {
  if (!Array.isArray(list)) {
    onFault(new InvalidParameterError(path, 'an array of events', list), path)
    return []
  }
  // Array.from, so that the holes of a sparse array are met and refused.
  return Array.from(list, (inner: unknown, i) => readEvent(inner, `${path}[${i}]`, onFault, level))
}

const throwFault: OnFault = (fault) => {
  throw fault
}

/**
 * The event that a plain object describes, checked, copied and frozen; an event that a builder made is returned as it is.
 *
 * Throws an `InvalidParameterError` that names the field by its path, or an `UnsupportedEventError` for an unknown kind.
 */
export function freeze(event: PrivacyEvent): PrivacyEvent {
  return readEvent(event, '', throwFault) as PrivacyEvent
}

/** The event of a kind from a builder's options. */
export function build<E extends PrivacyEvent>(kind: E['kind'], options: unknown): E {
  if (!isPlainObject(options)) throw new InvalidParameterError('options', 'an options object', options)
  return readKind(kind, options, '', throwFault) as E
}
