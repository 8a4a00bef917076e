import { Button } from '@mantine/core';
import { IconArrowRight } from '@tabler/icons-react';
import { Fragment, type ReactNode, useState } from 'react';
import { type Translate, counted, plural, useT, useText } from '../shared/i18n';
import { pretty } from '../shared/Json';
import { Notice } from '../shared/parts';
import { Comparison } from './Comparison';
import type { Difference, Expected, Outcome, Run, RunSummary } from './model';

/** What is alike at both ends is shown once; the rest is marked. */
export function parted(expected: string, received: string): [string, string, string, string] {
    let begin = 0;
    while (begin < expected.length && expected[begin] === received[begin]) begin++;
    let end = 0;
    while (
        end < Math.min(expected.length, received.length) - begin &&
        expected[expected.length - 1 - end] === received[received.length - 1 - end]
    )
        end++;
    return [
        expected.slice(0, begin),
        expected.slice(begin, expected.length - end),
        received.slice(begin, received.length - end),
        expected.slice(expected.length - end),
    ];
}

const worded = (value: unknown) => (typeof value === 'string' ? value : pretty(value));

function Value({ value, other, kind }: { value: unknown; other: unknown; kind: 'del' | 'ins' }) {
    const t = useT();
    if (value === null || value === undefined || value === '')
        return <span className="muted">{t('нет', 'nothing')}</span>;
    const text = worded(value);
    const against = other === null || other === undefined ? '' : worded(other);
    // Short values differ as a whole: 12 and 11 are no two spellings of 1.
    if (Math.min(text.length, against.length) < 8) {
        const Whole = kind;
        return <Whole className="difference-mark">{text}</Whole>;
    }
    const [begin, del, ins, end] = kind === 'del' ? parted(text, against) : parted(against, text);
    const Mark = kind;
    const own = kind === 'del' ? del : ins;
    return (
        <>
            {begin}
            {own && <Mark className="difference-mark">{own}</Mark>}
            {end}
        </>
    );
}

function titleOf(what: string, t: Translate): string {
    return { chat: 'Telegram', crm: 'CRM', call: t('Звонок', 'Call'), events: t('События', 'Events') }[what] ?? what;
}

function Differences({ differences }: { differences: Difference[] }) {
    const t = useT();
    const text = useText();
    return (
        <div
            className="differences"
            role="table"
            aria-label={t('Расхождения', 'Differences')}
            data-testid="differences"
        >
            <div className="difference difference-head" role="row">
                <span role="columnheader">{t('Где', 'Where')}</span>
                <span role="columnheader">{t('Ожидалось', 'Expected')}</span>
                <span role="columnheader">{t('Получено', 'Received')}</span>
            </div>
            {differences.map((difference, index) => (
                <div className="difference" role="row" key={index}>
                    <span role="cell" className="difference-what">
                        <b>{titleOf(difference.what, t)}</b> {text(difference.text)}
                    </span>
                    <span role="cell" className="difference-value wrap" data-label={t('Ожидалось', 'Expected')}>
                        <Value value={difference.expected} other={difference.received} kind="del" />
                    </span>
                    <span role="cell" className="difference-value wrap" data-label={t('Получено', 'Received')}>
                        <Value value={difference.received} other={difference.expected} kind="ins" />
                    </span>
                </div>
            ))}
        </div>
    );
}

/** What was disturbed on purpose, and why its outcome is compared in part only. */
function Unknown({ expected, run }: { expected: Expected; run: Run }) {
    const t = useT();
    const text = useText();
    if (!expected.unknown_because) return null;
    const names: Record<string, string> = {
        call: t('звонок', 'the call'),
        chat: t('тексты по ходу звонка', 'the texts on the way'),
        chat_end: t('последний текст', 'the last text'),
        crm: t('шаги в CRM', 'the steps of CRMs'),
    };
    const parts = (expected.unknown ?? []).map((part) => names[part] ?? part).join(', ');
    return (
        <Notice tone="plain" title={t(`Не сверяется: ${parts}`, `Not compared: ${parts}`)} testId="unknown">
            {text(expected.unknown_because)}
            {run.seed !== null && run.seed !== undefined && (
                <span className="muted">
                    {' '}
                    {t('Зерно', 'Seed')} {run.seed}
                </span>
            )}
        </Notice>
    );
}

/** In one line whether the call became what it should; below it what differs. */
export function Verdict({ run, outcome, isTold }: { run: Run; outcome: Outcome | null; isTold: boolean }) {
    const t = useT();
    const differences = outcome?.differences ?? [];
    const [open, setOpen] = useState(false);
    const failed = run.status === 'failed' || run.status === 'canceled';
    return (
        <div className="verdict" data-testid="verdict" data-state={stateOf(run, outcome, isTold)}>
            {failed && (
                <Notice
                    tone="bad"
                    title={
                        run.status === 'failed'
                            ? t('Не всё принято', 'Not everything was accepted')
                            : t('Прогон прерван', 'The run was cut')
                    }
                    testId="run-failed"
                >
                    {run.detail}
                </Notice>
            )}
            <Headline
                run={run}
                outcome={outcome}
                state={stateOf(run, outcome, isTold)}
                differences={differences}
                action={
                    outcome?.differences && (
                        <Button
                            size="compact-xs"
                            variant="default"
                            aria-expanded={open}
                            onClick={() => setOpen(!open)}
                            data-testid="compare"
                        >
                            {t('Сверка', 'Comparison')}
                        </Button>
                    )
                }
            />
            {!failed && <Unknown expected={outcome?.expected ?? run.expected} run={run} />}
            {differences.length > 0 && <Differences differences={differences} />}
            {open && outcome?.differences && (
                <Comparison expected={outcome.expected ?? run.expected} outcome={outcome} />
            )}
        </div>
    );
}

/** `isTold`: whether the emulator tells at all what became of a call. */
export function stateOf(run: RunSummary, outcome: Outcome | null, isTold: boolean): string {
    if (run.status === 'running') return 'running';
    if (outcome?.differences?.length) return 'differs';
    if (run.status !== 'done') return 'failed';
    if (!isTold) return 'unchecked';
    if (!outcome?.settled) return 'waiting';
    if (!outcome.complete || !outcome.differences) return 'incomplete';
    return outcome.expected?.unknown?.length ? 'partly' : 'same';
}

function Headline({
    run,
    outcome,
    state,
    differences,
    action,
}: {
    run: Run;
    outcome: Outcome | null;
    state: string;
    differences: Difference[];
    action: ReactNode;
}) {
    const t = useT();
    if (state === 'failed') return null;
    if (state === 'running')
        return (
            <div className="notice" role="status">
                <span className="dot verdict-dot" data-tone="busy" />
                <div className="grow">{t('Отправляем события', 'Sending the events')}</div>
                <span className="muted">
                    {run.events_sent} / {run.events_planned}
                </span>
            </div>
        );
    if (state === 'unchecked')
        return (
            <Notice tone="plain" title={t('Все события приняты', 'Every event was accepted')} testId="unchecked">
                {t(
                    'Что стало со звонком дальше, этот эмулятор не сообщает; чаты и CRM показывает страница /sandbox песочницы.',
                    "This emulator does not tell what became of the call; the sandbox's page /sandbox shows chats and CRMs.",
                )}
            </Notice>
        );
    if (state === 'waiting')
        return (
            <div className="notice" role="status">
                <span className="dot verdict-dot" data-tone="busy" />
                <div className="grow">
                    {t(
                        'Отправлено; ждём, пока всё дойдёт до чатов и CRM',
                        'Sent; waiting until chats and CRMs have everything',
                    )}
                </div>
            </div>
        );
    if (state === 'differs')
        return (
            <Notice
                tone="bad"
                testId="differs"
                action={action}
                title={t(
                    plural(differences.length, 'расхождение', 'расхождения', 'расхождений'),
                    counted(differences.length, 'difference'),
                )}
            />
        );
    if (state === 'incomplete')
        return (
            <Notice
                tone="warn"
                title={t('Проверено не всё', 'Not everything could be checked')}
                testId="incomplete"
                action={action}
            >
                {t('Что видно, совпало; ', 'What can be seen is as expected; ')}
                {missing(outcome, t)}
            </Notice>
        );
    return (
        <Notice
            tone="ok"
            title={
                state === 'partly'
                    ? t('Что можно сверить, совпало', 'What can be compared is as expected')
                    : t('Всё совпало', 'Everything as expected')
            }
            testId={state}
            action={action}
        >
            <Tally run={run} outcome={outcome!} />
        </Notice>
    );
}

function Tally({ run, outcome }: { run: Run; outcome: Outcome }) {
    const t = useT();
    const [calls, chats, requests] = [outcome.calls, outcome.chats, outcome.crm].map((list) => list?.length ?? 0) as [
        number,
        number,
        number,
    ];
    const parts = [
        t(plural(run.events_sent, 'событие', 'события', 'событий'), counted(run.events_sent, 'event')),
        t(plural(calls, 'звонок', 'звонка', 'звонков'), counted(calls, 'stored call')),
        t(plural(chats, 'чат', 'чата', 'чатов'), counted(chats, 'chat')),
        t(plural(requests, 'запрос в CRM', 'запроса в CRM', 'запросов в CRM'), counted(requests, 'CRM request')),
    ];
    return (
        <span className="tally">
            {parts.map((part, index) => (
                <Fragment key={part}>
                    {index > 0 && <IconArrowRight size={12} aria-hidden />}
                    {part}
                </Fragment>
            ))}
        </span>
    );
}

function missing(outcome: Outcome | null, t: Translate): string {
    const parts = [
        !outcome?.calls && t('нет доступа к звонку', 'no access to the call'),
        !outcome?.chats && t('чатов не видно', 'chats cannot be seen'),
        !outcome?.crm && t('запросов к CRM не видно', 'CRM requests cannot be seen'),
    ];
    return parts.filter(Boolean).join(', ');
}
