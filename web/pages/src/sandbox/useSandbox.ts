import { useCallback, useEffect, useRef, useState } from 'react';
import { ApiError, get, send } from '../shared/api';
import type { ApiRequest, Chat } from '../shared/model';
import { withToken } from '../shared/withToken';
import type { Accounts, Fault, Limits } from './model';

export const crms = ['retailcrm', 'uon', 'moysklad', 'bitrix24'] as const;

export interface Sandbox {
    chats: Chat[];
    /** Newest first. */
    requests: ApiRequest[];
    crm: Record<string, Accounts>;
    faults: Fault[];
    limits: Limits | null;
    error: unknown;
}

const empty: Sandbox = { chats: [], requests: [], crm: {}, faults: [], limits: null, error: null };
const mostKept = 2_000;
const pause = 1_000;
/** So many pauses without a new request until the rest is looked at again: people write to bots, too. */
const quiet = 5;

/** Bitrix24 calls them portals. */
async function accountsOf(crm: string): Promise<Accounts> {
    const answer = await get<{ accounts?: Accounts; portals?: Accounts }>(`sandbox/${crm}`);
    return answer.accounts ?? answer.portals ?? {};
}

/** All but the requests. */
async function picture(): Promise<Omit<Sandbox, 'requests' | 'error'>> {
    const [chats, faults, limits, ...accounts] = await Promise.all([
        get<{ chats: Chat[] }>('sandbox/chats'),
        get<{ items: Fault[] }>('sandbox/faults'),
        get<Limits>('sandbox/limits'),
        ...crms.map(accountsOf),
    ]);
    return {
        chats: chats.chats,
        faults: faults.items,
        limits,
        crm: Object.fromEntries(crms.map((crm, index) => [crm, accounts[index] ?? {}])),
    };
}

/** The sandbox as it is now: asks once a second for new requests, and for the rest only when there are some. */
export function useSandbox() {
    const [sandbox, setSandbox] = useState<Sandbox>(empty);
    const wake = useRef(() => {});
    /** Set by what changes the sandbox: the next look takes everything in. */
    const stale = useRef(true);

    useEffect(() => {
        let stopped = false;
        let last = 0;
        let idle = 0;
        const show = (change: (before: Sandbox) => Sandbox) => {
            if (!stopped) setSandbox(change);
        };
        /** The requests behind `last`. After a restart or a reset the sandbox counts anew: then all, in place of the old. */
        const news = async (): Promise<{ items: ApiRequest[]; anew: boolean }> => {
            const ask = (after: number) =>
                withToken(() => get<{ items: ApiRequest[] }>(`sandbox/requests?after=${after}`)).then(
                    (answer) => answer.items,
                );
            if (last === 0) return { items: await ask(0), anew: true };
            const items = await ask(last - 1);
            if (items[0]?.number === last) return { items: items.slice(1), anew: false };
            return { items: await ask(0), anew: true };
        };
        const look = async () => {
            const { items, anew } = await news();
            idle = items.length ? 0 : idle + 1;
            last = items.at(-1)?.number ?? (anew ? 0 : last);
            const newest = items.slice(-mostKept).reverse();
            if (items.length || anew) {
                show((before) => ({
                    ...before,
                    requests: [...newest, ...(anew ? [] : before.requests)].slice(0, mostKept),
                }));
            }
            if (!stale.current && idle > 0 && idle % quiet !== 0) return;
            stale.current = false;
            const now = await picture();
            show((before) => ({ ...before, ...now, error: null }));
        };
        const loop = async () => {
            while (!stopped) {
                if (!document.hidden) {
                    try {
                        await look();
                    } catch (error) {
                        show((before) => ({ ...before, error }));
                        // Whoever closed the question for a token is not asked again by itself.
                        if (error instanceof ApiError && error.needsToken) return;
                        last = 0;
                        stale.current = true;
                    }
                }
                await new Promise<void>((resolve) => {
                    const timer = setTimeout(resolve, pause);
                    wake.current = () => (clearTimeout(timer), resolve());
                });
            }
        };
        void loop();
        return () => {
            stopped = true;
            wake.current();
        };
    }, []);

    const change = useCallback(async (method: 'POST' | 'DELETE', path: string, body?: unknown) => {
        await withToken(() => send(method, `sandbox/${path}`, body));
        stale.current = true;
        wake.current();
    }, []);
    const forget = useCallback(async () => {
        await change('POST', 'reset');
        setSandbox((before) => ({ ...before, requests: [], chats: [], crm: {} }));
    }, [change]);
    return { sandbox, change, forget };
}
