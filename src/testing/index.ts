/**
 * What tests of private programs need and production must not use: `indistinct/testing`.
 *
 * @module
 */

export type { InsecureRandom } from '../random/handles.ts'
export {
  type Audit,
  type Audited,
  type AuditOptions,
  type AuditOutputsOptions,
  audit,
  auditOutputs,
  type Neighbours,
} from './audit.ts'
export { insecureSeeded, type Seed } from './insecure-seeded.ts'
