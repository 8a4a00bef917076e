import { useSyncExternalStore } from 'react';

/** A choice of the person that the browser remembers, the same in all parts of the page. */
export function remembered<T extends string>(key: string, values: readonly T[], fallback: T) {
    const name = `trunkline.${key}`;
    const listeners = new Set<() => void>();
    const read = () => {
        const value = localStorage.getItem(name) as T | null;
        return value && values.includes(value) ? value : fallback;
    };
    let current = read();
    const set = (value: T) => {
        current = value;
        localStorage.setItem(name, value);
        listeners.forEach((listener) => listener());
    };
    const subscribe = (listener: () => void) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
    };
    return {
        get: () => current,
        set,
        use: (): [T, (value: T) => void] => [useSyncExternalStore(subscribe, () => current), set],
    };
}
