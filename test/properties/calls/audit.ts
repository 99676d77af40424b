import type { Call } from '../call.ts'

const isAnything = (): boolean => true
const options = { significance: 0.01, delta: 0, questions: {}, claim: { kind: 'pure', epsilon: 1 }, relation: 'replace-one' }
const outputs = Array.from({ length: 100 }, (_, i) => i % 7)

export const auditCalls: Record<string, Call> = {
  audit: {
    args: [(data: unknown) => data, { here: 1, there: 2 }, { draws: 100, ...options }],
    accepts: { 0: (value) => typeof value === 'function', here: isAnything, there: isAnything },
  },
  auditOutputs: { args: [{ here: outputs, there: outputs }, options] },
}
