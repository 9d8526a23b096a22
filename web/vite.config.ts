import { fileURLToPath } from 'node:url';
import { convertCssVariables, defaultCssVariablesResolver, mergeMantineTheme, DEFAULT_THEME } from '@mantine/core';
import react from '@vitejs/plugin-react';
import type { Plugin, ProxyOptions } from 'vite';
import { defineConfig } from 'vitest/config';
import { theme } from './src/app/theme.ts';
import { guide } from './tools/guide.ts';
import { mantineStyles } from './tools/mantineStyles.ts';

const server = process.env.CAMPANILE_URL ?? 'http://127.0.0.1:8080';
const key = process.env.CAMPANILE_API_KEY;

/** The server, with the developer's key when there is one, so that `npm run dev` is signed in. */
const toServer: ProxyOptions = {
  target: server,
  ...(key ? { headers: { Authorization: `Bearer ${key}` } } : {}),
};
const proxy = { '/v1': toServer, '/healthz': toServer, '/openapi.json': toServer };

/**
 * The theme's CSS variables as a stylesheet. Mantine would put them into a <style> element at run
 * time, which the content security policy refuses.
 */
function themeVariables(): Plugin {
  const id = 'virtual:theme-variables.css';
  return {
    name: 'theme-variables',
    resolveId: (source) => (source === id ? `\0${id}` : null),
    load: (source) =>
      source === `\0${id}`
        ? convertCssVariables(defaultCssVariablesResolver(mergeMantineTheme(DEFAULT_THEME, theme)), ':root')
        : null,
  };
}

/** What the server says to every page, so that `npm run preview` refuses what the server would. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "style-src-attr 'unsafe-inline'",
  "img-src 'self' data:",
  "media-src 'self' blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export default defineConfig({
  plugins: [react(), mantineStyles(), themeVariables(), guide()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  server: { proxy },
  preview: { proxy, headers: { 'Content-Security-Policy': policy } },
  // Nothing may be a data: address: the content security policy allows that to images only.
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    manifest: true,
    // scripts/size.mjs watches over it.
    chunkSizeWarningLimit: Infinity,
    // What the entry imports comes as one file: each more would cost the browser a request before anything is drawn.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'first', test: /\/src\/app\/main\.tsx$/ }] } } },
  },
  // The tests are of logic and clean up after themselves: one browser-like world does for all.
  test: { include: ['src/**/*.test.{ts,tsx}'], environment: 'jsdom', isolate: false },
});
