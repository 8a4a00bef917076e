import { ActionIcon, CopyButton, Tooltip } from '@mantine/core';
import {
    IconAlertTriangle,
    IconCheck,
    IconChevronRight,
    IconCircleCheck,
    IconCopy,
    IconInfoCircle,
} from '@tabler/icons-react';
import { type ReactNode, useId, useState } from 'react';
import { ApiError } from './api';
import { useT } from './i18n';

export type Tone = 'plain' | 'ok' | 'bad' | 'warn' | 'accent' | 'violet';

export function Tag({ tone = 'plain', children, title }: { tone?: Tone; children: ReactNode; title?: string }) {
    return (
        <span className="tag" data-tone={tone} title={title}>
            {children}
        </span>
    );
}

export function StatusTag({ status }: { status: number | null }) {
    const t = useT();
    if (status === null || status === 0) return <Tag tone="bad">{t('нет ответа', 'no answer')}</Tag>;
    return <Tag tone={status < 300 ? 'ok' : status < 400 || status === 429 ? 'warn' : 'bad'}>{status}</Tag>;
}

export function Panel({
    title,
    count,
    aside,
    children,
    id,
}: {
    title: string;
    count?: ReactNode;
    aside?: ReactNode;
    children: ReactNode;
    id?: string;
}) {
    const label = useId();
    return (
        <section className="panel" aria-labelledby={label} id={id} data-testid={id}>
            <div className="panel-head">
                <h2 className="panel-title" id={label}>
                    {title}
                </h2>
                {count !== undefined && <span className="count">{count}</span>}
                <div className="grow" />
                {aside}
            </div>
            {children}
        </section>
    );
}

export function Notice({
    tone,
    title,
    children,
    action,
    testId,
}: {
    tone: 'ok' | 'bad' | 'warn' | 'plain';
    title: ReactNode;
    children?: ReactNode;
    action?: ReactNode;
    testId?: string;
}) {
    const Sign = tone === 'ok' ? IconCircleCheck : tone === 'plain' ? IconInfoCircle : IconAlertTriangle;
    return (
        <div className="notice" data-tone={tone} role={tone === 'bad' ? 'alert' : 'status'} data-testid={testId}>
            <Sign size={18} stroke={1.8} className="notice-sign" aria-hidden />
            <div className="grow">
                <div className="notice-title">{title}</div>
                {children && <div className="wrap">{children}</div>}
            </div>
            {action}
        </div>
    );
}

/** An error in the person's words: what happened, and what to do about it. */
export function ErrorNotice({ error, action }: { error: unknown; action?: ReactNode }) {
    const t = useT();
    const [title, more] = explain(error, t);
    return (
        <Notice tone="bad" title={title} action={action} testId="error">
            {more}
        </Notice>
    );
}

function explain(error: unknown, t: ReturnType<typeof useT>): [string, string] {
    if (!(error instanceof ApiError))
        return [t('Что-то сломалось на странице', 'Something broke on the page'), String(error)];
    const detail =
        error.problem.errors?.map((each) => `${each.path}: ${each.detail}`).join('; ') || error.problem.detail;
    if (error.isAway)
        return [
            t('Сервис не отвечает', 'The service is away'),
            t(
                'Он остановлен или перезапускается: scripts/all.sh status. Страница пробует снова сама.',
                'It is stopped or restarting: scripts/all.sh status. The page tries again by itself.',
            ),
        ];
    if (error.needsToken) return [t('Сервис не пускает без токена', 'The service wants a token'), detail];
    if (error.status === 403)
        return [
            t('Цель отклонена', 'The target was refused'),
            t(
                'Эмулятор шлёт только на свой INGEST_URL и на адреса из своей настройки EMULATOR_ALLOWED_TARGETS.',
                'The emulator sends to its INGEST_URL and to the addresses of its setting EMULATOR_ALLOWED_TARGETS only.',
            ),
        ];
    if (error.status === 429) return [t('Слишком много прогонов сразу', 'Too many runs at once'), detail];
    if (error.status === 422 || error.status === 400) return [t('Так нельзя', 'That is not valid'), detail];
    if (error.status === 404) return [t('Не найдено', 'Not found'), detail];
    return [t(`Ошибка ${error.status}`, `Error ${error.status}`), detail];
}

export function Copy({ text, label }: { text: string; label: string }) {
    const t = useT();
    return (
        <CopyButton value={text} timeout={1500}>
            {({ copied, copy }) => (
                <Tooltip label={copied ? t('Скопировано', 'Copied') : label}>
                    <ActionIcon size="sm" variant="subtle" color="gray" onClick={copy} aria-label={label}>
                        {copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
                    </ActionIcon>
                </Tooltip>
            )}
        </CopyButton>
    );
}

/** A line of a list that opens to show more. */
export function Line({
    head,
    children,
    startOpen = false,
    label,
    tone,
}: {
    head: ReactNode;
    children: () => ReactNode;
    startOpen?: boolean;
    label?: string;
    tone?: string;
}) {
    const [open, setOpen] = useState(startOpen);
    const body = useId();
    return (
        <li className="line" data-tone={tone}>
            <button
                type="button"
                className="plain-button line-head"
                aria-expanded={open}
                aria-controls={open ? body : undefined}
                aria-label={label}
                onClick={() => setOpen(!open)}
            >
                <IconChevronRight size={14} className="line-chevron" aria-hidden />
                {head}
            </button>
            {open && (
                <div className="line-body" id={body}>
                    {children()}
                </div>
            )}
        </li>
    );
}
