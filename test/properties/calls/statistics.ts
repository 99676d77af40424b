import type { Call } from '../call.ts'

export const statisticsCalls: Record<string, Call> = {}
