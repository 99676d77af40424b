/**
 * The operating system's entropy, in blocks of 16 KiB from Web Crypto's `getRandomValues`.
 *
 * The function is captured when this module loads, so that a later patch of the global or of its prototype changes nothing.
 * The first block is drawn at the first use and never at import: edge runtimes forbid that, and a snapshot would copy it.
 * There is no fallback. Nothing of the caller's runs while a block is being filled.
 *
 * Every block has to look as if somebody had filled it: no 16 bytes of zeros where it is sampled, every bit position seen both set
 * and clear, and a tag of 128 bits, never handed out, unlike the tag before (the continuous test of FIPS 140-2, 4.9.2). A sound
 * generator fails by chance less than once in 2^110 blocks; a stub that fills nothing, or the first bytes only, or bytes
 * where words were asked for, or repeats itself, fails at once. This is a check of the plumbing, not a proof of quality.
 *
 * *Promise*: words are wiped as they are handed out, and a block that failed is wiped; a failure throws an EntropyError and
 * the next draw tries again.
 * *Limits*: a copy of the process's memory (a virtual machine's snapshot, a start-up snapshot) holds up to one block of
 * words still to come: call `discardEntropy()` before it is taken. A forked child of a JavaScript runtime and a worker
 * start with a module, and so with a buffer, of their own.
 *
 * @module
 */

import { EntropyError } from '../errors.ts'
import { BitSource } from './bit-source.ts'
import { issueSecure, type SecureRandom } from './handles.ts'

type Fill = (words: Uint32Array) => unknown

const wordsPerBlock = 4096
const tagWords = 4

function capture(): Fill | undefined {
  try {
    const { crypto } = globalThis as { readonly crypto?: { readonly getRandomValues?: Fill } }
    return crypto?.getRandomValues?.bind(crypto)
  } catch {
    // A runtime may hide the global behind a getter that throws. Without it there is no entropy, said when it is asked for.
    return undefined
  }
}

const fill = capture()
const missing =
  'crypto.getRandomValues was missing when this package was loaded, and there is no fallback: private noise needs the entropy of the operating system'

let block: Uint32Array | undefined
let handedOut: Uint32Array
const lastTag = new Uint32Array(tagWords)

/** Says what is wrong with a block, if anything; by samples, as a look at every word would cost as much as drawing it. */
function complaint(words: Uint32Array): string | undefined {
  for (let i = 0; i < wordsPerBlock; i += 8) {
    if (words[i] === 0 && words[i + 1] === 0 && words[i + 2] === 0 && words[i + 3] === 0) return 'left part of the block empty'
  }
  let everSet = 0
  let everClear = 0
  for (let i = 0; i < 256; i++) {
    everSet |= words[i] as number
    everClear |= ~(words[i] as number)
  }
  if ((everSet & everClear) !== -1) return 'never changes some of the bits'
  let sameTag = true
  for (let i = 0; i < tagWords; i++) sameTag &&= words[i] === lastTag[i]
  return sameTag ? 'gave the same values twice' : undefined
}

function refill(): Uint32Array {
  if (fill === undefined) throw new EntropyError(missing)
  if (block === undefined) {
    block = new Uint32Array(wordsPerBlock)
    handedOut = block.subarray(tagWords)
  }
  // Not only for secrecy: a stub that leaves the block alone has to leave zeros.
  block.fill(0)
  try {
    fill(block)
  } catch (cause) {
    block.fill(0)
    throw new EntropyError('crypto.getRandomValues failed', { cause })
  }
  const wrong = complaint(block)
  if (wrong !== undefined) {
    block.fill(0)
    throw new EntropyError(`crypto.getRandomValues is not a source of entropy: it ${wrong}`)
  }
  for (let i = 0; i < tagWords; i++) lastTag[i] = block[i] as number
  return handedOut
}

const source = new BitSource(refill)
const handle = issueSecure(source)

/** The default source everywhere: the operating system's entropy. Throws an EntropyError where there is none. */
export function secureRandom(): SecureRandom {
  if (fill === undefined) throw new EntropyError(missing)
  return handle
}

/** Drops and wipes the words that are buffered: call it before a snapshot of this process is taken, and after it is restored. */
export function discardEntropy(): void {
  source.discard()
}
