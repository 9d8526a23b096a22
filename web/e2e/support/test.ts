import { expect, test as base, type BrowserContext } from '@playwright/test';
import { watch } from './manners';
import { World } from './world';

interface Options {
  /** Whether the browser is signed in, as an operator. */
  signedIn: boolean;
  /** How quickly the carrier's people act: 0.1 is ten times as quickly as life. */
  timeScale: number;
}

interface Fixtures {
  world: World;
}

/** Tests with a server and a carrier of their own, in a browser that is signed in. */
export const test = base.extend<Options & Fixtures>({
  signedIn: [true, { option: true }],
  timeScale: [0.1, { option: true }],

  world: async ({ timeScale }, provide, info) => {
    const world = await World.begin(timeScale);
    await provide(world);
    await world.end(info.status !== info.expectedStatus);
  },

  baseURL: async ({ world }, provide) => {
    await provide(world.url);
  },

  context: async ({ context, world, signedIn }, provide) => {
    const breaches = watch(context, world.url);
    if (signedIn) await signIn(context, world);
    await provide(context);
    expect(breaches, 'the page did what it must never do').toEqual([]);
  },
});

async function signIn(context: BrowserContext, world: World): Promise<void> {
  const answer = await context.request.post('/v1/session', { data: { api_key: world.key } });
  expect(answer.ok()).toBe(true);
}

export { expect };
