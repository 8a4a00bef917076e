import { Button, NumberInput, Switch } from '@mantine/core';
import { useState } from 'react';
import { useT } from '../shared/i18n';
import { ErrorNotice, Panel, Tag } from '../shared/parts';
import type { Limits } from './model';

const names = ['bot_per_second', 'group_per_minute', 'private_burst'] as const;

/** Telegram's limits: whether they are enforced, and how often they were broken. */
export function LimitsPanel({
    limits,
    change,
}: {
    limits: Limits | null;
    change: (method: 'POST', path: string, body: unknown) => Promise<void>;
}) {
    const t = useT();
    const [edited, setEdited] = useState<Partial<Limits>>({});
    const [error, setError] = useState<unknown>(null);
    if (!limits) return null;
    const now = { ...limits, ...edited };
    const apply = (more: Partial<Limits>) => {
        const { enforce, bot_per_second, group_per_minute, private_burst } = { ...now, ...more };
        setError(null);
        change('POST', 'limits', { enforce, bot_per_second, group_per_minute, private_burst })
            .then(() => setEdited({}))
            .catch(setError);
    };
    const titles = {
        bot_per_second: t('бот в секунду', 'bot a second'),
        group_per_minute: t('группа в минуту', 'group a minute'),
        private_burst: t('чат подряд', 'chat burst'),
    };
    const kinds: Record<string, string> = {
        bot: t('бот', 'bot'),
        group: t('группа', 'group'),
        chat: t('чат', 'chat'),
        early: t('раньше retry_after', 'before retry_after'),
    };
    return (
        <Panel
            title={t('Лимиты Telegram', "Telegram's limits")}
            id="limits"
            aside={
                <Switch
                    size="xs"
                    label={t('следить', 'enforce')}
                    checked={limits.enforce}
                    onChange={(event) => apply({ enforce: event.currentTarget.checked })}
                    data-testid="enforce"
                />
            }
        >
            <div className="panel-body stack">
                <p className="row limits-counts">
                    <span>
                        {t('запросов', 'requests')} {limits.requests}
                    </span>
                    <span>
                        {t('в самую занятую секунду', 'in the busiest second')} {limits.busiest_second}
                    </span>
                </p>
                <p className="row limits-counts">
                    {limits.broken_all === 0 ? (
                        <Tag tone="ok">{t('не нарушены', 'not broken')}</Tag>
                    ) : (
                        Object.entries(limits.broken)
                            .filter(([, count]) => count > 0)
                            .map(([kind, count]) => (
                                <Tag tone="bad" key={kind}>
                                    {kinds[kind] ?? kind}: {count}
                                </Tag>
                            ))
                    )}
                </p>
                <div className="limits-fields">
                    {names.map((name) => (
                        <NumberInput
                            key={name}
                            size="xs"
                            label={titles[name]}
                            min={1}
                            max={1000000}
                            value={now[name]}
                            onChange={(value) => setEdited({ ...edited, [name]: Number(value) })}
                            hideControls
                        />
                    ))}
                </div>
                {error ? <ErrorNotice error={error} /> : null}
                {Object.keys(edited).length > 0 && (
                    <Button size="xs" variant="default" onClick={() => apply({})}>
                        {t('Применить и считать заново', 'Apply and count anew')}
                    </Button>
                )}
            </div>
        </Panel>
    );
}
