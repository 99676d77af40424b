import type { Call } from '../call.ts'

/** Nobody waits for these budgets, so theirs is a store that never answers. */
const never = (): Promise<never> => new Promise(() => {})

export const budgetCalls: Record<string, Call> = {
  openBudget: {
    args: [
      { epsilon: 1, delta: 1e-6 },
      { store: { read: never, append: never }, relation: 'add-or-remove' },
    ],
  },
  memoryStore: { args: [] },
  fileStore: { args: ['ledger'], accepts: { 0: (value) => typeof value === 'string' && value !== '' } },
}
