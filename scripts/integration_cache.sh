#!/usr/bin/env bash
# integration-cache: names, profiles, the gateway to the CRMs. {start|stop|restart|status|logs [-n LINES]}
exec "$(dirname "$(readlink -f "$0")")/lib/service.sh" integration-cache "$@"
