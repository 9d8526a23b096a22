/** The loudest of each slice of a channel, 0 to 1: what a waveform draws. */
export function peaksOf(samples: Float32Array, slices: number): Float32Array {
  const peaks = new Float32Array(slices);
  for (let slice = 0; slice < slices; slice += 1) {
    const from = Math.floor((slice * samples.length) / slices);
    const to = Math.max(from + 1, Math.floor(((slice + 1) * samples.length) / slices));
    let peak = 0;
    for (let at = from; at < to && at < samples.length; at += 1) peak = Math.max(peak, Math.abs(samples[at] ?? 0));
    peaks[slice] = Math.min(1, peak);
  }
  return peaks;
}

/** Fewer slices of peaks, for a narrower picture. */
export function narrowed(peaks: Float32Array, slices: number): Float32Array {
  return slices >= peaks.length ? peaks : peaksOf(peaks, slices);
}
