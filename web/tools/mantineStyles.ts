import { createRequire } from 'node:module';
import type { Plugin } from 'vite';

const id = 'virtual:mantine.css';
const styles = (name: string) => `@mantine/core/styles/${name}.css`;
const everywhere = ['default-css-variables', 'baseline', 'global'];

/**
 * Mantine's styles, in a build only those of the components that a page uses, loaded with it: each
 * component's class names (`Button.module.mjs`) bring its stylesheet along. A component imports
 * what it is made of first, so the order is right by itself.
 */
export function mantineStyles(): Plugin {
  let building = false;
  const { resolve } = createRequire(import.meta.url);
  return {
    name: 'mantine-styles',
    configResolved: ({ command }) => {
      building = command === 'build';
    },
    resolveId: (source) => (source === id ? `\0${id}` : null),
    load(source) {
      if (source !== `\0${id}`) return null;
      const sheets = building ? everywhere.map(styles) : ['@mantine/core/styles.css'];
      return sheets.map((sheet) => `@import '${resolve(sheet)}';`).join('\n');
    },
    transform(code, module) {
      const component = building && /@mantine\/core\/esm\/.*\/(\w+)\.module\.mjs$/.exec(module)?.[1];
      return component ? { code: `import '${styles(component)}';\n${code}`, map: null, moduleSideEffects: true } : null;
    },
  };
}
