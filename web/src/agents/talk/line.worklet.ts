import { decoded, encoded } from './mulaw';
import { FromLine, ToLine } from './rate';

/** What the browser gives to the scripts of its audio thread. */
declare const sampleRate: number;
declare function registerProcessor(name: string, processor: unknown): void;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}

/** 20 ms of a line. */
const FRAME = 160;
/** Sound does not come evenly: this much is waited for, in samples of the line. */
const PREBUFFER = 4 * FRAME;
/** More than this is skipped, so that the answer is not heard later and later. */
const MOST = 25 * FRAME;

/** The line between the microphone, the loudspeaker and the page: frames of µ-law in both directions. */
class Line extends AudioWorkletProcessor {
  private readonly toLine = new ToLine(sampleRate);
  private readonly fromLine = new FromLine(sampleRate);
  private frame = new Uint8Array(FRAME);
  private filled = 0;
  private readonly waiting: number[] = [];
  private gathers = true;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
      for (const byte of new Uint8Array(data)) this.waiting.push(decoded(byte));
      if (this.waiting.length > MOST) this.waiting.splice(0, this.waiting.length - PREBUFFER);
    };
  }

  process(inputs: readonly Float32Array[][], outputs: readonly Float32Array[][]): boolean {
    const [microphone, loudspeaker] = [inputs[0]?.[0], outputs[0]?.[0]];
    if (microphone) this.toLine.take(microphone, (sample) => this.send(encoded(sample)));
    if (loudspeaker) this.fromLine.fill(loudspeaker, () => this.next());
    return true;
  }

  private send(byte: number): void {
    this.frame[this.filled] = byte;
    this.filled += 1;
    if (this.filled < FRAME) return;
    const { buffer } = this.frame;
    this.port.postMessage(buffer, [buffer]);
    this.frame = new Uint8Array(FRAME);
    this.filled = 0;
  }

  private next(): number {
    if (this.gathers && this.waiting.length < PREBUFFER) return 0;
    const sample = this.waiting.shift();
    this.gathers = sample === undefined;
    return sample ?? 0;
  }
}

registerProcessor('line', Line);
