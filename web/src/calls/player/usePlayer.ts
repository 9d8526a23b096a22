import { useCallback, useEffect, useState, type RefObject } from 'react';

export interface Player {
  playing: boolean;
  failed: boolean;
  /** In milliseconds. */
  position: number;
  toggle: () => void;
  /** Goes there, and goes on playing if it was; `andPlay` plays in any case. */
  seek: (ms: number, andPlay?: boolean) => void;
  setSpeed: (speed: number) => void;
}

/** An audio element's state, followed closely while it plays. */
export function usePlayer(audio: RefObject<HTMLAudioElement | null>, length: number): Player {
  const [playing, setPlaying] = useState(false);
  const [failed, setFailed] = useState(false);
  const [position, setPosition] = useState(0);

  useEffect(() => {
    const element = audio.current;
    if (!element) return;
    const follow = () => setPosition(element.currentTime * 1_000);
    const state = () => setPlaying(!element.paused && !element.ended);
    const fail = () => setFailed(true);
    const positions = ['timeupdate', 'seeking', 'seeked', 'ended'] as const;
    const states = ['play', 'pause', 'ended'] as const;
    for (const name of positions) element.addEventListener(name, follow);
    for (const name of states) element.addEventListener(name, state);
    element.addEventListener('error', fail);
    return () => {
      for (const name of positions) element.removeEventListener(name, follow);
      for (const name of states) element.removeEventListener(name, state);
      element.removeEventListener('error', fail);
    };
  }, [audio]);

  // `timeupdate` comes four times a second, too seldom for a line that moves.
  useEffect(() => {
    if (!playing) return;
    let frame = requestAnimationFrame(function follow() {
      if (audio.current) setPosition(audio.current.currentTime * 1_000);
      frame = requestAnimationFrame(follow);
    });
    return () => cancelAnimationFrame(frame);
  }, [audio, playing]);

  const play = useCallback(() => {
    // Refused when nothing can be decoded, which the error event tells, or when it is paused at once.
    audio.current?.play().catch(() => undefined);
  }, [audio]);

  const toggle = useCallback(() => {
    if (audio.current?.paused === false) audio.current.pause();
    else play();
  }, [audio, play]);

  const seek = useCallback(
    (ms: number, andPlay = false) => {
      const to = Math.min(Math.max(0, ms), length);
      setPosition(to);
      if (audio.current) audio.current.currentTime = to / 1_000;
      if (andPlay) play();
    },
    [audio, length, play],
  );

  const setSpeed = useCallback((speed: number) => {
    if (audio.current) audio.current.playbackRate = speed;
  }, [audio]);

  return { playing, failed, position, toggle, seek, setSpeed };
}
