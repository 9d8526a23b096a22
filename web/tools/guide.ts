import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Marked } from 'marked';
import type { Plugin } from 'vite';

const here = fileURLToPath(new URL('.', import.meta.url));
const docs = join(here, '../../docs');

/** A page of the guide, by the name of its file. */
interface Page {
  name: string;
  title: string;
  html: string;
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/** The anchor of a heading, as the documents link to it. */
export function slug(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').trim().replaceAll(/\s/g, '-');
}

/** A link of a document as it is in the guide: to the pages beside it; what is elsewhere in the tree has no page. */
export function linkOf(href: string, pages: readonly string[]): string | undefined {
  if (/^[a-z]+:/i.test(href) || href.startsWith('#') || href.startsWith('/')) return href;
  const [path = '', anchor] = href.split('#');
  const name = path.replace(/\.md$/, '');
  return path.endsWith('.md') && pages.includes(name) ? `${name}.html${anchor ? `#${anchor}` : ''}` : undefined;
}

function render(name: string, text: string, pages: readonly string[]): Page {
  let title = name;
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth, text: words }) {
        if (depth === 1) title = words;
        return `<h${depth} id="${slug(words.replaceAll('`', ''))}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
      link({ href, tokens }) {
        const to = linkOf(href, pages);
        const words = this.parser.parseInline(tokens);
        return to === undefined ? words : `<a href="${escaped(to)}">${words}</a>`;
      },
    },
  });
  const html = (marked.parse(text) as string).replaceAll('<table>', '<div class="table"><table>').replaceAll('</table>', '</table></div>');
  return { name, title, html };
}

/** Every page for whoever uses Campanile, the quickstart first; those for developers are not part of it. */
export function guidePages(): Page[] {
  const names = readdirSync(docs).filter((file) => file.endsWith('.md')).map((file) => file.slice(0, -3));
  const order = ['quickstart', 'dashboard', ...names.filter((name) => name !== 'quickstart' && name !== 'dashboard').sort()];
  return order.filter((name) => names.includes(name)).map((name) => render(name, readFileSync(join(docs, `${name}.md`), 'utf8'), names));
}

function document(page: Page, pages: readonly Page[]): string {
  const links = pages.map(({ name, title }) => `<li><a href="${name}.html"${name === page.name ? ' aria-current="page"' : ''}>${escaped(title)}</a></li>`);
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escaped(page.title)} · Campanile</title><link rel="stylesheet" href="guide.css"><link rel="icon" href="/favicon.svg"></head>
<body><nav aria-label="Guide"><a href="/">Campanile</a><ul>${links.join('')}</ul></nav><main>${page.html}</main></body>
</html>
`;
}

/** Puts the documents for users beside the dashboard, so that every server has those of its own version. */
export function guide(): Plugin {
  return {
    name: 'guide',
    apply: 'build',
    generateBundle() {
      const emit = (fileName: string, source: string | Uint8Array) => this.emitFile({ type: 'asset', fileName: `guide/${fileName}`, source });
      const pages = guidePages();
      for (const page of pages) emit(`${page.name}.html`, document(page, pages));
      emit('guide.css', readFileSync(join(here, 'guide.css'), 'utf8'));
      const images = join(docs, 'images');
      if (existsSync(images)) for (const image of readdirSync(images)) emit(`images/${image}`, readFileSync(join(images, image)));
    },
  };
}
