/** The rate of sound on telephone lines, in samples a second. */
export const LINE_RATE = 8_000;

/** Brings sound down to the rate of a line: each sample is the mean of those in its time. */
export class ToLine {
  private readonly step: number;
  private sum = 0;
  private weight = 0;

  constructor(rate: number) {
    this.step = rate / LINE_RATE;
  }

  take(samples: Float32Array, each: (sample: number) => void): void {
    for (const sample of samples) {
      // What does not fit into the time of this sample belongs to the next one.
      const part = Math.min(1, this.step - this.weight);
      this.sum += sample * part;
      this.weight += part;
      if (this.step - this.weight < 1e-9) {
        each(this.sum / this.step);
        this.sum = sample * (1 - part);
        this.weight = 1 - part;
      }
    }
  }
}

/** Brings sound of a line up to the rate of the browser, on straight lines between its samples. */
export class FromLine {
  private readonly step: number;
  private at = 1;
  private last = 0;
  private next = 0;

  constructor(rate: number) {
    this.step = LINE_RATE / rate;
  }

  /** Fills `samples`; `sample` gives the next one of the line. */
  fill(samples: Float32Array, sample: () => number): void {
    for (let index = 0; index < samples.length; index += 1) {
      while (this.at >= 1) {
        this.at -= 1;
        this.last = this.next;
        this.next = sample();
      }
      samples[index] = this.last + (this.next - this.last) * this.at;
      this.at += this.step;
    }
  }
}
