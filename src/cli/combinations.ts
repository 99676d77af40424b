/**
 * From flags that name several values to command lines that name one of each.
 *
 * @module
 */

import type { FlagName, Values } from './flags.ts'
import { textsOf } from './read-values.ts'
import { UsageError } from './usage-error.ts'

/** A command line of single values, and those of its values that tell it from the others. */
export type Combination = { readonly values: Values; readonly apart: Readonly<Partial<Record<FlagName, string>>> }

const most = 200

/** Every combination of the values of the `varying` flags, the last flag varying fastest. */
export function combinations(values: Values, varying: readonly FlagName[]): readonly Combination[] {
  let made: readonly Combination[] = [{ values, apart: {} }]
  for (const flag of varying) {
    const choices = choicesOf(values, flag)
    if (choices === undefined) continue
    const several = choices.length > 1
    if (made.length * choices.length > most) throw new UsageError(`that is more than ${most} lines to compare: name fewer values`)
    made = made.flatMap((one) =>
      choices.map((choice) => ({
        values: { ...one.values, [flag]: [choice] },
        apart: several ? { ...one.apart, [flag]: choice } : one.apart,
      })),
    )
  }
  return made
}

/** The values of a flag; a comma in the name of a file is the file's own. */
function choicesOf(values: Values, flag: FlagName): readonly string[] | undefined {
  return flag === 'event' ? values[flag] : textsOf(values, flag)
}
