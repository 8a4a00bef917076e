import { UnstyledButton } from '@mantine/core';
import { IconCornerUpLeft, IconPencil, IconRobot, IconTrash, IconUser } from '@tabler/icons-react';
import { useState } from 'react';
import { plural, useT } from './i18n';
import type { Chat, ChatMessage, Version } from './model';
import { preciseTime, timeOfDay } from './time';

interface Button {
    text: string;
    url?: string;
    callback_data?: string;
}

function buttonsOf(markup: unknown): Button[][] {
    try {
        const parsed = typeof markup === 'string' ? JSON.parse(markup) : markup;
        return parsed?.inline_keyboard ?? [];
    } catch {
        return [];
    }
}

const textOf = (message: ChatMessage) => message.history.at(-1)?.text ?? '';

function EarlierTexts({ versions }: { versions: Version[] }) {
    const t = useT();
    return (
        <ol className="versions-list" aria-label={t('Прежние тексты', 'Earlier texts')}>
            {versions.map((version, index) => (
                <li key={index} className="versions-item">
                    <time className="versions-time" dateTime={version.at} title={preciseTime(version.at)}>
                        {timeOfDay(version.at)}
                    </time>
                    <s className="versions-text">{version.text}</s>
                </li>
            ))}
        </ol>
    );
}

/** So many earlier texts are shown without being asked for. */
const fewVersions = 6;

function Keyboard({ message, onPress }: { message: ChatMessage; onPress?: (button: Button) => void }) {
    const rows = buttonsOf(message.reply_markup);
    if (rows.length === 0 || message.deleted) return null;
    return (
        <div className="chat-keyboard">
            {rows.map((row, index) => (
                <div className="chat-keyboard-row" key={index}>
                    {row.map((button) =>
                        onPress && button.callback_data ? (
                            <UnstyledButton key={button.text} className="chat-button" onClick={() => onPress(button)}>
                                {button.text}
                            </UnstyledButton>
                        ) : (
                            <span key={button.text} className="chat-button" title={button.url ?? button.callback_data}>
                                {button.text}
                                {button.url && ' ↗'}
                            </span>
                        ),
                    )}
                </div>
            ))}
        </div>
    );
}

function Bubble({
    message,
    replied,
    onPress,
}: {
    message: ChatMessage;
    replied?: ChatMessage;
    onPress?: (button: Button) => void;
}) {
    const t = useT();
    const last = message.history.at(-1);
    const earlier = message.history.slice(0, -1);
    const [open, setOpen] = useState(earlier.length <= fewVersions);
    return (
        <li
            className="chat-message"
            data-own={message.from_user || undefined}
            data-deleted={message.deleted || undefined}
            data-testid="message"
        >
            <div className="bubble">
                {message.reply_to !== null && message.reply_to !== undefined && (
                    <div className="bubble-reply">
                        <IconCornerUpLeft size={12} aria-hidden />
                        <span className="clip">
                            {replied
                                ? textOf(replied)
                                : t(`ответ на ${message.reply_to}`, `reply to ${message.reply_to}`)}
                        </span>
                    </div>
                )}
                {message.deleted && (
                    <div className="bubble-deleted">
                        <IconTrash size={12} aria-hidden /> {t('сообщение удалено', 'deleted')}
                    </div>
                )}
                <div className="bubble-text" data-testid="message-text">
                    {message.deleted ? <s>{textOf(message)}</s> : textOf(message)}
                </div>
                {open && earlier.length > 0 && <EarlierTexts versions={earlier} />}
                <div className="bubble-foot">
                    {earlier.length > 0 && (
                        <button
                            type="button"
                            className="plain-button versions-toggle"
                            aria-expanded={open}
                            onClick={() => setOpen(!open)}
                        >
                            <IconPencil size={12} aria-hidden />
                            {t(
                                `изменено ${plural(earlier.length, 'раз', 'раза', 'раз')}`,
                                `edited ${earlier.length === 1 ? 'once' : `${earlier.length} times`}`,
                            )}
                        </button>
                    )}
                    <time dateTime={last?.at} title={preciseTime(last?.at)} className="bubble-time">
                        {timeOfDay(last?.at)}
                    </time>
                </div>
            </div>
            <Keyboard message={message} onPress={onPress} />
        </li>
    );
}

const mostAtOnce = 40;

/** A chat as Telegram shows it, but with what its messages said before. */
export function ChatView({
    chat,
    onPress,
}: {
    chat: Chat;
    onPress?: (message: ChatMessage, button: { text: string; callback_data?: string }) => void;
}) {
    const t = useT();
    const [shown, setShown] = useState(mostAtOnce);
    const hidden = Math.max(0, chat.messages.length - shown);
    const byId = new Map(chat.messages.map((message) => [message.message_id, message]));
    return (
        <div className="chat" data-testid="chat">
            <div className="chat-head">
                {chat.chat_id < 0 ? <IconUser size={14} aria-hidden /> : <IconRobot size={14} aria-hidden />}
                <span>
                    {chat.chat_id < 0 ? t('группа', 'group') : t('чат', 'chat')} {chat.chat_id}
                </span>
                <span className="chat-bot">
                    {t('бот', 'bot')} {chat.bot_id}
                </span>
            </div>
            {hidden > 0 && (
                <button type="button" className="plain-button chat-earlier" onClick={() => setShown(shown + 200)}>
                    {t(`Ещё ${hidden} раньше`, `${hidden} earlier`)}
                </button>
            )}
            <ol className="chat-messages" aria-label={`${t('чат', 'chat')} ${chat.chat_id}`}>
                {chat.messages.slice(hidden).map((message) => (
                    <Bubble
                        key={message.message_id}
                        message={message}
                        replied={message.reply_to === null ? undefined : byId.get(message.reply_to)}
                        onPress={onPress && ((button) => onPress(message, button))}
                    />
                ))}
            </ol>
        </div>
    );
}
