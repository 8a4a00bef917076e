import { IconCheck, IconX } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { type Translate, useT } from '../shared/i18n';
import { pretty } from '../shared/Json';
import { apiName } from '../shared/model';
import type { CallRow, Expected, Outcome } from './model';

export function Texts({ texts }: { texts: string[] }) {
    const t = useT();
    if (texts.length === 0) return <p className="muted">{t('ничего', 'nothing')}</p>;
    return (
        <ol className="texts">
            {texts.map((text, index) => (
                <li key={index} className="wrap">
                    {text}
                </li>
            ))}
        </ol>
    );
}

function worded(name: string, value: unknown, t: Translate): string {
    const ways: Record<string, string> = {
        in: t('входящий', 'inbound'),
        out: t('исходящий', 'outbound'),
        internal: t('внутренний', 'internal'),
    };
    if (name === 'direction') return ways[String(value)] ?? '—';
    if (typeof value === 'boolean') return value ? t('да', 'yes') : t('нет', 'no');
    if (Array.isArray(value)) return value.join(', ') || '—';
    return typeof value === 'string' ? value || '—' : pretty(value ?? null);
}

function titleOf(name: string, t: Translate): string {
    const titles: Record<string, string> = {
        direction: t('Направление', 'Direction'),
        phone: t('Номер', 'Number'),
        line: t('Линия', 'Line'),
        rang: t('Звонили', 'Rang'),
        talkers: t('Говорили', 'Talked'),
        answered: t('Отвечен', 'Answered'),
        talk_s: t('Разговор, с', 'Talk, s'),
        wait_s: t('Ожидание, с', 'Wait, s'),
    };
    return titles[name] ?? name;
}

/** Members of the canonical call, by their own names. */
export function ExpectedFacts({ call }: { call: Record<string, unknown> }) {
    const t = useT();
    return (
        <dl className="facts">
            {Object.entries(call).map(([name, value]) => (
                <div key={name} className="fact">
                    <dt>{titleOf(name, t)}</dt>
                    <dd>{worded(name, value, t)}</dd>
                </div>
            ))}
        </dl>
    );
}

/** What a row of `calls` has for the members that are expected. */
function asExpected(row: CallRow, expected: Record<string, unknown>): Record<string, unknown> {
    const all: Record<string, unknown> = {
        ...row,
        direction: ['in', 'out', 'internal'][Number(row.call_type)],
        rang: row.extensions,
        answered: row.call_status === 2,
        talk_s: row.duration,
        wait_s: row.wait,
    };
    return Object.fromEntries(Object.keys(expected).map((name) => [name, all[name]]));
}

function Row({
    title,
    isSame,
    expected,
    received,
}: {
    title: string;
    isSame: boolean;
    expected: ReactNode;
    received: ReactNode;
}) {
    const t = useT();
    return (
        <section className="comparison-row" data-same={isSame}>
            <h3 className="comparison-title">
                {isSame ? <IconCheck size={14} aria-hidden /> : <IconX size={14} aria-hidden />}
                {title}
                <span className="visually-hidden">
                    {isSame ? t('совпало', 'as expected') : t('отличается', 'differs')}
                </span>
            </h3>
            <div className="stack">
                <h4 className="muted">{t('Ожидалось', 'Expected')}</h4>
                {expected}
            </div>
            <div className="stack">
                <h4 className="muted">{t('Получено', 'Received')}</h4>
                {received}
            </div>
        </section>
    );
}

/** Expected and received side by side, whether they differ or not. */
export function Comparison({ expected, outcome }: { expected: Expected; outcome: Outcome }) {
    const t = useT();
    const differs = (what: string) => (outcome.differences ?? []).some((difference) => difference.what === what);
    const messages = (outcome.chats ?? []).flatMap((chat) => chat.messages);
    return (
        <div className="comparison" data-testid="comparison">
            <Row
                title="Telegram"
                isSame={!differs('chat')}
                expected={<Texts texts={expected.chat} />}
                received={
                    messages.length === 0 ? (
                        <Texts texts={[]} />
                    ) : (
                        messages.map((message) => (
                            <Texts key={message.message_id} texts={message.history.map((version) => version.text)} />
                        ))
                    )
                }
            />
            <Row
                title="CRM"
                isSame={!differs('crm')}
                expected={<Texts texts={expected.crm} />}
                received={
                    <Texts
                        texts={(outcome.crm ?? []).map(
                            (request) =>
                                `${apiName(request.api)}: ${request.method.split('/').slice(-2).join('/')} → ${request.status}`,
                        )}
                    />
                }
            />
            <Row
                title={t('Звонок', 'Call')}
                isSame={!differs('call')}
                expected={<ExpectedFacts call={expected.call} />}
                received={
                    outcome.calls?.length ? (
                        outcome.calls.map((row) => (
                            <ExpectedFacts key={row.uuid} call={asExpected(row, expected.call)} />
                        ))
                    ) : (
                        <Texts texts={[]} />
                    )
                }
            />
        </div>
    );
}
