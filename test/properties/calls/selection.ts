import type { Call } from '../call.ts'

export const selectionCalls: Record<string, Call> = {}
