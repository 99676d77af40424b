import type { Call } from '../call.ts'

export const budgetCalls: Record<string, Call> = {}
