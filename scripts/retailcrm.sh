#!/usr/bin/env bash
# retailcrm: the RetailCRM connector. {start|stop|restart|status|logs [-n LINES]}
exec "$(dirname "$(readlink -f "$0")")/lib/service.sh" retailcrm "$@"
