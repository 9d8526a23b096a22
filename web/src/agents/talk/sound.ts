import worklet from './line.worklet?worker&url';

/** The microphone and the loudspeaker of the browser, as a telephone line. */
export interface Sound {
  /** Plays 20 ms of µ-law. */
  play: (frame: ArrayBuffer) => void;
  close: () => void;
}

/** Whether the browser gives its microphone to pages of this server at all. */
export function hasMicrophone(): boolean {
  return window.isSecureContext && 'mediaDevices' in navigator;
}

/** Opens both; `onFrame` gets each 20 ms of the microphone, in µ-law. */
export async function openSound(onFrame: (frame: ArrayBuffer) => void): Promise<Sound> {
  const audio = { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  const stream = await navigator.mediaDevices.getUserMedia({ audio });
  const context = new AudioContext({ latencyHint: 'interactive' });
  const close = () => {
    for (const track of stream.getTracks()) track.stop();
    void context.close();
  };
  try {
    await context.audioWorklet.addModule(worklet);
    const line = new AudioWorkletNode(context, 'line', { numberOfInputs: 1, numberOfOutputs: 1, outputChannelCount: [1] });
    line.port.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => onFrame(data);
    context.createMediaStreamSource(stream).connect(line).connect(context.destination);
    await context.resume();
    return { play: (frame) => line.port.postMessage(frame, [frame]), close };
  } catch (error) {
    close();
    throw error;
  }
}
