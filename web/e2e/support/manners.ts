import type { BrowserContext } from '@playwright/test';

/** Watches every page for what no page may do; the list fills while the test runs. */
export function watch(context: BrowserContext, home: string): readonly string[] {
  const breaches: string[] = [];
  context.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol.startsWith('http') && origin !== home) breaches.push(`asked another host: ${request.url()}`);
  });
  context.on('weberror', (thrown) => breaches.push(`threw: ${thrown.error().message}`));
  context.on('console', (message) => {
    const failedRequest = message.text().startsWith('Failed to load resource');
    if (message.type() === 'error' && !failedRequest) breaches.push(`said: ${message.text()}`);
  });
  return breaches;
}
