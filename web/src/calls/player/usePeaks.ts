import { useQuery } from '@tanstack/react-query';
import { peaksOf } from './peaks';

/** As fine as the widest screen shows. */
const slices = 2_000;
/** The sound is of 8 kHz; decoding it to the speakers' rate would take six times the memory. */
const sampleRate = 8_000;

export interface StereoPeaks {
  person: Float32Array;
  agent: Float32Array;
}

/** The waveform of a recording; the samples themselves are not kept. */
export function usePeaks(url: string) {
  return useQuery({
    queryKey: ['recording', url],
    queryFn: ({ signal }) => decode(url, signal),
    staleTime: Infinity,
    retry: false,
    structuralSharing: false,
  });
}

async function decode(url: string, signal: AbortSignal): Promise<StereoPeaks> {
  const response = await fetch(url, { signal });
  if (!response.ok) throw new Error(`${url} answered with ${response.status}`);
  const sound = await new OfflineAudioContext(2, 1, sampleRate).decodeAudioData(await response.arrayBuffer());
  const channel = (index: number) => peaksOf(sound.getChannelData(Math.min(index, sound.numberOfChannels - 1)), slices);
  return { person: channel(0), agent: channel(1) };
}
