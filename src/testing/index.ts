/**
 * What tests of private programs need and production must not use: `indistinct/testing`.
 *
 * @module
 */

export type { InsecureRandom } from '../random/handles.ts'
export { insecureSeeded, type Seed } from './insecure-seeded.ts'
