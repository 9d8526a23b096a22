import { VisuallyHidden } from '@mantine/core';
import { useEffect, useState } from 'react';

/** Tells screen readers which page was opened, which a page that is not loaded anew does not do by itself. */
export function TitleAnnouncer() {
  const [title, setTitle] = useState('');
  useEffect(() => {
    const element = document.querySelector('title');
    if (!element) return;
    const observer = new MutationObserver(() => setTitle(document.title));
    observer.observe(element, { childList: true });
    return () => observer.disconnect();
  }, []);
  return <VisuallyHidden aria-live="polite">{title}</VisuallyHidden>;
}
