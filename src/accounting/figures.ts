/**
 * Numbers as people read them, rounded to the side that claims less.
 *
 *     roundedUp(2.381689) // => 2.382
 *     roundedUp(0.0000123456, 2) // => 1.3e-5
 *     percentUp(0.70123) // => 71%
 *     percentUp(0.99871) // => 99.88%
 *     grouped(14063) // => 14,063
 *
 * *Promise*: what `roundedUp` and `percentUp` print, read back as a double, is never below the double they were given; what
 * `roundedDown` prints is never above it.
 *
 * @module
 */

/** At most `digits` significant digits, never below `value`. */
export function roundedUp(value: number, digits = 4): string {
  return rounded(value, digits, 1)
}

/** At most `digits` significant digits, never above `value`. */
export function roundedDown(value: number, digits = 4): string {
  return rounded(value, digits, -1)
}

function rounded(value: number, digits: number, side: 1 | -1): string {
  if (!Number.isFinite(value) || value === 0) return plain(value)
  // The nearest decimal of so many digits, as a whole number and a power of ten; one step to the right side where it is not there.
  const [mantissa, power] = value.toExponential(digits - 1).split('e') as [string, string]
  const whole = Number(mantissa.replace('.', ''))
  const last = Number(power) - digits + 1
  const nearest = Number(`${whole}e${last}`)
  if (nearest === value || nearest > value === side > 0) return plain(nearest)
  // Below a power of ten the decimals lie ten times as close: 9.9996 down is 9.999.
  const finer = side < 0 && whole === 10 ** (digits - 1)
  return plain(finer ? Number(`${whole * 10 - 1}e${last - 1}`) : Number(`${whole + side}e${last}`))
}

/** The shortest text of a double, without an exponent between 1e-3 and ten millions. */
function plain(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return 'infinite'
  return Math.abs(value) >= 1e7 ? scientific(value) : grouped(value)
}

const scientific = (value: number): string => value.toExponential().replace('e+', 'e')

/** Every digit of a double, and no more: 0.00001 is 1e-5. */
export function exact(value: number): string {
  const size = Math.abs(value)
  if (size === 0 || !Number.isFinite(size) || (size >= 1e-3 && size < 1e15)) return String(value)
  return scientific(value)
}

/** A number with a comma between thousands. */
export function grouped(value: number): string {
  const [whole, fraction] = exact(value).split('.') as [string, string | undefined]
  if (whole.includes('e')) return exact(value)
  const groups = whole.replace(/\B(?=(\d{3})+$)/g, ',')
  return fraction === undefined ? groups : `${groups}.${fraction}`
}

/** A probability in percent, never below it; two digits of what is missing to nothing or to certainty, up to six decimals. */
export function percentUp(probability: number): string {
  const rest = Math.min(probability, 1 - probability)
  if (!(rest > 0)) return probability > 0 ? '100%' : '0%'
  const decimals = Math.min(6, Math.max(0, -1 - Math.floor(Math.log10(rest))))
  const unit = 10 ** (decimals + 2)
  let units = Math.floor(probability * unit)
  while (units / unit < probability) units++
  return `${units / 10 ** decimals}%`
}
