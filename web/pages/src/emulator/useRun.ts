import { useCallback, useEffect, useRef, useState } from 'react';
import { get } from '../shared/api';
import { follow, pause } from '../shared/eventStream';
import { withToken } from '../shared/withToken';
import type { Outcome, Run, RunSummary, Sent } from './model';

export interface Watched {
    run: Run | null;
    outcome: Outcome | null;
    error: unknown;
}

const nothing: Watched = { run: null, outcome: null, error: null };

/** A run as it goes on, and what became of it, until nothing more is to come. `hasOutcome`: whether the service tells; not known yet: it waits. */
export function useRun(id: string | null, known: Run | null, hasOutcome: boolean | undefined): Watched {
    const [watched, setWatched] = useState<Watched>(nothing);
    const first = useRef(known);
    first.current = known;

    const watch = useCallback(async (id: string, hasOutcome: boolean, signal: AbortSignal) => {
        const change = (next: (before: Watched) => Watched) => {
            if (!signal.aborted) setWatched(next);
        };
        const run = first.current?.run === id ? first.current : await withToken(() => get<Run>(`runs/${id}`, signal));
        change(() => ({ ...nothing, run: { ...run, events: [...run.events] } }));
        await withToken(() =>
            follow(
                `runs/${id}/events`,
                signal,
                (event) => {
                    const data: unknown = JSON.parse(event.data);
                    change((before) => {
                        if (!before.run) return before;
                        if (event.name === 'outcome') return { ...before, outcome: data as Outcome };
                        if (event.name === 'end') return { ...before, run: { ...before.run, ...(data as RunSummary) } };
                        if (event.name !== 'sent') return before;
                        const events = [...before.run.events];
                        events[Number(event.id) - 1] = data as Sent;
                        return { ...before, run: { ...before.run, events, events_sent: events.length } };
                    });
                },
                (event) => event.name === 'end',
            ),
        );
        // What is still on its way when the last event is sent.
        for (let wait = 500; hasOutcome && !signal.aborted; wait = Math.min(wait * 1.5, 5_000)) {
            const outcome = await withToken(() => get<Outcome>(`runs/${id}/outcome`, signal));
            change((before) => ({ ...before, outcome }));
            if (outcome.settled) return;
            await pause(wait, signal);
        }
    }, []);

    useEffect(() => {
        setWatched(nothing);
        if (!id || hasOutcome === undefined) return;
        const controller = new AbortController();
        watch(id, hasOutcome, controller.signal).catch((error: unknown) => {
            if (!controller.signal.aborted) setWatched((before) => ({ ...before, error }));
        });
        return () => controller.abort();
    }, [id, hasOutcome, watch]);
    return watched;
}
