#!/usr/bin/env bash
# telegram-notifier: the messages in Telegram. {start|stop|restart|status|logs [-n LINES]}
exec "$(dirname "$(readlink -f "$0")")/lib/service.sh" telegram-notifier "$@"
