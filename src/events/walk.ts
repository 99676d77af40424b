/**
 * Every event inside an event, each before what it holds, in document order.
 *
 * @module
 */

import { InvalidParameterError } from '../errors.ts'
import { freeze } from './freeze.ts'
import type { PrivacyEvent } from './kinds.ts'
import { inside } from './path.ts'

/** Calls `visit` for the event and all that it holds. A path reads like `events[3].event`; the root's is empty. */
export function walk(event: PrivacyEvent, visit: (event: PrivacyEvent, path: string) => void): void {
  if (typeof visit !== 'function') throw new InvalidParameterError('visit', 'a function', visit)
  descend(freeze(event), '', visit)
}

function descend(event: PrivacyEvent, path: string, visit: (event: PrivacyEvent, path: string) => void): void {
  visit(event, path)
  if ('event' in event) descend(event.event, inside(path, 'event'), visit)
  else if ('events' in event) {
    event.events.forEach((inner, i) => {
      descend(inner, inside(path, `events[${i}]`), visit)
    })
  }
}
