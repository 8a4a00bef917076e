import { ActionIcon, Button, Checkbox, NumberInput, Select, TextInput, Tooltip } from '@mantine/core';
import { IconBolt, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { type Translate, plural, useT } from '../shared/i18n';
import { apiName } from '../shared/model';
import { ErrorNotice, Panel, Tag } from '../shared/parts';
import { type Fault, type FaultKind, faultApis, faultKinds } from './model';

type Order = Partial<Fault> & Pick<Fault, 'api' | 'kind'>;

const presets: { ru: string; en: string; fault: Order }[] = [
    {
        ru: 'Telegram: 500 дважды',
        en: 'Telegram: 500 twice',
        fault: { api: 'telegram', kind: 'status', status: 500, times: 2 },
    },
    {
        ru: 'Telegram: 429 на 5 с',
        en: 'Telegram: 429 for 5 s',
        fault: { api: 'telegram', kind: 'status', status: 429, times: 1, retry_after: 5 },
    },
    { ru: 'CRM молчит', en: 'CRM is silent', fault: { api: 'retailcrm', kind: 'never', times: -1 } },
    { ru: 'CRM рвёт связь', en: 'CRM breaks off', fault: { api: 'retailcrm', kind: 'reset', times: 3 } },
];

function kindName(kind: FaultKind, t: Translate): string {
    return {
        status: t('ответить ошибкой', 'answer with an error'),
        slow: t('ответить поздно', 'answer late'),
        lose: t('сделать, но ответ потерять', 'do it, but lose the answer'),
        garbage: t('ответить мусором', 'answer with garbage'),
        never: t('не ответить совсем', 'never answer'),
        reset: t('оборвать соединение', 'break the connection off'),
    }[kind];
}

function timesName(times: number, t: Translate): string {
    if (times < 0) return t('пока не снято', 'until taken back');
    return t(`ещё ${plural(times, 'раз', 'раза', 'раз')}`, times === 1 ? 'once more' : `${times} times more`);
}

function FaultLine({ fault, remove }: { fault: Fault; remove: () => void }) {
    const t = useT();
    const label = t('Снять этот сбой', 'Take this fault back');
    return (
        <li className="fault" data-testid="fault">
            <div className="grow">
                <div>
                    <b>{apiName(fault.api)}</b> {kindName(fault.kind, t)}
                    {fault.kind === 'status' && ` ${fault.status}`}
                    {fault.delay_ms > 0 && ` ${fault.delay_ms} ms`}
                </div>
                <div className="muted fault-facts">
                    {[
                        timesName(fault.times, t),
                        fault.match,
                        fault.chat && `${t('чат', 'chat')} ${fault.chat}`,
                        fault.percent < 100 && `${fault.percent} %`,
                        fault.retry_after !== null && `retry_after ${fault.retry_after}`,
                        fault.done && t('но сделать', 'but do it'),
                    ]
                        .filter(Boolean)
                        .join(' · ')}
                </div>
            </div>
            <Tooltip label={label}>
                <ActionIcon variant="subtle" color="gray" aria-label={label} onClick={remove}>
                    <IconX size={16} />
                </ActionIcon>
            </Tooltip>
        </li>
    );
}

const first: Order = { api: 'telegram', kind: 'status', status: 500, times: 1 };

export function Faults({
    faults,
    change,
}: {
    faults: Fault[];
    change: (method: 'POST' | 'DELETE', path: string, body?: unknown) => Promise<void>;
}) {
    const t = useT();
    const [order, setOrder] = useState<Order>(first);
    const [error, setError] = useState<unknown>(null);
    const set = (more: Partial<Fault>) => setOrder({ ...order, ...more });
    const act = (action: () => Promise<void>) => {
        setError(null);
        action().catch(setError);
    };
    // The sandbox takes back all or none.
    const remove = (index: number) =>
        act(async () => {
            await change('DELETE', 'faults');
            for (const fault of faults.filter((_, each) => each !== index)) await change('POST', 'faults', fault);
        });
    return (
        <Panel
            title={t('Сбои', 'Faults')}
            id="faults"
            count={faults.length ? <Tag tone="warn">{faults.length}</Tag> : undefined}
            aside={
                faults.length > 0 && (
                    <Button
                        size="compact-xs"
                        variant="default"
                        onClick={() => act(() => change('DELETE', 'faults'))}
                        data-testid="clear-faults"
                    >
                        {t('Снять все', 'Take all back')}
                    </Button>
                )
            }
        >
            {faults.length > 0 ? (
                <ul className="faults" aria-label={t('Включённые сбои', 'Faults that are on')}>
                    {faults.map((fault, index) => (
                        <FaultLine key={index} fault={fault} remove={() => remove(index)} />
                    ))}
                </ul>
            ) : (
                <p className="panel-empty">{t('Все API работают как положено', 'All APIs work as they should')}</p>
            )}
            <form
                className="fault-form"
                onSubmit={(event) => {
                    event.preventDefault();
                    act(() => change('POST', 'faults', order));
                }}
            >
                <div className="presets" role="group" aria-label={t('Готовые сбои', 'Ready-made faults')}>
                    {presets.map((preset) => (
                        <button key={preset.en} type="button" className="preset" onClick={() => setOrder(preset.fault)}>
                            {t(preset.ru, preset.en)}
                        </button>
                    ))}
                </div>
                <div className="fault-fields">
                    <Select
                        size="xs"
                        label="API"
                        data={faultApis.map((api) => ({ value: api, label: apiName(api) }))}
                        value={order.api}
                        onChange={(value) => value && set({ api: value })}
                        allowDeselect={false}
                    />
                    <Select
                        size="xs"
                        label={t('Что сделать', 'What to do')}
                        data={faultKinds.map((kind) => ({ value: kind, label: kindName(kind, t) }))}
                        value={order.kind}
                        onChange={(value) => value && set({ kind: value as FaultKind })}
                        allowDeselect={false}
                        comboboxProps={{ width: 'max-content', position: 'bottom-end' }}
                    />
                    {order.kind === 'status' && (
                        <NumberInput
                            size="xs"
                            label={t('Код', 'Status')}
                            min={400}
                            max={599}
                            value={order.status ?? 500}
                            onChange={(value) => set({ status: Number(value) })}
                        />
                    )}
                    {(order.kind === 'slow' || order.kind === 'lose') && (
                        <NumberInput
                            size="xs"
                            label={t('Через, мс', 'After, ms')}
                            min={0}
                            max={120000}
                            step={500}
                            value={order.delay_ms ?? 0}
                            onChange={(value) => set({ delay_ms: Number(value) })}
                        />
                    )}
                    {order.kind === 'status' && order.status === 429 && (
                        <NumberInput
                            size="xs"
                            label="retry_after"
                            min={0}
                            value={order.retry_after ?? ''}
                            onChange={(value) => set({ retry_after: value === '' ? null : Number(value) })}
                        />
                    )}
                    <NumberInput
                        size="xs"
                        label={t('Сколько раз', 'How often')}
                        description={t('−1: пока не снято', '−1: until taken back')}
                        inputWrapperOrder={['label', 'input', 'description']}
                        min={-1}
                        value={order.times ?? 1}
                        onChange={(value) => set({ times: Number(value) })}
                    />
                    <NumberInput
                        size="xs"
                        label={t('Доля, %', 'Share, %')}
                        min={1}
                        max={100}
                        value={order.percent ?? 100}
                        onChange={(value) => set({ percent: Number(value) })}
                    />
                    <TextInput
                        size="xs"
                        label={t('Метод содержит', 'Method contains')}
                        placeholder="sendMessage"
                        value={order.match ?? ''}
                        onChange={(event) => set({ match: event.currentTarget.value })}
                        spellCheck={false}
                    />
                    {order.api === 'telegram' && (
                        <TextInput
                            size="xs"
                            label={t('Только чат', 'Only chat')}
                            value={order.chat ?? ''}
                            onChange={(event) => set({ chat: event.currentTarget.value })}
                            inputMode="numeric"
                        />
                    )}
                    {['status', 'garbage', 'reset'].includes(order.kind) && (
                        <Checkbox
                            size="xs"
                            className="fault-done"
                            label={t('запрос всё же выполнить', 'carry the request out all the same')}
                            checked={order.done ?? false}
                            onChange={(event) => set({ done: event.currentTarget.checked })}
                        />
                    )}
                </div>
                {error ? <ErrorNotice error={error} /> : null}
                <Button
                    type="submit"
                    size="xs"
                    leftSection={<IconBolt size={14} aria-hidden />}
                    data-testid="add-fault"
                >
                    {t('Включить сбой', 'Switch the fault on')}
                </Button>
            </form>
        </Panel>
    );
}
