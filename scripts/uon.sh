#!/usr/bin/env bash
# uon: the U-ON.Travel connector. {start|stop|restart|status|logs [-n LINES]}
exec "$(dirname "$(readlink -f "$0")")/lib/service.sh" uon "$@"
