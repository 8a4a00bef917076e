import { Button, Tabs } from '@mantine/core';
import { useState } from 'react';
import { type Translate, useT } from '../shared/i18n';
import { Json } from '../shared/Json';
import { apiName } from '../shared/model';
import { Line, Panel, Tag } from '../shared/parts';
import { gist } from '../shared/RequestLine';
import type { Accounts } from './model';
import { crms } from './useSandbox';

/** Names of what the CRMs keep; others are shown as the API calls them. */
function collectionName(name: string, t: Translate): string {
    const names: Record<string, string> = {
        events: t('События', 'Events'),
        calls: t('Звонки', 'Calls'),
        notifications: t('Уведомления', 'Notifications'),
        webhooks: t('Вебхуки', 'Webhooks'),
        clients: t('Клиенты', 'Clients'),
        records: t('Записи', 'Records'),
        requests: t('Запросов', 'Requests'),
        popups: t('Карточки', 'Pop-ups'),
    };
    return names[name] ?? name;
}

function Violations({ violations }: { violations: Record<string, unknown> }) {
    const t = useT();
    const broken = Object.entries(violations).filter(([name, count]) => name !== 'all' && Boolean(count));
    if (broken.length === 0) return <Tag tone="ok">{t('нарушений нет', 'no violations')}</Tag>;
    return broken.map(([name, count]) => (
        <Tag tone="bad" key={name}>
            {name}: {typeof count === 'object' ? JSON.stringify(count) : String(count)}
        </Tag>
    ));
}

const mostAtOnce = 12;

/** Newest first. */
function Collection({ name, items }: { name: string; items: unknown[] }) {
    const t = useT();
    const [shown, setShown] = useState(mostAtOnce);
    const hidden = Math.max(0, items.length - shown);
    if (items.length === 0) return null;
    return (
        <div>
            <h4 className="collection">
                {collectionName(name, t)} <span className="count">{items.length}</span>
            </h4>
            <ol>
                {items
                    .slice(hidden)
                    .map((item, index) => {
                        const number = hidden + index + 1;
                        return (
                            <Line
                                key={number}
                                head={
                                    <>
                                        <span className="muted collection-number">{number}</span>
                                        <span className="grow clip">
                                            {item && typeof item === 'object'
                                                ? gist(item as Record<string, unknown>) || '…'
                                                : String(item)}
                                        </span>
                                    </>
                                }
                            >
                                {() => <Json value={item} label={`${name} ${number}`} />}
                            </Line>
                        );
                    })
                    .reverse()}
            </ol>
            {hidden > 0 && (
                <Button variant="subtle" size="compact-xs" m="xs" onClick={() => setShown(shown + 100)}>
                    {t(`Ещё ${hidden}`, `${hidden} more`)}
                </Button>
            )}
        </div>
    );
}

function Account({ name, account }: { name: string; account: Record<string, unknown> }) {
    const t = useT();
    const lists = Object.entries(account).filter((entry): entry is [string, unknown[]] => Array.isArray(entry[1]));
    const rest = Object.entries(account).filter(([key, value]) => !Array.isArray(value) && key !== 'violations');
    const violations = account.violations as Record<string, unknown> | undefined;
    return (
        <section aria-label={`${t('Кабинет', 'Account')} ${name}`} data-testid="account">
            <h3 className="account-head">
                <span className="account-name">
                    {t('Кабинет', 'Account')} {name}
                </span>
                {violations && <Violations violations={violations} />}
            </h3>
            {lists.every(([, items]) => items.length === 0) && <p className="panel-empty">{t('Пусто', 'Empty')}</p>}
            {lists.map(([key, items]) => (
                <Collection key={key} name={key} items={items} />
            ))}
            {rest.length > 0 && (
                <ol>
                    <Line
                        head={
                            <span className="clip muted">
                                {rest
                                    .filter(([, value]) => typeof value !== 'object')
                                    .map(([key, value]) => `${collectionName(key, t).toLowerCase()}: ${String(value)}`)
                                    .join(' · ') || t('Настройки', 'Settings')}
                            </span>
                        }
                    >
                        {() => <Json value={Object.fromEntries(rest)} label={name} />}
                    </Line>
                </ol>
            )}
        </section>
    );
}

const countOf = (accounts: Accounts) =>
    Object.values(accounts)
        .flatMap((account) => Object.values(account))
        .reduce<number>((sum, value) => sum + (Array.isArray(value) ? value.length : 0), 0);

export function CrmPanel({ crm }: { crm: Record<string, Accounts> }) {
    const t = useT();
    const [tab, setTab] = useState<string | null>(crms[0]);
    return (
        <Panel title="CRM" id="crm">
            <Tabs value={tab} onChange={setTab} keepMounted={false}>
                <Tabs.List className="crm-tabs">
                    {crms.map((name) => (
                        <Tabs.Tab key={name} value={name} data-testid={`tab-${name}`}>
                            {apiName(name)} <span className="count">{countOf(crm[name] ?? {}) || ''}</span>
                        </Tabs.Tab>
                    ))}
                </Tabs.List>
                {crms.map((name) => (
                    <Tabs.Panel value={name} key={name} tabIndex={0} className="crm-accounts">
                        {Object.entries(crm[name] ?? {}).map(([account, value]) => (
                            <Account key={account} name={account} account={value} />
                        ))}
                        {Object.keys(crm[name] ?? {}).length === 0 && (
                            <p className="panel-empty">
                                {t('Сюда ещё никто не обращался', 'Nobody has called here yet')}
                            </p>
                        )}
                    </Tabs.Panel>
                ))}
            </Tabs>
        </Panel>
    );
}
