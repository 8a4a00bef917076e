import { type ReactNode, useEffect } from 'react';
import { remembered } from './store';

export type Language = 'ru' | 'en';
export interface Bilingual {
    ru: string;
    en: string;
}

const language = remembered<Language>('language', ['ru', 'en'], 'ru');
export const useLanguage = language.use;

/** Both languages stand side by side in the code, so that none is forgotten: t('Отправить', 'Send'). */
export type Translate = (ru: string, en: string) => string;

export function useT(): Translate {
    const [current] = language.use();
    return (ru, en) => (current === 'ru' ? ru : en);
}

export function useText(): (text: Bilingual) => string {
    const [current] = language.use();
    return (text) => text[current];
}

/** 1 событие, 2 события, 5 событий */
export function plural(count: number, one: string, few: string, many: string): string {
    const tens = count % 100;
    const ones = count % 10;
    if (ones === 1 && tens !== 11) return `${count} ${one}`;
    if (ones >= 2 && ones <= 4 && (tens < 12 || tens > 14)) return `${count} ${few}`;
    return `${count} ${many}`;
}

/** 1 event, 2 events */
export const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** Keeps <html lang> and the title true. */
export function DocumentLanguage({ title, children }: { title: Bilingual; children: ReactNode }) {
    const [current] = language.use();
    useEffect(() => {
        document.documentElement.lang = current;
        document.title = `${title[current]} — Trunkline`;
    }, [current, title]);
    return children;
}
