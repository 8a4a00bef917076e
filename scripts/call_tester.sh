#!/usr/bin/env bash
# call-emulator: plays whole calls against ingest. {start|stop|restart|status|logs [-n LINES]}
exec "$(dirname "$(readlink -f "$0")")/lib/service.sh" call-emulator "$@"
