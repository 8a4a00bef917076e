#!/usr/bin/env bash
# pbx-gateway: exchanges' calls in, control of them out. {start|stop|restart|status|logs [-n LINES]}
exec "$(dirname "$(readlink -f "$0")")/lib/service.sh" pbx-gateway "$@"
