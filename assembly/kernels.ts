/**
 * The products that clipping by example lives on, in SIMD (AssemblyScript; `npm run assemble` writes src/tfjs/host/binary.ts).
 *
 * All arrays are of float32, row by row; pointers are in bytes, strides in elements.
 */

/** f64 sum of the squares of four lanes. */
// @ts-ignore: decorator
@inline
function squares(v: v128): f64 {
  const q = f32x4.mul(v, v)
  return (
    <f64>f32x4.extract_lane(q, 0) + <f64>f32x4.extract_lane(q, 1) + <f64>f32x4.extract_lane(q, 2) + <f64>f32x4.extract_lane(q, 3)
  )
}

/** a + s b, s read from memory into all lanes. */
// @ts-ignore: decorator
@inline
function fold(a: v128, s: usize, b: v128): v128 {
  return f32x4.add(a, f32x4.mul(v128.load32_splat(s), b))
}

/** Four rows of g by eight columns: everything in registers while t runs. */
// @ts-ignore: decorator
@inline
function tile(x: usize, d: usize, g: usize, steps: i32, nextX: usize, nextD: usize, column: usize, row: usize, add: i32): f64 {
  const zero = f32x4.splat(0)
  let a0 = zero, a1 = zero, b0 = zero, b1 = zero, c0 = zero, c1 = zero, e0 = zero, e1 = zero
  if (add) {
    a0 = v128.load(g), a1 = v128.load(g, 16)
    b0 = v128.load(g + row), b1 = v128.load(g + row, 16)
    c0 = v128.load(g + 2 * row), c1 = v128.load(g + 2 * row, 16)
    e0 = v128.load(g + 3 * row), e1 = v128.load(g + 3 * row, 16)
  }
  for (let t = 0; t < steps; t++) {
    const left = v128.load(d)
    const right = v128.load(d, 16)
    a0 = fold(a0, x, left), a1 = fold(a1, x, right)
    b0 = fold(b0, x + column, left), b1 = fold(b1, x + column, right)
    c0 = fold(c0, x + 2 * column, left), c1 = fold(c1, x + 2 * column, right)
    e0 = fold(e0, x + 3 * column, left), e1 = fold(e1, x + 3 * column, right)
    x += nextX
    d += nextD
  }
  v128.store(g, a0), v128.store(g, a1, 16)
  v128.store(g + row, b0), v128.store(g + row, b1, 16)
  v128.store(g + 2 * row, c0), v128.store(g + 2 * row, c1, 16)
  v128.store(g + 3 * row, e0), v128.store(g + 3 * row, e1, 16)
  return squares(a0) + squares(a1) + squares(b0) + squares(b1) + squares(c0) + squares(c1) + squares(e0) + squares(e1)
}

/** One row of g by four columns. */
// @ts-ignore: decorator
@inline
function strip(x: usize, d: usize, g: usize, steps: i32, nextX: usize, nextD: usize, add: i32): f64 {
  let a = add ? v128.load(g) : f32x4.splat(0)
  for (let t = 0; t < steps; t++) {
    a = fold(a, x, v128.load(d))
    x += nextX
    d += nextD
  }
  v128.store(g, a)
  return squares(a)
}

/** One element of g. */
// @ts-ignore: decorator
@inline
function dot(x: usize, d: usize, g: usize, steps: i32, nextX: usize, nextD: usize, add: i32): f64 {
  let a: f32 = add ? load<f32>(g) : 0
  for (let t = 0; t < steps; t++) {
    a += load<f32>(x) * load<f32>(d)
    x += nextX
    d += nextD
  }
  store<f32>(g, a)
  return <f64>a * <f64>a
}

/** g[i, o] (+)= SUM over t of x[t, i] d[t, o]; gives the sum of the squares of g. */
export function product(
  x: usize,
  d: usize,
  g: usize,
  steps: i32,
  inputs: i32,
  outputs: i32,
  strideT: usize,
  strideI: usize,
  add: i32,
): f64 {
  const nextX = strideT << 2
  const column = strideI << 2
  const row = <usize>outputs << 2
  let total: f64 = 0
  let i = 0
  for (; i + 4 <= inputs; i += 4) {
    const from = x + <usize>i * column
    const to = g + <usize>i * row
    let o = 0
    for (; o + 8 <= outputs; o += 8) {
      total += tile(from, d + (<usize>o << 2), to + (<usize>o << 2), steps, nextX, row, column, row, add)
    }
    for (let k = 0; k < 4; k++) total += rest(from + <usize>k * column, d, to + <usize>k * row, steps, o, outputs, nextX, row, add)
  }
  for (; i < inputs; i++) total += rest(x + <usize>i * column, d, g + <usize>i * row, steps, 0, outputs, nextX, row, add)
  return total
}

/** One row of g from the column `o` on. */
function rest(x: usize, d: usize, g: usize, steps: i32, o: i32, outputs: i32, nextX: usize, nextD: usize, add: i32): f64 {
  let total: f64 = 0
  for (; o + 4 <= outputs; o += 4) total += strip(x, d + (<usize>o << 2), g + (<usize>o << 2), steps, nextX, nextD, add)
  for (; o < outputs; o++) total += dot(x, d + (<usize>o << 2), g + (<usize>o << 2), steps, nextX, nextD, add)
  return total
}

/** out += w g, over n elements. */
export function addScaled(g: usize, out: usize, n: i32, w: f32): void {
  const weight = f32x4.splat(w)
  const end = g + (<usize>n << 2)
  for (; g + 16 <= end; g += 16, out += 16) v128.store(out, f32x4.add(v128.load(out), f32x4.mul(weight, v128.load(g))))
  for (; g < end; g += 4, out += 4) store<f32>(out, load<f32>(out) + w * load<f32>(g))
}

/** Adds n floats to others. */
// @ts-ignore: decorator
@inline
function addRun(from: usize, to: usize, bytes: usize): void {
  const end = from + bytes
  for (; from + 16 <= end; from += 16, to += 16) v128.store(to, f32x4.add(v128.load(to), v128.load(from)))
  for (; from < end; from += 4, to += 4) store<f32>(to, load<f32>(to) + load<f32>(from))
}

/**
 * What a filter sees of one image [height, width, channels] at each of its places: [places, filterHeight * filterWidth * channels].
 * With `back` the other way: gradients of what was seen are added up into the image.
 */
export function patches(
  image: usize,
  seen: usize,
  height: i32,
  width: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  filterHeight: i32,
  filterWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  top: i32,
  left: i32,
  back: i32,
): void {
  const line = <usize>(filterWidth * channels) << 2
  if (back) memory.fill(image, 0, <usize>(height * width * channels) << 2)
  for (let row = 0; row < outHeight; row++) {
    for (let column = 0; column < outWidth; column++) {
      const x = column * strideWidth - left
      const first = max(0, -x)
      const last = min(filterWidth, width - x)
      const bytes = last > first ? <usize>((last - first) * channels) << 2 : 0
      for (let tap = 0; tap < filterHeight; tap++, seen += line) {
        const y = row * strideHeight - top + tap
        const inside = y >= 0 && y < height && bytes > 0
        const pixels = image + (<usize>((y * width + x + first) * channels) << 2)
        const place = seen + (<usize>(first * channels) << 2)
        if (back) {
          if (inside) addRun(place, pixels, bytes)
        } else {
          if (!inside || bytes < line) memory.fill(seen, 0, line)
          if (inside) memory.copy(place, pixels, bytes)
        }
      }
    }
  }
}

/** The gradient of a maximum over windows of one image: to the first greatest value of each window. */
export function maxPoolBack(
  image: usize,
  error: usize,
  gradient: usize,
  height: i32,
  width: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  windowHeight: i32,
  windowWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  top: i32,
  left: i32,
): void {
  const pixel = <usize>channels << 2
  memory.fill(gradient, 0, <usize>(height * width) * pixel)
  for (let row = 0; row < outHeight; row++) {
    const firstY = max(0, row * strideHeight - top)
    const lastY = min(height, row * strideHeight - top + windowHeight)
    for (let column = 0; column < outWidth; column++, error += pixel) {
      const firstX = max(0, column * strideWidth - left)
      const lastX = min(width, column * strideWidth - left + windowWidth)
      for (let c: usize = 0; c < pixel; c += 4) {
        let best: f32 = -Infinity
        let place: usize = 0
        let found = false
        for (let y = firstY; y < lastY; y++) {
          let at = <usize>(y * width + firstX) * pixel + c
          for (let x = firstX; x < lastX; x++, at += pixel) {
            const value = load<f32>(image + at)
            if (value > best) {
              best = value
              place = at
              found = true
            }
          }
        }
        if (found) store<f32>(gradient + place, load<f32>(gradient + place) + load<f32>(error + c))
      }
    }
  }
}
