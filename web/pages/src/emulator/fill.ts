import type { FieldValues } from './model';

const listOf = (value: string | string[] | undefined) =>
    value === undefined ? [] : Array.isArray(value) ? value : [value];

/** +375 (29) 625-40-70, as chats show numbers of the demo's countries; others as they are. */
function formatted(number: string): string {
    const found =
        /^\+?(375)(\d{2})(\d{3})(\d{2})(\d{2})$/.exec(number) ?? /^\+?(7)(\d{3})(\d{3})(\d{2})(\d{2})$/.exec(number);
    return found ? `+${found[1]} (${found[2]}) ${found.slice(3).join('-')}` : number;
}

/** What a placeholder of a pattern stands for, as far as the form tells; those of the run itself stay as they are. */
function filling(name: string, values: FieldValues): string | null {
    const [field = '', part] = name.split('.');
    if (!(field in values)) return null;
    const [first = ''] = listOf(values[field]);
    if (part === undefined) return listOf(values[field]).join(', ');
    return { first, bare: first.replace('+', ''), formatted: formatted(first) }[part] ?? null;
}

/** The form's values in a pattern's template (services/call-emulator/README.md). For a look ahead only: the service fills it itself. */
export function filled(template: unknown, values: FieldValues): unknown {
    if (typeof template === 'string') {
        const whole = /^\{(\w+)\}$/.exec(template)?.[1];
        if (whole && Array.isArray(values[whole])) return values[whole];
        return template.replace(/\{([\w.]+)\}/g, (all, name: string) => filling(name, values) ?? all);
    }
    if (Array.isArray(template)) return template.map((each) => filled(each, values));
    if (template && typeof template === 'object')
        return Object.fromEntries(Object.entries(template).map(([key, each]) => [key, filled(each, values)]));
    return template;
}
