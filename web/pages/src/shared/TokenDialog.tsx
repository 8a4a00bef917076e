import { Button, Modal, PasswordInput } from '@mantine/core';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { token } from './api';
import { useT } from './i18n';

interface Question {
    /** Whether the last token was refused. */
    isWrong: boolean;
    answer: (given: boolean) => void;
}

let question: Question | null = null;
const listeners = new Set<() => void>();
const tell = () => listeners.forEach((listener) => listener());

/** True once the person has given one. */
export function askForToken(): Promise<boolean> {
    return new Promise((resolve) => {
        question?.answer(false);
        question = { isWrong: token.get() !== '', answer: resolve };
        tell();
    });
}

export function TokenDialog() {
    const t = useT();
    const current = useSyncExternalStore(
        (listener) => (listeners.add(listener), () => void listeners.delete(listener)),
        () => question,
    );
    const [value, setValue] = useState('');
    useEffect(() => setValue(''), [current]);
    const close = (given: boolean) => {
        current?.answer(given);
        question = null;
        tell();
    };
    return (
        <Modal
            opened={current !== null}
            onClose={() => close(false)}
            title={t('Нужен токен', 'A token is needed')}
            size="sm"
            closeButtonProps={{ 'aria-label': t('Закрыть', 'Close') }}
        >
            <form
                onSubmit={(event) => {
                    event.preventDefault();
                    token.set(value.trim());
                    close(true);
                }}
            >
                <PasswordInput
                    data-autofocus
                    label="INTERNAL_TOKEN"
                    description={t(
                        'Без токена сервис пускает только с этой же машины; у scripts/up он лежит в var/env. Хранится до закрытия вкладки.',
                        'Without a token the service admits this very machine only; scripts/up keeps it in var/env. Kept until the tab is closed.',
                    )}
                    value={value}
                    onChange={(event) => setValue(event.currentTarget.value)}
                    error={current?.isWrong ? t('Прежний токен не подошёл', 'The last token was refused') : undefined}
                    autoComplete="off"
                />
                <Button type="submit" mt="md" fullWidth disabled={!value.trim()}>
                    {t('Продолжить', 'Continue')}
                </Button>
            </form>
        </Modal>
    );
}
