/**
 * Exact arithmetic on doubles for tests: every finite double is a whole number of 2^-1074, every decimal a whole number of
 * 10^-digits. Written apart from the code under test, from the bits up.
 */

const bits = new DataView(new ArrayBuffer(8))

/** x as an integer multiple of 2^-1074, read from its bits. */
export function wholeUnits(x: number): bigint {
  bits.setFloat64(0, x)
  const raw = bits.getBigUint64(0)
  const biased = Number((raw >> 52n) & 0x7ffn)
  if (biased === 0x7ff) throw new RangeError(`${x} is not finite`)
  const fraction = raw & 0xfffffffffffffn
  const size = biased === 0 ? fraction : (fraction | (1n << 52n)) << BigInt(biased - 1)
  return raw >> 63n === 1n ? -size : size
}

/** The double with these bits. */
export function fromBits(raw: bigint): number {
  bits.setBigUint64(0, raw)
  return bits.getFloat64(0)
}

/** The position of a double among all of them, in order; -0 and 0 share position 0. */
export function position(x: number): bigint {
  bits.setFloat64(0, x)
  const raw = bits.getBigInt64(0)
  return raw < 0n ? -(raw & 0x7fffffffffffffffn) : raw
}

/** 2^-1074, as the denominator of whole units. */
export const unit: bigint = 1n << 1074n

/** How far a double is from a decimal written out, in units of the last place of the double nearest to the decimal. */
export function ulpsFrom(decimal: string, x: number): number {
  const { numerator, denominator } = parse(decimal)
  const nearest = Number(decimal)
  const spacing = wholeUnits(Math.abs(nearest) * 2 ** -52 || Number.MIN_VALUE)
  // The spacing of the binade: its leading bit alone.
  const binade = 1n << BigInt(spacing.toString(2).length - 1)
  const difference = wholeUnits(x) * denominator - numerator * unit
  const scaled = ((difference < 0n ? -difference : difference) * 1_000_000n) / (denominator * binade)
  return Number(scaled) / 1e6
}

function parse(decimal: string): { numerator: bigint; denominator: bigint } {
  const match = /^(-?)(\d+)(?:\.(\d*))?(?:e([+-]?\d+))?$/.exec(decimal)
  if (match === null) throw new SyntaxError(`not a decimal: ${decimal}`)
  const [, sign, whole = '', fraction = '', exponent = '0'] = match
  const shift = Number(exponent) - fraction.length
  const digits = BigInt(whole + fraction) * (sign === '-' ? -1n : 1n)
  return shift >= 0
    ? { numerator: digits * 10n ** BigInt(shift), denominator: 1n }
    : { numerator: digits, denominator: 10n ** BigInt(-shift) }
}
