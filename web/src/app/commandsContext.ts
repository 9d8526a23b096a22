import { createContext } from 'react';

/** Opens the palette. */
export const CommandsContext = createContext<() => void>(() => undefined);
