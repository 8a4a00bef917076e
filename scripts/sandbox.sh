#!/usr/bin/env bash
# sandbox: plays the APIs of Telegram and RetailCRM. {start|stop|restart|status|logs [-n LINES]}
exec "$(dirname "$(readlink -f "$0")")/lib/service.sh" sandbox "$@"
