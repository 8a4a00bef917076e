import { Fragment, type ReactNode } from 'react';
import { useT } from './i18n';
import { Copy } from './parts';

const token = /("(?:\\.|[^"\\])*")(\s*:)?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\b(?:true|false|null)\b/g;

function coloured(text: string): ReactNode[] {
    const parts: ReactNode[] = [];
    let end = 0;
    for (const match of text.matchAll(token)) {
        parts.push(text.slice(end, match.index));
        const [all, string, colon] = match;
        const kind = string ? (colon ? 'json-key' : 'json-string') : 'json-number';
        parts.push(
            <Fragment key={match.index}>
                <span className={kind}>{string ?? all}</span>
                {colon}
            </Fragment>,
        );
        end = match.index + all.length;
    }
    parts.push(text.slice(end));
    return parts;
}

/** Text that holds JSON, as APIs put it into form fields, is shown as JSON. */
export function unpacked(value: unknown): unknown {
    if (typeof value === 'string' && /^\s*[[{]/.test(value)) {
        try {
            return unpacked(JSON.parse(value));
        } catch {
            return value;
        }
    }
    if (Array.isArray(value)) return value.map(unpacked);
    if (value && typeof value === 'object')
        return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, unpacked(each)]));
    return value;
}

/** Short arrays and objects stay on one line. */
export function pretty(value: unknown, indent = ''): string {
    if (value === undefined) return '';
    const flat = JSON.stringify(value, null, 1)?.replace(/\n\s*/g, ' ') ?? '';
    if (!value || typeof value !== 'object' || (Array.isArray(value) && flat.length + indent.length < 60)) return flat;
    const inner = `${indent}  `;
    const items = Array.isArray(value)
        ? value.map((each) => inner + pretty(each, inner))
        : Object.entries(value).map(([key, each]) => `${inner}${JSON.stringify(key)}: ${pretty(each, inner)}`);
    const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
    return items.length ? `${open}\n${items.join(',\n')}\n${indent}${close}` : open + close;
}

export function Json({ value, label }: { value: unknown; label: string }) {
    const t = useT();
    const shown = unpacked(value);
    const text = typeof shown === 'string' ? shown : pretty(shown);
    return (
        <figure className="labelled">
            <figcaption className="labelled-head">
                {label}
                <Copy text={text} label={`${t('Скопировать', 'Copy')}: ${label}`} />
            </figcaption>
            <pre className="json" tabIndex={0} role="group" aria-label={label}>
                {coloured(text)}
            </pre>
        </figure>
    );
}
