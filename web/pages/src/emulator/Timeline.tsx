import { IconDatabase, IconDatabaseOff } from '@tabler/icons-react';
import { useT } from '../shared/i18n';
import { Json } from '../shared/Json';
import { Line, Panel, StatusTag, Tag } from '../shared/parts';
import { milliseconds, offset, preciseTime } from '../shared/time';
import type { Outcome, Run, Sent } from './model';

const tones: Record<string, string> = {
    start: 'begin',
    dial: 'begin',
    bridge: 'talk',
    hangup: 'end',
};

export function EventName({ event }: { event: string }) {
    return (
        <span className="event-name" data-kind={tones[event]}>
            {event}
        </span>
    );
}

/** Who and whom, as far as the event tells. */
export function partiesOf(body: Record<string, unknown>): string {
    const extensions = Array.isArray(body.Extensions) ? body.Extensions.filter(Boolean).join(', ') : '';
    const left = body.CallerIDNum ?? body.Phone;
    const right = body.CallerIDNum ? body.ConnectedLineNum : extensions;
    const shown = [left, right].filter((each) => each && each !== '<unknown>');
    return shown.join(' → ');
}

function answerOf(sent: Sent): { event_id?: string; duplicate?: boolean } {
    return sent.answer && typeof sent.answer === 'object' ? sent.answer : {};
}

function StoredSign({ sent, outcome }: { sent: Sent; outcome: Outcome | null }) {
    const t = useT();
    const id = answerOf(sent).event_id;
    if (!outcome?.call_events || !id || answerOf(sent).duplicate) return null;
    const isStored = outcome.call_events.some((event) => event.event_id === id);
    const label = isStored
        ? t('сохранено у звонка', 'stored with the call')
        : t('у звонка не найдено', 'not found with the call');
    const Sign = isStored ? IconDatabase : IconDatabaseOff;
    return (
        <span className="stored" data-found={isStored} title={label}>
            <Sign size={14} stroke={1.8} aria-hidden />
            <span className="visually-hidden">{label}</span>
        </span>
    );
}

/** The events in the order in which they were sent, with what came back. */
export function Timeline({ run, outcome }: { run: Run; outcome: Outcome | null }) {
    const t = useT();
    const begin = run.events[0]?.at;
    const waiting = run.events_planned - run.events.length;
    return (
        <Panel title={t('События', 'Events')} count={`${run.events.length} / ${run.events_planned}`} id="events">
            <ol>
                {run.events.map((sent, index) => (
                    <Line
                        key={index}
                        head={
                            <>
                                <span
                                    className="muted event-offset"
                                    title={`${t('часы станции', "exchange's clock")} ${preciseTime(sent.at)}`}
                                >
                                    {offset(begin ?? sent.at, sent.at)}
                                </span>
                                <EventName event={sent.event} />
                                <span className="grow clip muted">{partiesOf(sent.body)}</span>
                                {answerOf(sent).duplicate && <Tag tone="violet">{t('повтор', 'repeat')}</Tag>}
                                <StoredSign sent={sent} outcome={outcome} />
                                <span className="muted event-took">{milliseconds(sent.duration_ms)}</span>
                                <StatusTag status={sent.http_status} />
                            </>
                        }
                    >
                        {() => (
                            <>
                                <Json value={sent.body} label={t('Отправлено', 'Sent')} />
                                <Json value={sent.answer ?? sent.error} label={t('Ответ', 'Answer')} />
                                <p className="muted">
                                    {t('отправлено', 'sent')} {preciseTime(sent.sent_at)},{' '}
                                    {t('ответ через', 'answered after')} {milliseconds(sent.duration_ms)}
                                </p>
                            </>
                        )}
                    </Line>
                ))}
                {waiting > 0 && run.status === 'running' && (
                    <li className="event-waiting muted">
                        <span className="dot" data-tone="busy" />
                        {t(`ещё ${waiting}`, `${waiting} more`)}
                    </li>
                )}
                {waiting > 0 && run.status !== 'running' && (
                    <li className="event-waiting muted">{t(`не отправлено: ${waiting}`, `not sent: ${waiting}`)}</li>
                )}
            </ol>
        </Panel>
    );
}
