import type { Call } from '../call.ts'

export const auditCalls: Record<string, Call> = {}
