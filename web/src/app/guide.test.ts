// @vitest-environment node
import { expect, it } from 'vitest';
import { guidePages, linkOf, slug } from '../../tools/guide';

it('has every document for users, and links that lead somewhere', () => {
  const pages = guidePages();
  const names = pages.map(({ name }) => name);
  expect(names.slice(0, 2)).toEqual(['quickstart', 'dashboard']);
  const anchors = new Set(pages.flatMap(({ name, html }) => [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => `${name}.html#${id}`)));
  for (const { name, html } of pages) {
    for (const [, href = ''] of html.matchAll(/<a href="([^"]+)"/g)) {
      if (/^[a-z]+:|^\//i.test(href)) continue;
      const [path, anchor] = href.split('#');
      const to = path === '' ? `${name}.html` : (path ?? '');
      expect(names, `${name} links to ${href}`).toContain(to.replace(/\.html$/, ''));
      if (anchor) expect(anchors, `${name} links to ${href}`).toContain(`${to}#${anchor}`);
    }
  }
});

it('keeps links within the guide, and drops those to what is not served', () => {
  expect(linkOf('pacing.md#calling-hours', ['pacing'])).toBe('pacing.html#calling-hours');
  expect(linkOf('https://example.com/x.md', [])).toBe('https://example.com/x.md');
  expect(linkOf('dev/bounds.md', ['pacing'])).toBeUndefined();
  expect(slug('Why is it not dialing?')).toBe('why-is-it-not-dialing');
});
