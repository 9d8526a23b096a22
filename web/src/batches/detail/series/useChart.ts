import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';

/** Makes the options anew for each theme, as a canvas does not follow CSS. */
export type MakeOptions = (colour: (name: string) => string) => Omit<uPlot.Options, 'width' | 'height'>;

/** A uPlot chart in an element, as wide as the element is. `make` must be the same function each time. */
export function useChart(data: uPlot.AlignedData, height: number, make: MakeOptions) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const latest = useRef(data);
  const theme = useComputedColorScheme();

  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const styles = getComputedStyle(document.documentElement);
    const options = make((name) => styles.getPropertyValue(name).trim());
    const made = new uPlot({ ...options, width: Math.max(120, element.clientWidth), height }, latest.current, element);
    plot.current = made;
    const resized = new ResizeObserver(() => made.setSize({ width: Math.max(120, element.clientWidth), height }));
    resized.observe(element);
    return () => {
      resized.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [make, height, theme]);

  useEffect(() => {
    latest.current = data;
    plot.current?.setData(data);
  }, [data]);

  return place;
}
