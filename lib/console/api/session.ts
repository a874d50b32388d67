/** The API key of this tab: kept in its session storage, gone when the tab is closed, never in an address. */
import { useSyncExternalStore } from 'react';

const STORAGE_KEY = 'errand.key';

const listeners = new Set<() => void>();
/** Why somebody who was signed in is no longer. */
let farewell: string | undefined;

export function currentKey(): string | undefined {
  return sessionStorage.getItem(STORAGE_KEY) ?? undefined;
}

export function signIn(key: string): void {
  sessionStorage.setItem(STORAGE_KEY, key);
  changed(undefined);
}

export function signOut(why?: string): void {
  sessionStorage.removeItem(STORAGE_KEY);
  changed(why);
}

/** The key; undefined while nobody is signed in. */
export function useKey(): string | undefined {
  return useSyncExternalStore(subscribe, currentKey);
}

export function useFarewell(): string | undefined {
  return useSyncExternalStore(subscribe, () => farewell);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function changed(why: string | undefined): void {
  farewell = why;
  for (const listener of listeners) listener();
}
