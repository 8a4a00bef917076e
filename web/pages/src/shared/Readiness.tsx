import { useEffect, useRef, useState } from 'react';
import { ApiError, get } from './api';
import { useT } from './i18n';

export type Readiness = 'unknown' | 'ready' | 'degraded' | 'not ready' | 'away';

const often = 3_000;
const seldom = 20_000;

/** Asks the service now and then whether it is well; calls `back` when it is there again. */
export function useReadiness(back: () => void): Readiness {
    const [readiness, setReadiness] = useState<Readiness>('unknown');
    const onBack = useRef(back);
    onBack.current = back;
    useEffect(() => {
        let last: Readiness = 'unknown';
        let timer: ReturnType<typeof setTimeout>;
        const ask = async () => {
            const now = document.hidden ? last : await answer();
            if (now !== 'away' && last === 'away') onBack.current();
            last = now;
            setReadiness(now);
            timer = setTimeout(() => void ask(), now === 'away' ? often : seldom);
        };
        void ask();
        return () => clearTimeout(timer);
    }, []);
    return readiness;
}

async function answer(): Promise<Readiness> {
    try {
        return (await get<{ status: Readiness }>('ready')).status;
    } catch (error) {
        return error instanceof ApiError && error.status === 503 ? 'not ready' : 'away';
    }
}

export function ReadinessSign({ readiness }: { readiness: Readiness }) {
    const t = useT();
    const [tone, name] = {
        unknown: ['plain', ''],
        ready: ['ok', t('работает', 'running')],
        degraded: ['warn', t('работает не в полную силу', 'degraded')],
        'not ready': ['warn', t('не готов', 'not ready')],
        away: ['bad', t('не отвечает', 'away')],
    }[readiness] as [string, string];
    return (
        <span className="row readiness" role="status" data-testid="readiness" data-state={readiness}>
            <span className="dot" data-tone={tone} aria-hidden />
            <span className="readiness-name muted">{name}</span>
        </span>
    );
}
