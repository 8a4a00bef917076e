#!/usr/bin/env bash
# bitrix24: the Bitrix24 connector. {start|stop|restart|status|logs [-n LINES]}
exec "$(dirname "$(readlink -f "$0")")/lib/service.sh" bitrix24 "$@"
