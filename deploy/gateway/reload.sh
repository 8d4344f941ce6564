#!/bin/sh -e
# In the gateway's container, as `reload`: let HAProxy read its files again. If they are invalid, say why and change nothing.
# `docker kill --signal` would send the signal too, but then the engine does not restart the container after a crash.
haproxy -c -f /etc/haproxy/gateway -f /etc/haproxy/haproxy.cfg
kill -USR2 1
sleep 1 # while HAProxy reads its files, it ignores the signal
