/**
 * Neighbouring relations: what it takes to turn one data set into its neighbour. Every privacy figure holds for one of them.
 *
 * - `'add-or-remove'`: one record is there or not. The default of every accountant.
 * - `'replace-one'`: one record is exchanged for another. Its sum moves by up to two contributions.
 * - `'replace-special'`: one record is exchanged for a blank that contributes nothing (and answers a question at random).
 *
 * @module
 */

/** When two data sets are neighbours. */
export type Relation = 'add-or-remove' | 'replace-one' | 'replace-special'

/** Every relation, the default first. */
export const relations: readonly Relation[] = Object.freeze(['add-or-remove', 'replace-one', 'replace-special'] as const)

/** The distance between neighbouring sums, in units of one record's contribution. */
export function contributionsApart(relation: Relation): 1 | 2 {
  return relation === 'replace-one' ? 2 : 1
}
