/**
 * Continuous noise on many floats at once (`npm run assemble` writes src/random/noise-binary.ts): the common case of src/random/real-strips.ts and
 * real-adder.ts, word for word. What is not the common case is left to them: its number goes on a list.
 *
 * Three words an element, as a draw takes them: one picks the block, then [uniform 11 | sign 1 | place 20] [place 32].
 */

/** Constants of a table and a grid; the arrays of a table are in memory, at the places given to `addNoise`. */
let columnShift: u32 = 0
let lowMask: u32 = 0
let blocks: u32 = 0
let fractionBits: u32 = 0
let width: f64 = 0
let highUnit: f64 = 0
let fractionUnit: f64 = 0
let inverse: f64 = 0
let doubt: f64 = 0
let step: f64 = 0

export function prepare(
  shift: u32,
  mask: u32,
  count: u32,
  bits: u32,
  blockWidth: f64,
  unit: f64,
  fraction: f64,
  gridInverse: f64,
  margin: f64,
  gridStep: f64,
): void {
  columnShift = shift
  lowMask = mask
  blocks = count
  fractionBits = bits
  width = blockWidth
  highUnit = unit
  fractionUnit = fraction
  inverse = gridInverse
  doubt = margin
  step = gridStep
}

/** values += noise, in place; gives how many were left alone, their numbers in `left`. `single` where they are float32. */
export function addNoise(words: usize, values: usize, left: usize, n: i32, single: i32, thresholds: usize, aliases: usize, sure: usize): i32 {
  const mask: u32 = (1 << fractionBits) - 1
  let pending = 0
  for (let i = 0; i < n; i++, words += 12) {
    const pick = load<u32>(words)
    const column = pick >> columnShift
    const own = (<i32>(pick & lowMask) - load<i32>(thresholds + (<usize>column << 2))) >> 31
    const block = (column & <u32>own) | (<u32>load<u16>(aliases + (<usize>column << 1)) & ~(<u32>own))
    const word = load<u32>(words, 4)
    const low = load<u32>(words, 8)
    const x: f64 = single ? <f64>load<f32>(values + (<usize>i << 2)) : load<f64>(values + (<usize>i << 3))
    if (block < blocks && word >> 21 < load<u32>(sure + (<usize>block << 2))) {
      const whole = <f64>block * width + (<f64>(word & 0xfffff) * highUnit + <f64>(low >> fractionBits))
      const fraction = <f64>(low & mask) * fractionUnit
      const sign = 1 - 2 * <f64>((word >> 20) & 1)
      const q = x * inverse
      const below = Math.floor(q)
      const rest = q - below + 0.5 + sign * fraction
      const carry = Math.floor(rest - doubt)
      const sum = (below + (sign * whole + carry)) * step
      if (carry == Math.floor(rest + doubt) && Math.abs(sum) <= f64.MAX_VALUE) {
        if (single) store<f32>(values + (<usize>i << 2), <f32>min(max(sum, -3.4028234663852886e38), 3.4028234663852886e38))
        else store<f64>(values + (<usize>i << 3), sum)
        continue
      }
    }
    store<i32>(left + (<usize>pending << 2), i)
    pending++
  }
  return pending
}
