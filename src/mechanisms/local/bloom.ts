/**
 * Bloom filters of text, in cohorts that hash differently; what RAPPOR reports are made of.
 *
 *     x = polynomial of the UTF-16 units at 1 000 003, modulo P = 2^31 - 1        bit = floor(m ((a x + b) mod P) / P)
 *
 * with a and b of each cohort and hash function from their number, by the finaliser of MurmurHash3 (Appleby 2011).
 *
 * *Promise*: public, fixed for all time, and the same on every engine: integers below 2^53 only. Privacy does not depend on it.
 * *Limits*: not collision-resistant: who chooses texts can make two that look the same.
 *
 * @module
 */

const prime = 2147483647
const base = 1000003

/** The shape of the filters: so many bits, set at `hashes` places that each cohort chooses its own way. */
export type FilterShape = { readonly bits: number; readonly hashes: number; readonly cohorts: number }

/** The places that a text sets in the filter of a cohort, each once. */
export function placesOf(text: string, cohort: number, { bits, hashes }: FilterShape): ReadonlySet<number> {
  let x = 0
  for (let i = 0; i < text.length; i++) x = (x * base + text.charCodeAt(i) + 1) % prime
  const places = new Set<number>()
  for (let i = 0; i < hashes; i++) {
    const number = 2 * (cohort * hashes + i)
    const [a, b] = [mixed(number + 1) % prime, mixed(number + 2) % prime]
    // a x by halves of a: 2^16 times a number below P, and a number below 2^47.
    const high = (Math.floor(a / 65536) * x) % prime
    const point = (high * 65536 + (a % 65536) * x + b) % prime
    places.add(Math.floor((point * bits) / prime))
  }
  return places
}

/** An integer below 2^32 from another: MurmurHash3's finaliser. */
function mixed(number: number): number {
  let h = Math.imul(number, 0x9e3779b1)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
