import type { FieldValues, Pattern } from './model';

export type PaceKind = 'fast' | 'real' | 'fixed';

export interface Options {
    pace: PaceKind;
    /** Milliseconds, where the pace is `fixed`. */
    between: number;
    target: string;
    repeat?: number;
    parallel?: number;
    shuffle: boolean;
    /** Names of events that are lost; while there are none, `dropPercent` of all. */
    dropNames: string[];
    dropPercent?: number;
    doublePercent?: number;
    seed?: number;
}

export const defaultOptions: Options = { pace: 'fast', between: 500, target: '', shuffle: false, dropNames: [] };

export const eventNames = [
    'start',
    'dial',
    'new_callerid',
    'bridge_create',
    'bridge',
    'bridge_leave',
    'bridge_destroy',
    'hangup',
];

/** How many of the options that are folded away differ from the default. */
export function changed(options: Options): number {
    const { target, repeat = 1, parallel = 1, shuffle, dropNames, dropPercent, doublePercent, seed } = options;
    const differs = [target, repeat > 1, parallel > 1, shuffle, dropNames.length || dropPercent, doublePercent];
    return differs.filter(Boolean).length + (seed === undefined ? 0 : 1);
}

/** The body of POST /emulate; what was left alone is left out. */
export function orderOf(pattern: Pattern, values: FieldValues, options: Options) {
    const { pace, between, target, shuffle, dropNames, dropPercent, doublePercent, ...rest } = options;
    const disturbances = {
        shuffle: shuffle || undefined,
        drop: dropNames.length > 0 ? dropNames : dropPercent ? dropPercent / 100 : undefined,
        double: doublePercent ? doublePercent / 100 : undefined,
    };
    return {
        pattern: pattern.id,
        fields: Object.fromEntries(pattern.fields.map((field) => [field.name, values[field.name]])),
        pace: pace === 'fixed' ? between : pace,
        wait: false,
        ...(target.trim() ? { target: target.trim() } : {}),
        ...Object.fromEntries(Object.entries({ ...rest, ...disturbances }).filter(([, value]) => value !== undefined)),
    };
}
