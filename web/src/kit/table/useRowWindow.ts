import { useVirtualizer, type Virtualizer } from '@tanstack/react-virtual';
import { useCallback, useLayoutEffect, useRef, useState } from 'react';
import { scrollScale } from './scrollScale';

/**
 * Which rows of a very long list are in sight. Rows hang on a layer that stays in sight (it is
 * `sticky`) and is moved by hand, because the list may be higher than a browser can lay out.
 */
export function useRowWindow(total: number, rowHeight: number) {
  const [frame, setFrame] = useState<HTMLDivElement | null>(null);
  const layer = useRef<HTMLDivElement>(null);
  const offset = useRef(0);
  const list = total * rowHeight;
  const viewport = Math.max(0, (frame?.clientHeight ?? 0) - rowHeight);
  const { bar, scale } = scrollScale(list, viewport);
  // The virtualizer observes once, when the frame is there; the list may become long after that.
  const latestScale = useRef(scale);
  useLayoutEffect(() => {
    latestScale.current = scale;
  }, [scale]);

  const virtual = useVirtualizer<HTMLDivElement, HTMLDivElement>({
    count: total,
    getScrollElement: () => frame,
    estimateSize: () => rowHeight,
    overscan: 8,
    observeElementOffset: useCallback(
      (instance: Virtualizer<HTMLDivElement, HTMLDivElement>, tell: (offset: number, scrolling: boolean) => void) => {
        const element = instance.scrollElement;
        if (!element) return;
        const follow = () => {
          // The bar is coarser than the list: a move that the wheel or a key asked for is already known.
          const { current: factor } = latestScale;
          if (Math.abs(element.scrollTop - offset.current / factor) > 1) offset.current = element.scrollTop * factor;
          tell(offset.current, false);
        };
        follow();
        element.addEventListener('scroll', follow, { passive: true });
        return () => element.removeEventListener('scroll', follow);
      },
      [],
    ),
  });

  const moveTo = useCallback(
    (to: number) => {
      if (!frame) return;
      offset.current = Math.min(Math.max(0, to), Math.max(0, list - viewport));
      frame.scrollTop = offset.current / scale;
      frame.dispatchEvent(new Event('scroll'));
    },
    [frame, list, viewport, scale],
  );

  useLayoutEffect(() => {
    if (!frame || scale === 1) return;
    // Where the bar is coarse, the wheel still moves the list pixel by pixel.
    const turn = (event: WheelEvent) => {
      if (event.ctrlKey || event.deltaY === 0) return;
      event.preventDefault();
      moveTo(offset.current + event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? rowHeight : 1));
    };
    frame.addEventListener('wheel', turn, { passive: false });
    return () => frame.removeEventListener('wheel', turn);
  }, [frame, scale, rowHeight, moveTo]);

  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;

  useLayoutEffect(() => {
    const place = () => {
      if (layer.current) layer.current.style.transform = `translateY(${first * rowHeight - offset.current}px)`;
    };
    place();
    frame?.addEventListener('scroll', place, { passive: true });
    return () => frame?.removeEventListener('scroll', place);
  }, [frame, first, rowHeight]);

  const reveal = (index: number) => {
    const top = index * rowHeight;
    if (top < offset.current) moveTo(top);
    else if (top + rowHeight > offset.current + viewport) moveTo(top + rowHeight - viewport);
  };

  return { frame: setFrame, layer, bar, first, last, reveal, page: Math.max(1, Math.floor(viewport / rowHeight) - 1) };
}
