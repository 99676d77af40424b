import type { Mechanism } from '../../../src/index.ts'
import type { Call } from '../call.ts'

const options = { epsilon: 1, categories: 6 }
/** The error is for any confidence; what is released and estimated is data (test/mechanisms/local). */
const releases: Pick<Call, 'gives'> = {
  gives: (mechanism) => (confidence) =>
    (mechanism as Mechanism<unknown, unknown>).error({ confidence: confidence as number, candidates: ['a', 'b'] } as object),
}
const local: Call = { args: [options] }

export const localCalls: Record<string, Call> = {
  symmetricUnaryEncoding: { ...local, ...releases },
  optimizedUnaryEncoding: { ...local, ...releases },
  localHashing: { ...local, ...releases },
  hadamardResponse: { ...local, ...releases },
  subsetSelection: { ...local, ...releases },
  rappor: { args: [{ epsilon: 4, bits: 32, hashes: 2, cohorts: 4, p: 0.25, q: 0.75 }], ...releases },
  compareLocal: local,
}
