import {
    IconAlertTriangle,
    IconBrandTelegram,
    IconClock,
    IconDatabase,
    IconInfoCircle,
    IconPhone,
    IconServer2,
    IconSitemap,
} from '@tabler/icons-react';
import { ChatView } from '../shared/ChatView';
import { useLanguage, useT } from '../shared/i18n';
import { Json } from '../shared/Json';
import { apiName, type ApiRequest } from '../shared/model';
import { Line, Panel, Tag } from '../shared/parts';
import { RequestLine } from '../shared/RequestLine';
import { preciseTime, shortMoment, timeOfDay } from '../shared/time';
import type { CallRow, Outcome, StoredEvent, TraceItem } from './model';

function Waiting({ settled, nothing }: { settled: boolean; nothing: string }) {
    const t = useT();
    return <p className="panel-empty">{settled ? nothing : t('Пока ничего', 'Nothing yet')}</p>;
}

export function Chats({ outcome }: { outcome: Outcome | null }) {
    const t = useT();
    const chats = outcome?.chats ?? [];
    return (
        <Panel title="Telegram" count={chats.length || undefined} id="chats">
            {chats.length === 0 ? (
                <Waiting
                    settled={outcome?.settled ?? false}
                    nothing={t('Чаты ничего не получили', 'No chat got anything')}
                />
            ) : (
                <div className="panel-body stack">
                    {chats.map((chat) => (
                        <ChatView key={`${chat.bot_id}/${chat.chat_id}`} chat={chat} />
                    ))}
                </div>
            )}
        </Panel>
    );
}

/** By CRM and account, in the order of time. */
function byAccount(requests: ApiRequest[]): [string, ApiRequest[]][] {
    const groups = new Map<string, ApiRequest[]>();
    for (const request of requests) {
        const key = `${apiName(request.api)} · ${request.account}`;
        groups.set(key, [...(groups.get(key) ?? []), request]);
    }
    return [...groups];
}

export function CrmRequests({ outcome }: { outcome: Outcome | null }) {
    const t = useT();
    const requests = outcome?.crm ?? [];
    return (
        <Panel title="CRM" count={requests.length || undefined} id="crm">
            {requests.length === 0 ? (
                <Waiting
                    settled={outcome?.settled ?? false}
                    nothing={t('CRM ничего не получили', 'No CRM got anything')}
                />
            ) : (
                byAccount(requests).map(([title, items]) => (
                    <div key={title}>
                        <h3 className="crm-account">{title}</h3>
                        <ol>
                            {items.map((request, index) => (
                                <RequestLine key={request.number ?? index} request={request} />
                            ))}
                        </ol>
                    </div>
                ))
            )}
        </Panel>
    );
}

function Fact({ name, value }: { name: string; value: string | number | null | undefined }) {
    return (
        <>
            <dt>{name}</dt>
            <dd>{value === null || value === undefined || value === '' ? <span className="muted">—</span> : value}</dd>
        </>
    );
}

function CallFacts({ call }: { call: CallRow }) {
    const t = useT();
    const kinds = [t('входящий', 'inbound'), t('исходящий', 'outbound'), t('внутренний', 'internal')];
    const list = (value: unknown) => (Array.isArray(value) ? value.join(', ') : (value as string));
    return (
        <div className="stack">
            <dl className="facts">
                <Fact name={t('Направление', 'Direction')} value={kinds[Number(call.call_type)]} />
                <Fact
                    name={t('Исход', 'Outcome')}
                    value={call.call_status === 2 ? t('отвечен', 'answered') : t('не отвечен', 'not answered')}
                />
                <Fact name={t('Номер', 'Number')} value={call.phone as string} />
                <Fact name={t('Линия', 'Line')} value={call.line as string} />
                <Fact name={t('Звонили', 'Rang')} value={list(call.extensions)} />
                <Fact name={t('Говорили', 'Talked')} value={list(call.talkers)} />
                <Fact name={t('Разговор, с', 'Talk, s')} value={call.duration as number} />
                <Fact name={t('Ожидание, с', 'Wait, s')} value={call.wait as number} />
                <Fact
                    name={t('Начало', 'Begin')}
                    value={call.date_received ? shortMoment(call.date_received as string) : null}
                />
                <Fact name={t('Конец', 'End')} value={call.date_end ? shortMoment(call.date_end as string) : null} />
                <Fact name="UniqueId" value={call.unique_id} />
            </dl>
        </div>
    );
}

export function StoredRows({ outcome }: { outcome: Outcome | null }) {
    const t = useT();
    const calls = outcome?.calls ?? [];
    const events = outcome?.call_events ?? [];
    return (
        <Panel title={t('В базе', 'Stored')} count={calls.length || undefined} id="stored">
            {calls.length === 0 && events.length === 0 ? (
                <Waiting settled={outcome?.settled ?? false} nothing={t('Звонок не записан', 'No call was stored')} />
            ) : (
                <>
                    {calls.map((call) => (
                        <div className="stored-call" key={call.uuid}>
                            <h3 className="crm-account">
                                <IconPhone size={14} aria-hidden /> calls{' '}
                                <span className="mono muted clip">{call.uuid}</span>
                            </h3>
                            <div className="panel-body">
                                <CallFacts call={call} />
                            </div>
                            <ol>
                                <Line head={<span className="muted">{t('Вся строка', 'The whole row')}</span>}>
                                    {() => <Json value={call} label="calls" />}
                                </Line>
                            </ol>
                        </div>
                    ))}
                    <h3 className="crm-account">
                        <IconDatabase size={14} aria-hidden /> call_events{' '}
                        <span className="count">{events.length}</span>
                    </h3>
                    <ol>
                        {events.map((event) => (
                            <EventRow key={event.event_id} event={event} />
                        ))}
                    </ol>
                </>
            )}
        </Panel>
    );
}

function EventRow({ event }: { event: StoredEvent }) {
    const t = useT();
    return (
        <Line
            head={
                <>
                    <span className="muted">{timeOfDay(event.event_timestamp)}</span>
                    <span className="event-name">{event.event_type}</span>
                    <span className="grow clip mono muted">{event.unique_id}</span>
                    {event.data_source === 'recovery' && <Tag tone="warn">recovery</Tag>}
                    {event.telegram_sent && (
                        <IconBrandTelegram
                            size={14}
                            className="muted"
                            aria-label={t('дошло до Telegram', 'Telegram has it')}
                        />
                    )}
                </>
            }
        >
            {() => <Json value={event} label="call_events" />}
        </Line>
    );
}

const signs: Record<string, typeof IconPhone> = {
    event: IconServer2,
    call: IconPhone,
    telegram: IconBrandTelegram,
    dispatch: IconSitemap,
    crm: IconSitemap,
    reason: IconInfoCircle,
    waiting: IconClock,
    refused: IconAlertTriangle,
    dead: IconAlertTriangle,
};
const troubled = new Set(['refused', 'dead', 'waiting']);

/** The call's own story, as ingest tells it. */
export function Explanation({ outcome }: { outcome: Outcome | null }) {
    const t = useT();
    const items = outcome?.trace?.items ?? [];
    return (
        <Panel title={t('Объяснение', 'Explanation')} count={items.length || undefined} id="trace">
            {items.length === 0 ? (
                <Waiting settled={outcome?.settled ?? false} nothing={t('Объяснения нет', 'There is no explanation')} />
            ) : (
                <ol>
                    {items.map((item, index) => (
                        <TraceLine key={index} item={item} />
                    ))}
                </ol>
            )}
        </Panel>
    );
}

function TraceLine({ item }: { item: TraceItem }) {
    const [language] = useLanguage();
    const Sign = signs[item.what] ?? IconServer2;
    return (
        <Line
            tone={troubled.has(item.what) ? 'warn' : undefined}
            head={
                <>
                    <time className="muted trace-time" dateTime={item.at}>
                        {timeOfDay(item.at)}
                        <span className="trace-fraction">{preciseTime(item.at).slice(-4)}</span>
                    </time>
                    <Sign size={14} stroke={1.7} className="trace-sign" data-what={item.what} aria-hidden />
                    <span className="grow trace-text">{language === 'ru' ? item.text : item.text_en}</span>
                </>
            }
        >
            {() => <Json value={item.detail} label={`${item.source}: ${item.code}`} />}
        </Line>
    );
}
