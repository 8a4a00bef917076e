import { useEffect, useState } from 'react';
import { get } from '../shared/api';
import { pause } from '../shared/eventStream';
import { plural, useT } from '../shared/i18n';
import { Panel } from '../shared/parts';
import type { Batch, Outcome, RunSummary } from './model';
import { stateOf } from './Verdict';

/** What came of each run of a batch that is settled, by the run's id. */
type States = Record<string, string>;

/** Asks for the batch until it is over, and for each run until it is settled. */
async function watch(id: string, signal: AbortSignal, tell: (batch: Batch, states: States) => void) {
    const states: States = {};
    for (;;) {
        const batch = await get<Batch>(`batches/${id}`, signal);
        for (const run of batch.runs) {
            if (run.status === 'running' || states[run.run]) continue;
            const outcome = await get<Outcome>(`runs/${run.run}/outcome`, signal).catch(() => null);
            if (signal.aborted) return;
            if (outcome?.settled) states[run.run] = stateOf(run, outcome, true);
        }
        tell(batch, { ...states });
        if (batch.status !== 'running' && batch.runs.every(({ run }) => states[run])) return;
        await pause(700, signal);
    }
}

const tones: Record<string, string> = { same: 'ok', partly: 'ok', differs: 'bad', failed: 'bad', incomplete: 'warn' };

function RunChip({
    run,
    index,
    state,
    isCurrent,
    open,
}: {
    run: RunSummary;
    index: number;
    state: string | undefined;
    isCurrent: boolean;
    open: (id: string) => void;
}) {
    const t = useT();
    const names: Record<string, string> = {
        same: t('всё совпало', 'as expected'),
        partly: t('что известно, совпало', 'as expected where known'),
        differs: t('расхождения', 'differences'),
        failed: t('не всё принято', 'not all was accepted'),
        incomplete: t('проверено не всё', 'not all could be checked'),
    };
    const name = state ? names[state] : t('ещё идёт', 'under way');
    return (
        <li>
            <a
                href={`#run=${run.run}`}
                className="batch-run"
                data-tone={state ? tones[state] : 'busy'}
                data-testid="batch-run"
                aria-current={isCurrent ? 'page' : undefined}
                aria-label={`${index + 1}: ${name}`}
                title={name}
                onClick={(event) => (event.preventDefault(), open(run.run))}
            >
                {index + 1}
            </a>
        </li>
    );
}

/** The runs of one order side by side. */
export function BatchPanel({ id, current, open }: { id: string; current: string; open: (id: string) => void }) {
    const t = useT();
    const [batch, setBatch] = useState<Batch | null>(null);
    const [states, setStates] = useState<States>({});
    useEffect(() => {
        const controller = new AbortController();
        watch(id, controller.signal, (next, known) => (setBatch(next), setStates(known))).catch(() => undefined);
        return () => controller.abort();
    }, [id]);
    if (!batch) return null;
    const right = Object.values(states).filter((state) => tones[state] === 'ok').length;
    const wrong = Object.values(states).filter((state) => tones[state] === 'bad').length;
    const waiting = batch.runs_wanted - Object.keys(states).length;
    return (
        <Panel
            title={t('Серия', 'Batch')}
            count={batch.runs_wanted}
            id="batch"
            aside={
                <span className="muted" role="status">
                    {t(
                        `${plural(right, 'верный', 'верных', 'верных')}, ${wrong} с расхождениями${waiting ? `, ждём ${waiting}` : ''}`,
                        `${right} right, ${wrong} with differences${waiting ? `, ${waiting} to come` : ''}`,
                    )}
                </span>
            }
        >
            {batch.detail && <p className="panel-empty">{batch.detail}</p>}
            <ol className="batch-runs" aria-label={t('Прогоны серии', "The batch's runs")}>
                {batch.runs.map((run, index) => (
                    <RunChip
                        key={run.run}
                        run={run}
                        index={index}
                        state={states[run.run]}
                        isCurrent={run.run === current}
                        open={open}
                    />
                ))}
            </ol>
        </Panel>
    );
}
