import { useEffect, useRef, useState } from 'react';
import { toast } from '@/kit';
import { api, ok } from '@/kit/api';
import { agents } from '@/text/en/agents';

/** The longest text that the server speaks for somebody to hear it. */
const longest = 1_000;

export interface Heard {
  text: string;
  language: string;
  voice: string;
}

/** A text as an agent would say it. One that is too long is cut at a word. */
export function spoken({ text, language, voice }: Heard): Promise<Blob> {
  const head = text.length > longest ? text.slice(0, longest).replace(/\s+\S*$/, '') : text;
  const query = { text: head, ...(language ? { language } : {}), ...(voice ? { voice } : {}) };
  return ok(api.GET('/v1/voices/preview.wav', { params: { query }, parseAs: 'blob' }));
}

/** A sound that was uploaded. */
export function uploaded(id: string): Promise<Blob> {
  return ok(api.GET('/v1/sounds/{id}/sound.wav', { params: { path: { id } }, parseAs: 'blob' }));
}

/** One thing is heard at a time on the whole page. */
let stopOther: (() => void) | undefined;

/** Plays what `fetch` brings, and stops when asked again or when the page goes. */
export function useHearing(fetch: () => Promise<Blob>) {
  const [state, setState] = useState<'silent' | 'coming' | 'playing'>('silent');
  const stop = useRef<(() => void) | undefined>(undefined);
  useEffect(() => () => stop.current?.(), []);

  async function play() {
    stopOther?.();
    const hearing = { wanted: true, audio: new Audio() };
    const end = () => {
      hearing.wanted = false;
      hearing.audio.pause();
      URL.revokeObjectURL(hearing.audio.src);
      if (stopOther === end) stopOther = undefined;
      stop.current = undefined;
      setState('silent');
    };
    stop.current = end;
    stopOther = end;
    setState('coming');
    try {
      const blob = await fetch();
      if (!isWanted(hearing)) return;
      hearing.audio.src = URL.createObjectURL(blob);
      hearing.audio.addEventListener('ended', end);
      await hearing.audio.play();
      if (isWanted(hearing)) setState('playing');
    } catch (error) {
      if (!isWanted(hearing)) return;
      end();
      toast.failed(agents.hear.failed, error);
    }
  }

  return { state, toggle: () => (stop.current ? stop.current() : void play()) };
}

/** Somebody may have stopped it while it was waited for. */
function isWanted({ wanted }: { wanted: boolean }): boolean {
  return wanted;
}
