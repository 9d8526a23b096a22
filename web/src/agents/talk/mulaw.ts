/** G.711 µ-law (ITU-T G.711): a byte for each sample of -1 to 1. */

const BIAS = 132;
const CLIP = 32_635;

/** The byte of one sample. */
export function encoded(sample: number): number {
  const value = Math.round(Math.max(-1, Math.min(1, sample)) * 32_767);
  const sign = value < 0 ? 0x80 : 0;
  const size = Math.min(Math.abs(value), CLIP) + BIAS;
  const exponent = Math.max(0, Math.floor(Math.log2(size)) - 7);
  const mantissa = (size >> (exponent + 3)) & 0x0f;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}

/** The sample of one byte. */
export function decoded(byte: number): number {
  const bits = ~byte & 0xff;
  const size = (((bits & 0x0f) << 3) + BIAS) << ((bits >> 4) & 7);
  const value = size - BIAS;
  return (bits & 0x80 ? -value : value) / 32_768;
}
