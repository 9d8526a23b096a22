import { useEffect, useRef, useState } from 'react';
import { talk as text } from '@/text/en/talk';
import { openSound, type Sound } from './sound';
import { after, noTalk, type Talk, type Told } from './talk';

/** What is asked for. */
export interface Asked {
  agentId: string;
  version: number;
  values: Readonly<Record<string, string>>;
}

type Phase = 'idle' | 'opening' | 'open' | 'over';

/** A talk with an agent over a WebSocket, with the microphone and the loudspeaker of the browser. */
export function useTalk() {
  const [phase, setPhase] = useState<Phase>('idle');
  const [talk, setTalk] = useState<Talk>(noTalk);
  const [trouble, setTrouble] = useState<string>();
  const open = useRef<{ socket?: WebSocket; sound?: Sound; ended: boolean }>({ ended: true });
  useEffect(() => () => end(open.current), []);

  async function begin({ agentId, version, values }: Asked): Promise<void> {
    const mine: (typeof open)['current'] = { ended: false };
    open.current = mine;
    setTalk(noTalk);
    setTrouble(undefined);
    setPhase('opening');
    const stop = (why?: string) => {
      if (open.current === mine) {
        setPhase('over');
        if (why) setTrouble(why);
      }
      end(mine);
    };
    let sound: Sound;
    try {
      sound = await openSound((frame) => {
        if (mine.socket?.readyState === WebSocket.OPEN) mine.socket.send(frame);
      });
    } catch (error) {
      stop(text.noMicrophone(error instanceof Error ? error.message : String(error)));
      return;
    }
    if (mine.ended) {
      sound.close();
      return;
    }
    mine.sound = sound;
    const path = `/v1/agents/${agentId}/versions/${version}/talk`;
    const socket = new WebSocket(`${window.location.origin.replace(/^http/, 'ws')}${path}`);
    socket.binaryType = 'arraybuffer';
    mine.socket = socket;
    let wasOpen = false;
    socket.onopen = () => {
      wasOpen = true;
      setPhase('open');
      socket.send(JSON.stringify({ values }));
    };
    socket.onmessage = ({ data }: MessageEvent<ArrayBuffer | string>) => {
      if (typeof data === 'string') setTalk((now) => after(now, JSON.parse(data) as Told));
      else sound.play(data);
    };
    socket.onclose = ({ code, reason }) => {
      if (code === 1000) stop();
      else if (wasOpen) stop(reason || text.lost);
      else void refusal(path).then(stop);
    };
  }

  return {
    phase,
    talk,
    trouble,
    begin: (asked: Asked) => void begin(asked),
    press: (digit: string) => open.current.socket?.send(JSON.stringify({ type: 'digit', digit })),
    hangUp: () => open.current.socket?.close(1000),
  };
}

function end(open: { socket?: WebSocket; sound?: Sound; ended: boolean }): void {
  open.ended = true;
  open.sound?.close();
  open.socket?.close(1000);
}

/** A browser does not say why a WebSocket was refused: the same address tells it without one. */
async function refusal(path: string): Promise<string> {
  try {
    const answer = await fetch(path);
    const problem = (await answer.json()) as { detail?: string };
    return answer.status === 429 || answer.status === 403 ? (problem.detail ?? text.lost) : text.notOpened;
  } catch {
    return text.notOpened;
  }
}
