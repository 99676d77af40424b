/**
 * Where something sits inside an event: `events[3].event`. The path of the whole is empty.
 *
 * @module
 */

/** The path of a field of what sits at `path`. */
export const inside = (path: string, field: string): string => (path === '' ? field : `${path}.${field}`)
