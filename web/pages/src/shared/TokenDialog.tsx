import { Button, Modal, PasswordInput } from '@mantine/core';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { type TokenName, tokens } from './api';
import { useT } from './i18n';

interface Question {
    name: TokenName;
    /** Whether the last token was refused. */
    isWrong: boolean;
    answer: (given: boolean) => void;
}

let question: Question | null = null;
const listeners = new Set<() => void>();
const tell = () => listeners.forEach((listener) => listener());

/** True once the person has given one. */
export function askForToken(name: TokenName): Promise<boolean> {
    return new Promise((resolve) => {
        question?.answer(false);
        question = { name, isWrong: tokens.get(name) !== '', answer: resolve };
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
                    if (current) tokens.set(current.name, value.trim());
                    close(true);
                }}
            >
                <PasswordInput
                    data-autofocus
                    label={current?.name ?? ''}
                    description={
                        current?.name === 'ADMIN_TOKEN'
                            ? t(
                                  'Менять что-либо здесь можно только с ним; у scripts/up он лежит в var/env. Хранится до закрытия вкладки.',
                                  'Only with it anything can be changed here; scripts/up keeps it in var/env. Kept until the tab is closed.',
                              )
                            : t(
                                  'Без токена сервис пускает только с этой же машины. Хранится до закрытия вкладки.',
                                  'Without a token the service admits this very machine only. Kept until the tab is closed.',
                              )
                    }
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
