import type { FieldValues, Pattern } from './model';

export type PaceKind = 'fast' | 'real' | 'fixed';

export interface Options {
    pace: PaceKind;
    /** Milliseconds, where the pace is `fixed`. */
    between: number;
    target: string;
    repeat?: number;
    parallel?: number;
    shuffle?: boolean;
    drop?: number;
    double?: number;
    seed?: number;
}

export const defaultOptions: Options = { pace: 'fast', between: 500, target: '' };

/** How many of the options that are folded away differ from the default. */
export function changed(options: Options): number {
    const { target, repeat, parallel, shuffle, drop, double, seed } = options;
    return [target, repeat, parallel, shuffle, drop, double, seed].filter(Boolean).length;
}

/** The body of POST /emulate; what was left alone is left out. */
export function orderOf(pattern: Pattern, values: FieldValues, options: Options) {
    const { pace, between, target, ...rest } = options;
    return {
        pattern: pattern.id,
        fields: Object.fromEntries(pattern.fields.map((field) => [field.name, values[field.name]])),
        pace: pace === 'fixed' ? between : pace,
        wait: false,
        ...(target.trim() ? { target: target.trim() } : {}),
        ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined && value !== false)),
    };
}
