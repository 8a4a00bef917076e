import { ApiError, request } from './api';

export interface StreamEvent {
    name: string;
    data: string;
    id: string;
}

/** Splits a stream of server-sent events; `push` takes text in pieces of any size. */
export class EventParser {
    private rest = '';
    private lastId = '';

    push(text: string): StreamEvent[] {
        this.rest += text;
        const events: StreamEvent[] = [];
        for (;;) {
            const end = this.rest.search(/\r?\n\r?\n/);
            if (end < 0) return events;
            const block = this.rest.slice(0, end);
            this.rest = this.rest.slice(end).replace(/^\r?\n\r?\n/, '');
            const event = this.parse(block);
            if (event) events.push(event);
        }
    }

    private parse(block: string): StreamEvent | null {
        let name = 'message';
        const data: string[] = [];
        for (const line of block.split(/\r?\n/)) {
            const colon = line.indexOf(':');
            if (colon === 0) continue; // A comment keeps the connection open.
            const field = colon < 0 ? line : line.slice(0, colon);
            const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
            if (field === 'event') name = value;
            if (field === 'data') data.push(value);
            if (field === 'id') this.lastId = value;
        }
        return data.length ? { name, data: data.join('\n'), id: this.lastId } : null;
    }
}

export function pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
        const timer = setTimeout(resolve, ms);
        signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
    });
}

/**
 * Follows a stream until `isEnd` says so or `signal` ends it; connects again where it breaks off. The browser's own
 * EventSource can carry no token. Throws ApiError where the stream is refused.
 */
export async function follow(
    path: string,
    signal: AbortSignal,
    onEvent: (event: StreamEvent) => void,
    isEnd: (event: StreamEvent) => boolean,
): Promise<void> {
    let lastId = '';
    let failures = 0;
    while (!signal.aborted) {
        try {
            const response = await request(path, {
                signal,
                headers: { Accept: 'text/event-stream', ...(lastId ? { 'Last-Event-ID': lastId } : {}) },
            });
            const parser = new EventParser();
            const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
            for (;;) {
                const { value, done } = await reader.read();
                if (done) break;
                failures = 0;
                for (const event of parser.push(value)) {
                    lastId = event.id || lastId;
                    onEvent(event);
                    if (isEnd(event)) {
                        await reader.cancel();
                        return;
                    }
                }
            }
        } catch (error) {
            if (signal.aborted) return;
            if (error instanceof ApiError && !error.isAway) throw error;
            if (++failures > 5) throw error;
        }
        await pause(300 * 2 ** failures, signal);
    }
}
