import type { LedgerStore } from '../../src/budget/index.ts'

/** The error that a promise is rejected with. */
export async function rejection(promise: PromiseLike<unknown>): Promise<Error & { readonly code?: string }> {
  try {
    await promise
  } catch (error) {
    return error as Error
  }
  throw new Error('it was not rejected')
}

/** Every entry of a store. */
export async function entriesOf(store: LedgerStore): Promise<Record<string, unknown>[]> {
  const all: Record<string, unknown>[] = []
  for (;;) {
    const texts = await store.read(all.length)
    if (texts.length === 0) return all
    for (const text of texts) all.push(JSON.parse(text) as Record<string, unknown>)
  }
}

/** What a store does before and after each call; anything thrown is the call's own failure. */
export type Meddling = {
  readonly before?: (call: 'read' | 'append') => Promise<void> | void
  readonly after?: () => Promise<void> | void
}

/** A store with somebody's hands in it. */
export function meddled(store: LedgerStore, { before, after }: Meddling): LedgerStore {
  return {
    ...store,
    read: async (from, most) => {
      await before?.('read')
      return store.read(from, most)
    },
    append: async (version, entries) => {
      await before?.('append')
      const done = await store.append(version, entries)
      await after?.()
      return done
    },
  }
}

/** A mechanism that counts how often it was asked, and gives a different answer each time. */
export function counting(
  event: unknown,
  values?: () => unknown,
): { event: never; release: (value: unknown) => unknown; draws: () => number } {
  let draws = 0
  return {
    event: event as never,
    release: () => {
      draws++
      return values === undefined ? draws : values()
    },
    draws: () => draws,
  }
}
