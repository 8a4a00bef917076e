import { ActionIcon, Select, TextInput } from '@mantine/core';
import { IconSend } from '@tabler/icons-react';
import { useState } from 'react';
import { ChatView } from '../shared/ChatView';
import { useT } from '../shared/i18n';
import type { Chat } from '../shared/model';
import { ErrorNotice, Panel } from '../shared/parts';

const keyOf = (chat: Chat) => `${chat.bot_id}/${chat.chat_id}`;

/** One chat at a time, as its user sees it; buttons can be pressed, and something written to the bot. */
export function ChatsPanel({
    chats,
    change,
}: {
    chats: Chat[];
    change: (method: 'POST', path: string, body: unknown) => Promise<void>;
}) {
    const t = useT();
    const [chosen, setChosen] = useState<string | null>(null);
    const [text, setText] = useState('');
    const [error, setError] = useState<unknown>(null);
    const chat = chats.find((each) => keyOf(each) === chosen) ?? chats[0];
    const act = (path: string, body: Record<string, unknown>) => {
        setError(null);
        return change('POST', path, { bot_id: chat?.bot_id, chat_id: chat?.chat_id, ...body }).catch(setError);
    };
    return (
        <Panel
            title="Telegram"
            count={chats.length || undefined}
            id="chats"
            aside={
                chats.length > 1 && (
                    <Select
                        size="xs"
                        w="13rem"
                        aria-label={t('Чат', 'Chat')}
                        data={chats.map((each) => ({
                            value: keyOf(each),
                            label: `${each.chat_id} · ${t('бот', 'bot')} ${each.bot_id} (${each.messages.length})`,
                        }))}
                        value={chat ? keyOf(chat) : null}
                        onChange={setChosen}
                        allowDeselect={false}
                        searchable
                    />
                )
            }
        >
            {!chat ? (
                <p className="panel-empty">{t('Ни в одном чате ещё ничего нет', 'No chat has anything yet')}</p>
            ) : (
                <div className="panel-body stack">
                    <div className="chat-scroll" tabIndex={0} role="group" aria-label={t('Сообщения', 'Messages')}>
                        <ChatView
                            key={keyOf(chat)}
                            chat={chat}
                            onPress={(message, button) =>
                                void act('telegram/presses', {
                                    message_id: message.message_id,
                                    data: button.callback_data,
                                })
                            }
                        />
                    </div>
                    <form
                        className="row"
                        onSubmit={(event) => {
                            event.preventDefault();
                            if (text.trim()) void act('telegram/messages', { text }).then(() => setText(''));
                        }}
                    >
                        <TextInput
                            size="xs"
                            className="grow"
                            placeholder={t('Написать боту, например /settings', 'Write to the bot, e.g. /settings')}
                            aria-label={t('Написать боту', 'Write to the bot')}
                            value={text}
                            onChange={(event) => setText(event.currentTarget.value)}
                        />
                        <ActionIcon type="submit" size={30} aria-label={t('Отправить боту', 'Send to the bot')}>
                            <IconSend size={14} />
                        </ActionIcon>
                    </form>
                    {error ? <ErrorNotice error={error} /> : null}
                </div>
            )}
        </Panel>
    );
}
