import { useEffect, useRef } from 'react';

function isTyping(target: EventTarget | null): boolean {
    return (
        target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
    );
}

function nameOf(event: KeyboardEvent): string {
    // By the key's place for letters and signs, so that a Russian layout has the same shortcuts.
    const key = event.key === '?' ? '?' : event.code.replace(/^Key/, '').replace('NumpadEnter', 'Enter');
    return `${event.ctrlKey || event.metaKey ? 'Ctrl+' : ''}${event.altKey ? 'Alt+' : ''}${key}`;
}

/**
 * Shortcuts of the whole page: 'Ctrl+Enter', 'Slash', '?'. Those without Ctrl are off while somebody types, and all are
 * off while a dialog is open.
 */
export function useKeys(keys: Record<string, () => void>) {
    const current = useRef(keys);
    current.current = keys;
    useEffect(() => {
        const listen = (event: KeyboardEvent) => {
            const name = nameOf(event);
            const act = current.current[name];
            if (!act || event.repeat || document.querySelector('[role="dialog"]')) return;
            if (!name.startsWith('Ctrl+') && isTyping(event.target)) return;
            event.preventDefault();
            act();
        };
        document.addEventListener('keydown', listen);
        return () => document.removeEventListener('keydown', listen);
    }, []);
}
