import { Button, FileButton, Loader, Tabs } from '@mantine/core';
import { IconUpload } from '@tabler/icons-react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { ApiError, get, send } from '../shared/api';
import { pause } from '../shared/eventStream';
import { Frame, type Shortcut } from '../shared/Frame';
import { useT, useText } from '../shared/i18n';
import { useKeys } from '../shared/keys';
import { ErrorNotice } from '../shared/parts';
import { useReadiness, ReadinessSign } from '../shared/Readiness';
import { withToken } from '../shared/withToken';
import { type Abilities, abilities, noAbilities } from './abilities';
import { BatchPanel } from './BatchPanel';
import type { Batch, FieldValues, Pattern, Run, RunSummary } from './model';
import { defaultOptions, orderOf, type Options } from './order';
import { OrderForm } from './OrderForm';
import { PatternList } from './PatternList';
import { Preview } from './Preview';
import { Chats, CrmRequests, Explanation, StoredRows } from './Results';
import { RunHead } from './RunHead';
import { RunList } from './RunList';
import { Timeline } from './Timeline';
import { useRun } from './useRun';
import { Verdict } from './Verdict';

const shortcuts: Shortcut[] = [
    { keys: ['Ctrl', '↵'], what: { ru: 'Отправить события', en: 'Send the events' } },
    { keys: ['/'], what: { ru: 'Найти сценарий', en: 'Find a pattern' } },
    {
        keys: ['↑', '↓'],
        what: { ru: 'Выбрать сценарий (в поиске или списке)', en: 'Choose a pattern (in the search or the list)' },
    },
    { keys: ['['], what: { ru: 'Прогон раньше', en: 'Earlier run' } },
    { keys: [']'], what: { ru: 'Прогон позже', en: 'Later run' } },
    { keys: ['H'], what: { ru: 'Сценарии или прогоны', en: 'Patterns or runs' } },
];

const runOfAddress = () => new URLSearchParams(location.hash.slice(1)).get('run');

/** The run that the address names; `open` changes both. */
function useOpenRun() {
    const [id, setId] = useState(runOfAddress);
    useEffect(() => {
        const listen = () => setId(runOfAddress());
        window.addEventListener('hashchange', listen);
        return () => window.removeEventListener('hashchange', listen);
    }, []);
    const open = useCallback((next: string) => {
        if (next !== runOfAddress()) history.pushState(null, '', `#run=${next}`);
        setId(next);
    }, []);
    return [id, open] as const;
}

function defaultsOf(pattern: Pattern): FieldValues {
    return Object.fromEntries(pattern.fields.map((field) => [field.name, field.default]));
}

/** What was typed where a field of that name and kind is, else the defaults. */
function valuesOf(pattern: Pattern, typed: FieldValues): FieldValues {
    const fits = pattern.fields.filter(
        ({ name, type }) => name in typed && Array.isArray(typed[name]) === (type === 'list'),
    );
    return { ...defaultsOf(pattern), ...Object.fromEntries(fits.map(({ name }) => [name, typed[name]!])) };
}

/** Errors that the service names by path, at the field that they are about. */
function wrongFields(error: unknown): Record<string, string> {
    if (!(error instanceof ApiError) || !error.problem.errors) return {};
    return Object.fromEntries(error.problem.errors.map(({ path, detail }) => [path.split('/').pop() ?? '', detail]));
}

/** A batch is shown by its runs; the first one begins at once. */
async function firstOf({ batch }: Batch): Promise<RunSummary> {
    for (;;) {
        const { runs, detail } = await withToken(() => get<Batch>(`batches/${batch}`));
        if (runs[0]) return runs[0];
        if (detail) throw new ApiError(422, { title: '', status: 422, detail });
        await pause(100, new AbortController().signal);
    }
}

function Page() {
    const t = useT();
    const [patterns, setPatterns] = useState<Pattern[]>([]);
    const [runs, setRuns] = useState<RunSummary[]>([]);
    const [selected, setSelected] = useState('');
    /** What the person typed, kept over a change of the pattern: the same number for the next one. */
    const [typed, setTyped] = useState<FieldValues>({});
    const [options, setOptions] = useState<Options>(defaultOptions);
    const [able, setAble] = useState<Abilities | null>(null);
    const [id, open] = useOpenRun();
    const [started, setStarted] = useState<Run | null>(null);
    const [busy, setBusy] = useState(false);
    const [loadError, setLoadError] = useState<unknown>(null);
    const [sendError, setSendError] = useState<unknown>(null);
    const [tab, setTab] = useState<string | null>('patterns');
    const search = useRef<HTMLInputElement>(null);
    const { run, outcome, error: runError } = useRun(id, started, able?.outcome);

    /** Of answers that overtake each other the last question's counts. */
    const asked = useRef(0);
    const loadRuns = useCallback(() => {
        if (!able?.runs) return;
        const turn = ++asked.current;
        get<{ items: RunSummary[] }>('runs')
            .then((answer) => turn === asked.current && setRuns(answer.items))
            .catch(() => undefined); // The list is no news; the send and the run tell what is wrong.
    }, [able?.runs]);
    const load = useCallback(() => {
        get<{ items: Pattern[] }>('patterns')
            .then((answer) => {
                setPatterns(answer.items);
                setSelected(
                    (now) =>
                        now ||
                        (answer.items.find((each) => each.id === 'inbound-answered') ?? answer.items[0])?.id ||
                        '',
                );
                setLoadError(null);
            })
            .catch(setLoadError);
        abilities()
            .then(setAble)
            .catch(() => setAble((before) => before ?? noAbilities));
    }, []);
    useEffect(loadRuns, [loadRuns]);
    const readiness = useReadiness(load);
    useEffect(load, [load]);
    useEffect(() => {
        if (run && run.status !== 'running') loadRuns();
    }, [run?.run, run?.status, outcome?.settled, loadRuns]);

    const pattern = patterns.find((each) => each.id === selected);
    const values = useMemo(() => (pattern ? valuesOf(pattern, typed) : {}), [pattern, typed]);

    /** Plays `what` with the values of the form. */
    const emulate = useCallback(
        async (what: Pattern | undefined) => {
            if (!what || busy) return;
            setBusy(true);
            setSendError(null);
            try {
                const order = orderOf(what, valuesOf(what, typed), options);
                const answer = await withToken(() => send<Run | Batch>('POST', 'emulate', order));
                const isBatch = 'runs' in answer;
                const begun = isBatch ? await firstOf(answer) : answer;
                setStarted(isBatch ? null : answer);
                setRuns((before) => [begun, ...before]);
                open(begun.run);
                loadRuns();
                // On a phone the outcome lies below the form.
                requestAnimationFrame(() => {
                    if (window.innerWidth < 960) document.getElementById('main')?.scrollIntoView();
                });
            } catch (error) {
                setSendError(error);
            } finally {
                setBusy(false);
            }
        },
        [typed, options, busy, open, loadRuns],
    );

    const importTrace = async (file: File | null) => {
        if (!file) return;
        setSendError(null);
        try {
            const trace: unknown = JSON.parse(await file.text());
            const added = await withToken(() => send<Pattern>('POST', 'patterns', trace));
            await get<{ items: Pattern[] }>('patterns').then((answer) => setPatterns(answer.items));
            if (added?.id) setSelected(added.id);
        } catch (error) {
            setSendError(
                error instanceof SyntaxError
                    ? new ApiError(422, { title: '', status: 422, detail: `${file.name}: ${error.message}` })
                    : error,
            );
        }
    };
    const remove = (id: string) => {
        withToken(() => send('DELETE', `patterns/${id}`))
            .then(() => (setSelected(''), load()))
            .catch(setSendError);
    };
    const step = (by: number) => {
        const at = runs.findIndex((each) => each.run === id);
        const next = runs[at < 0 ? 0 : Math.max(0, Math.min(at + by, runs.length - 1))];
        if (next) open(next.run);
    };
    /** At once: what is typed next must find the search. */
    const find = () => {
        flushSync(() => setTab('patterns'));
        search.current?.focus();
    };
    useKeys({
        'Ctrl+Enter': () => void emulate(pattern),
        Slash: find,
        BracketLeft: () => step(1),
        BracketRight: () => step(-1),
        H: () => able?.runs && setTab(tab === 'patterns' ? 'runs' : 'patterns'),
    });

    return (
        <Frame
            title={{ ru: 'Эмулятор звонков', en: 'Call emulator' }}
            status={<ReadinessSign readiness={readiness} />}
            shortcuts={shortcuts}
        >
            <div className="emulator">
                <aside className="order" aria-label={t('Что отправить', 'What to send')}>
                    <Tabs value={tab} onChange={setTab} className="order-tabs">
                        <Tabs.List grow>
                            <Tabs.Tab value="patterns">{t('Сценарии', 'Patterns')}</Tabs.Tab>
                            {able?.runs && (
                                <Tabs.Tab value="runs" data-testid="runs-tab">
                                    {t('Прогоны', 'Runs')} <span className="count">{runs.length || ''}</span>
                                </Tabs.Tab>
                            )}
                        </Tabs.List>
                        <Tabs.Panel value="patterns" className="order-panel">
                            <PatternList
                                patterns={patterns}
                                selected={selected}
                                onSelect={setSelected}
                                onDelete={remove}
                                canDelete={(each) => each.imported === true}
                                search={search}
                            />
                            {sendError ? (
                                <div className="order-error">
                                    <ErrorNotice error={sendError} />
                                </div>
                            ) : null}
                            {pattern && (
                                <OrderForm
                                    pattern={pattern}
                                    values={values}
                                    setValue={(name, value) => setTyped((before) => ({ ...before, [name]: value }))}
                                    reset={() => setTyped({})}
                                    options={options}
                                    setOptions={setOptions}
                                    wrong={wrongFields(sendError)}
                                    busy={busy}
                                    allowed={able?.order ?? []}
                                    send={() => void emulate(pattern)}
                                />
                            )}
                            {able?.imports && (
                                <div className="order-import">
                                    <FileButton
                                        onChange={(file) => void importTrace(file)}
                                        accept="application/json,.json"
                                        inputProps={{ 'aria-label': t('Файл записи', 'Trace file') }}
                                    >
                                        {(props) => (
                                            <Button
                                                {...props}
                                                variant="subtle"
                                                size="compact-xs"
                                                leftSection={<IconUpload size={14} aria-hidden />}
                                                data-testid="import"
                                            >
                                                {t('Загрузить запись звонка', 'Import a trace of a call')}
                                            </Button>
                                        )}
                                    </FileButton>
                                </div>
                            )}
                        </Tabs.Panel>
                        <Tabs.Panel value="runs" className="order-panel">
                            <RunList runs={runs} patterns={patterns} current={id} open={open} />
                        </Tabs.Panel>
                    </Tabs>
                </aside>
                <main className="results" id="main" tabIndex={-1}>
                    {loadError ? <ErrorNotice error={loadError} /> : null}
                    {runError ? <ErrorNotice error={runError} /> : null}
                    {run ? (
                        <>
                            <RunHead
                                run={run}
                                pattern={patterns.find((each) => each.id === run.pattern)}
                                canExport={Boolean(able?.exports && outcome?.calls?.length)}
                                again={() => {
                                    setSelected(run.pattern);
                                    void emulate(patterns.find((each) => each.id === run.pattern));
                                }}
                                onError={setSendError}
                            />
                            {run.batch && <BatchPanel key={run.batch} id={run.batch} current={run.run} open={open} />}
                            <Verdict run={run} outcome={outcome} isTold={able?.outcome ?? false} />
                            <div className="results-grid">
                                <div className="results-column">
                                    <Timeline run={run} outcome={outcome} />
                                    {able?.outcome && <StoredRows outcome={outcome} />}
                                </div>
                                {able?.outcome && (
                                    <div className="results-column results-wide">
                                        <Chats outcome={outcome} />
                                        <CrmRequests outcome={outcome} />
                                        <Explanation outcome={outcome} />
                                    </div>
                                )}
                            </div>
                        </>
                    ) : (
                        <Welcome isLoading={id !== null && !runError} pattern={pattern} values={values} />
                    )}
                </main>
            </div>
        </Frame>
    );
}

function Welcome({
    isLoading,
    pattern,
    values,
}: {
    isLoading: boolean;
    pattern: Pattern | undefined;
    values: FieldValues;
}) {
    const text = useText();
    if (isLoading)
        return (
            <div className="welcome">
                <Loader size="sm" />
            </div>
        );
    if (!pattern) return null;
    return (
        <>
            <h2 className="run-name">{text(pattern.title)}</h2>
            <Preview pattern={pattern} values={values} />
        </>
    );
}

export function App() {
    return <Page />;
}
