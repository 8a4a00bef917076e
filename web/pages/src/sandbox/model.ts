/** What the sandbox answers (proto/openapi/sandbox.json). */

export const faultApis = ['telegram', 'retailcrm', 'uon', 'moysklad', 'bitrix24'] as const;
export const faultKinds = ['status', 'slow', 'lose', 'garbage', 'never', 'reset'] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface Fault {
    api: string;
    kind: FaultKind;
    match: string;
    chat: string;
    done: boolean;
    percent: number;
    status: number;
    times: number;
    delay_ms: number;
    retry_after: number | null;
}

export interface Limits {
    enforce: boolean;
    bot_per_second: number;
    group_per_minute: number;
    private_burst: number;
    requests: number;
    busiest_second: number;
    broken: Record<string, number>;
    broken_all: number;
}

/** Accounts of a CRM, each with whatever that CRM's sandbox keeps. */
export type Accounts = Record<string, Record<string, unknown>>;
