#!/usr/bin/env bash
# moysklad: the MoySklad connector. {start|stop|restart|status|logs [-n LINES]}
exec "$(dirname "$(readlink -f "$0")")/lib/service.sh" moysklad "$@"
