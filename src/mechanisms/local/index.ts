/**
 * Local differential privacy: everybody's answer is private before it leaves them.
 *
 * @module
 */

export { compareLocal, type LocalComparison, type LocalMechanismName } from './compare.ts'
export { type HadamardResponse, hadamardResponse } from './hadamard-response.ts'
export { type HashedReport, type LocalHashing, localHashing } from './local-hashing.ts'
export { type Candidates, type Rappor, type RapporMemory, type RapporOptions, type RapporReport, rappor } from './rappor.ts'
export type { LocalErrorOptions, LocalMechanism } from './shares.ts'
export { type SubsetSelection, subsetSelection } from './subset-selection.ts'
export { type LocalOptions, optimizedUnaryEncoding, symmetricUnaryEncoding, type UnaryEncoding } from './unary.ts'
