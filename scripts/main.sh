#!/usr/bin/env bash
# ingest: takes the webhooks of the exchanges. {start|stop|restart|status|logs [-n LINES]}
exec "$(dirname "$(readlink -f "$0")")/lib/service.sh" ingest "$@"
