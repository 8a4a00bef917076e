import { ActionIcon, Button, Progress, Tooltip } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { IconDownload, IconLink, IconRefresh } from '@tabler/icons-react';
import { request } from '../shared/api';
import { type Translate, useT, useText } from '../shared/i18n';
import { Tag, type Tone } from '../shared/parts';
import { shortMoment } from '../shared/time';
import { withToken } from '../shared/withToken';
import type { Pattern, Run, RunStatus } from './model';

const tones: Record<RunStatus, Tone> = { running: 'accent', done: 'ok', failed: 'bad', canceled: 'warn' };

export function useStatusName(): (status: RunStatus) => string {
    const t = useT();
    return (status) =>
        ({
            running: t('идёт', 'running'),
            done: t('принято', 'accepted'),
            failed: t('с ошибками', 'failed'),
            canceled: t('прерван', 'cut'),
        })[status];
}

export function RunStatusTag({ status }: { status: RunStatus }) {
    const name = useStatusName();
    return <Tag tone={tones[status]}>{name(status)}</Tag>;
}

function paceOf(pace: string, t: Translate): string {
    const names: Record<string, string> = { fast: t('быстрый', 'fast'), real: t('как в жизни', 'real') };
    return names[pace] ?? `${pace} ms`;
}

async function download(run: string) {
    const response = await withToken(() => request(`runs/${run}/export`));
    const link = document.createElement('a');
    link.href = URL.createObjectURL(await response.blob());
    link.download = `trace-${run}.json`;
    link.click();
    URL.revokeObjectURL(link.href);
}

export function RunHead({
    run,
    pattern,
    canExport,
    again,
    onError,
}: {
    run: Run;
    pattern: Pattern | undefined;
    canExport: boolean;
    again: () => void;
    onError: (error: unknown) => void;
}) {
    const t = useT();
    const text = useText();
    const clipboard = useClipboard({ timeout: 1500 });
    const link = t('Скопировать ссылку на прогон', "Copy the run's link");
    const copy = () => {
        const there = new URL(location.href);
        there.hash = `run=${run.run}`;
        clipboard.copy(there.href);
    };
    const told = clipboard.error
        ? t('Браузер не дал скопировать', 'The browser did not let us copy')
        : clipboard.copied && t('Скопировано', 'Copied');
    return (
        <header className="run-head">
            <div className="run-title">
                <h2 className="run-name" tabIndex={-1} id="run-name">
                    {pattern ? text(pattern.title) : run.pattern}
                </h2>
                <RunStatusTag status={run.status} />
                <div className="grow" />
                <Button
                    size="compact-sm"
                    variant="default"
                    onClick={again}
                    leftSection={<IconRefresh size={14} aria-hidden />}
                >
                    {t('Ещё раз', 'Again')}
                </Button>
                <Tooltip label={t('Выгрузить обезличенную запись', 'Export an anonymous trace')}>
                    <Button
                        size="compact-sm"
                        variant="default"
                        onClick={() => download(run.run).catch(onError)}
                        disabled={!canExport}
                        leftSection={<IconDownload size={14} aria-hidden />}
                        data-testid="export"
                    >
                        {t('Выгрузить', 'Export')}
                    </Button>
                </Tooltip>
                <Tooltip label={told || link}>
                    <ActionIcon variant="default" size="md" aria-label={link} onClick={copy}>
                        <IconLink size={14} />
                    </ActionIcon>
                </Tooltip>
            </div>
            <p className="run-facts muted">
                <span>{shortMoment(run.started_at)}</span>
                <span>
                    {t('темп', 'pace')} {paceOf(run.pace, t)}
                </span>
                <span className="mono">{run.unique_id}</span>
                <span className="clip">→ {run.target}</span>
                <span className="mono clip" title="trace id">
                    {run.trace_id}
                </span>
            </p>
            {run.status === 'running' && (
                <Progress
                    size={3}
                    value={(100 * run.events_sent) / Math.max(1, run.events_planned)}
                    aria-label={t('Отправлено', 'Sent')}
                />
            )}
        </header>
    );
}
