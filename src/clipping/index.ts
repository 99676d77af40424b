/**
 * Clipping: what one record may weigh, held to the last bit; norms that never say too little.
 *
 * @module
 */

export {
  type AdaptiveClipOptions,
  type AdaptiveClipper,
  type AdaptiveRound,
  adaptiveClip,
  type SplitNoise,
  splitNoise,
} from './adaptive.ts'
export { type Clip, clipL1, clipL2, clipLinf, type L1Clipper, type L2Clipper, type LinfClipper } from './clippers.ts'
export { l1Norm, l2Norm, linfNorm } from './norms.ts'
export { type LayersClipper, perGroup, perLayer } from './per-layer.ts'
export type { Vector } from './vector.ts'
