import { narrowed } from './peaks';
import type { StereoPeaks } from './usePeaks';

/** In CSS pixels. */
const bar = 2;
const gap = 1;

/** Draws the person above and the agent below, each around its own line. */
export function drawWaveform(canvas: HTMLCanvasElement, peaks: StereoPeaks, colours: { person: string; agent: string }): void {
  const context = canvas.getContext('2d');
  if (!context) return;
  const { clientWidth: width, clientHeight: height } = canvas;
  const ratio = window.devicePixelRatio;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  context.scale(ratio, ratio);
  context.clearRect(0, 0, width, height);
  const lane = height / 2;
  drawLane(context, peaks.person, colours.person, width, lane / 2, lane);
  drawLane(context, peaks.agent, colours.agent, width, lane * 1.5, lane);
}

function drawLane(context: CanvasRenderingContext2D, peaks: Float32Array, colour: string, width: number, middle: number, height: number): void {
  const bars = narrowed(peaks, Math.max(1, Math.floor(width / (bar + gap))));
  const step = width / bars.length;
  context.fillStyle = colour;
  bars.forEach((peak, index) => {
    // Quiet speech is seen too: loudness is heard by its root rather than by its height.
    const tall = Math.max(1, Math.sqrt(peak) * (height - 8));
    context.fillRect(index * step, middle - tall / 2, Math.max(1, step - gap), tall);
  });
}
