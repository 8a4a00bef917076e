import type { Bilingual } from '../shared/i18n';
import type { Pattern } from './model';

interface Kind {
    title: Bilingual;
    has: (pattern: Pattern) => boolean;
}

/** The first that fits; the last takes what is left. */
const kinds: Kind[] = [
    { title: { ru: 'Свои', en: 'Your own' }, has: ({ imported }) => imported === true },
    { title: { ru: 'Переводы', en: 'Transfers' }, has: ({ id }) => id.includes('transfer') },
    { title: { ru: 'Входящие', en: 'Inbound' }, has: ({ id }) => id.startsWith('inbound') },
    { title: { ru: 'Исходящие', en: 'Outbound' }, has: ({ id }) => id.startsWith('outbound') },
    { title: { ru: 'Внутренние', en: 'Internal' }, has: ({ id }) => id.startsWith('internal') },
    { title: { ru: 'Особые случаи', en: 'Special cases' }, has: () => true },
];
const order = ['Inbound', 'Outbound', 'Internal', 'Transfers', 'Special cases', 'Your own'];

export interface Group {
    title: Bilingual;
    patterns: Pattern[];
}

export function grouped(patterns: Pattern[], search: string): Group[] {
    const words = search.toLowerCase().split(/\s+/).filter(Boolean);
    const found = patterns.filter((pattern) => {
        const text = [pattern.id, ...Object.values(pattern.title), ...Object.values(pattern.description)]
            .join(' ')
            .toLowerCase();
        return words.every((word) => text.includes(word));
    });
    const groups = kinds.map((kind) => ({ title: kind.title, patterns: [] as Pattern[] }));
    for (const pattern of found) {
        groups[kinds.findIndex((kind) => kind.has(pattern))]?.patterns.push(pattern);
    }
    return groups
        .filter((group) => group.patterns.length > 0)
        .sort((a, b) => order.indexOf(a.title.en) - order.indexOf(b.title.en));
}
