// Looks for the n for which SHA-256(id + "." + n) begins with `bits` zero bits.
// In: {id, bits, first, step}; out: {progress}…, {solution}. Several workers
// share the numbers: each takes every step-th from its first on. WebCrypto
// costs a promise a try, twenty times as much as this SHA-256.
"use strict";

// FIPS 180-4: from the roots of the first primes
const primes = [];
for (let n = 2; primes.length < 64; n++) {
  if (primes.every((p) => n % p)) primes.push(n);
}
const roots = (f) => Int32Array.from(primes, (p) => ((f(p) % 1) * 2 ** 32) | 0);
const K = roots(Math.cbrt);
const START = roots(Math.sqrt).slice(0, 8);
const w = new Int32Array(64);
const turn = (x, n) => (x >>> n) | (x << (32 - n));

function compress(state, view, at) {
  let a = state[0], b = state[1], c = state[2], d = state[3];
  let e = state[4], f = state[5], g = state[6], h = state[7];

  for (let i = 0; i < 16; i++) w[i] = view.getInt32(at + 4 * i);
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15], y = w[i - 2];
    w[i] = w[i - 16] + w[i - 7] +
      (turn(x, 7) ^ turn(x, 18) ^ (x >>> 3)) +
      (turn(y, 17) ^ turn(y, 19) ^ (y >>> 10));
  }
  for (let i = 0; i < 64; i++) {
    const one = h + K[i] + w[i] + ((e & f) ^ (~e & g)) +
      (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25));
    const two = ((a & b) ^ (a & c) ^ (b & c)) +
      (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22));
    h = g; g = f; f = e; e = (d + one) | 0;
    d = c; c = b; b = a; a = (one + two) | 0;
  }
  state[0] += a; state[1] += b; state[2] += c; state[3] += d;
  state[4] += e; state[5] += f; state[6] += g; state[7] += h;
}

function solve({ id, bits, first, step }) {
  const prefix = id + ".";
  const whole = prefix.length & ~63;
  const bytes = new Uint8Array(whole + 128);
  const view = new DataView(bytes.buffer);
  const midway = START.slice(), state = START.slice();
  const put = (text, at) => {
    for (let i = 0; i < text.length; i++) bytes[at++] = text.charCodeAt(i);
    return at;
  };
  const from = put(prefix, 0);

  // what stays is hashed once
  for (let at = 0; at < whole; at += 64) compress(midway, view, at);
  for (let n = first, told = 0; ; n += step) {
    const digits = String(n);
    bytes.fill(0, from);
    const end = put(digits, from);
    bytes[end] = 0x80;
    const size = whole + (end - whole < 56 ? 64 : 128);
    view.setInt32(size - 4, end * 8);
    state.set(midway);
    for (let at = whole; at < size; at += 64) compress(state, view, at);
    if (Math.clz32(state[0]) >= bits) return digits;
    if (n < told) continue;
    told = n + 65536;
    postMessage({ progress: n / 2 ** bits });
  }
}

onmessage = ({ data }) => postMessage({ solution: solve(data) });
