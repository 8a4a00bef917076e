/** What the call emulator answers (proto/openapi/call-emulator.json). */
import type { Bilingual } from '../shared/i18n';
import type { ApiRequest, Chat } from '../shared/model';

export interface Field {
    name: string;
    type: 'text' | 'list';
    title: Bilingual;
    default: string | string[];
}

export interface Step {
    after_ms: number;
    event: string;
    body: Record<string, unknown>;
}

export interface Expected {
    chat: string[];
    crm: string[];
    call: Record<string, unknown>;
    /** Parts that lost or shuffled events made unknown, and why. */
    unknown?: string[];
    unknown_because?: Bilingual | null;
}

export interface Pattern {
    id: string;
    title: Bilingual;
    description: Bilingual;
    contract_row?: number;
    fields: Field[];
    steps: Step[];
    expected: Expected;
    duration_ms: number;
    /** A trace or a pattern of one's own; may be deleted. */
    imported?: boolean;
}

export type FieldValues = Record<string, string | string[]>;

export interface Sent {
    event: string;
    at: string;
    sent_at: string;
    duration_ms: number;
    http_status: number | null;
    answer: unknown;
    error: string | null;
    body: Record<string, unknown>;
}

export type RunStatus = 'running' | 'done' | 'failed' | 'canceled';

export interface RunSummary {
    run: string;
    status: RunStatus;
    pattern: string;
    unique_id: string;
    target: string;
    pace: string;
    trace_id: string;
    started_at: string;
    finished_at: string | null;
    detail: string | null;
    events_planned: number;
    events_sent: number;
    batch?: string | null;
    seed?: number | null;
    dropped?: string[];
}

/** Several runs of one order. */
export interface Batch {
    batch: string;
    status: 'running' | 'done';
    pattern: string;
    detail: string | null;
    runs_wanted: number;
    runs_done: number;
    runs_failed: number;
    runs: RunSummary[];
}

export interface Run extends RunSummary {
    events: Sent[];
    expected: Expected;
}

export interface Difference {
    what: string;
    path: string;
    expected: unknown;
    received: unknown;
    text: Bilingual;
}

export interface TraceItem {
    at: string;
    what: string;
    source: string;
    code: string;
    text: string;
    text_en: string;
    detail: Record<string, unknown>;
}

export interface StoredEvent {
    event_id: string;
    event_type: string;
    unique_id: string;
    event_timestamp: string;
    event_time: string | null;
    data_source: 'live' | 'recovery';
    telegram_sent: boolean;
    raw_data: Record<string, unknown>;
}

export type CallRow = Record<string, unknown> & { uuid: string; unique_id: string };

export interface Outcome {
    calls: CallRow[] | null;
    call_events: StoredEvent[] | null;
    trace: { items: TraceItem[] } | null;
    chats: Chat[] | null;
    crm: ApiRequest[] | null;
    expected: Expected | null;
    differences: Difference[] | null;
    settled: boolean;
    complete: boolean;
}
