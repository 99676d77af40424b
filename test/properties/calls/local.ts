import type { Call } from '../call.ts'

export const localCalls: Record<string, Call> = {}
