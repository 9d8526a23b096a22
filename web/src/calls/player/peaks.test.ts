import { expect, test } from 'vitest';
import { narrowed, peaksOf } from './peaks';

test('a slice is as high as its loudest sample, whichever its sign', () => {
  expect([...peaksOf(Float32Array.of(0.25, -0.5, 0, 0.125, 0.75, -1), 3)]).toEqual([0.5, 0.125, 1]);
});

test('no sample is left out when the slices do not divide', () => {
  const samples = new Float32Array(1_001);
  samples[1_000] = 0.5;
  expect(peaksOf(samples, 7).at(-1)).toBe(0.5);
});

test('more slices than samples repeat them', () => {
  expect([...peaksOf(Float32Array.of(0.5, 1), 4)]).toEqual([0.5, 0.5, 1, 1]);
});

test('silence and nothing are flat', () => {
  expect([...peaksOf(new Float32Array(0), 2)]).toEqual([0, 0]);
});

test('clipped sound stays in the picture', () => {
  expect([...peaksOf(Float32Array.of(1.5), 1)]).toEqual([1]);
});

test('a narrower picture keeps its peaks', () => {
  const peaks = Float32Array.of(0.25, 0.5, 1, 0);
  expect([...narrowed(peaks, 2)]).toEqual([0.5, 1]);
  expect(narrowed(peaks, 10)).toBe(peaks);
});
