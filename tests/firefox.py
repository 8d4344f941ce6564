#!/usr/bin/env python3
"""Starts Firefox behind a relay of WebDriver BiDi, which answers what Playwright asks of newer ones only.

Playwright tells every new window its media features by a command that releases with long support do not have yet, and
gives up when Firefox calls it unknown. The relay sends a command that does nothing in its place.
"""

import json
import os
import re
import socket
import subprocess
import sys
import threading

UNKNOWN = b'"emulation.setMediaFeaturesOverride"'
_LISTENING = re.compile(rb"WebDriver BiDi listening on ws://([\d.]+):(\d+)")
_TEXT, _FIN, _MASKED = 0x1, 0x80, 0x80  # of RFC 6455, section 5.2


def main() -> int:
    """Start Firefox with the arguments given, and say where its relay listens as Firefox says where it does."""
    command = [os.environ["FIREFOX"], *sys.argv[1:]]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as firefox:
        assert firefox.stderr
        for line in firefox.stderr:
            if found := _LISTENING.search(line):
                port = _relay((found[1].decode(), int(found[2])))
                line = _LISTENING.sub(b"WebDriver BiDi listening on ws://%s:%d" % (found[1], port), line)
            sys.stderr.buffer.write(line)
            sys.stderr.flush()
    return firefox.returncode


def _relay(target: tuple[str, int]) -> int:
    """Relay connections to Firefox from now on, and return the port to connect to."""
    listener = socket.create_server((target[0], 0))

    def accept() -> None:
        while True:
            client, _ = listener.accept()
            server = socket.create_connection(target)
            threading.Thread(target=_copy, args=(server, client), daemon=True).start()
            threading.Thread(target=_send, args=(client, server), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    port: int = listener.getsockname()[1]
    return port


def _copy(source: socket.socket, sink: socket.socket) -> None:
    while data := source.recv(2**16):
        sink.sendall(data)
    sink.close()


def _send(client: socket.socket, server: socket.socket) -> None:
    """Send the opening handshake as it is, then frame by frame what the client sends."""
    host, port = server.getpeername()
    with client.makefile("rb") as source:
        for line in iter(source.readline, b"\r\n"):
            is_host = line.lower().startswith(b"host:")  # Firefox refuses every other
            server.sendall(b"Host: %s:%d\r\n" % (host.encode(), port) if is_host else line)
        server.sendall(b"\r\n")
        while head := source.read(2):
            length = head[1] & 0x7F
            extended = source.read({126: 2, 127: 8}.get(length, 0))
            length = int.from_bytes(extended) if extended else length
            mask, payload = source.read(4), source.read(length)
            text = _masked(mask, payload)
            if UNKNOWN in text:
                instead = json.dumps({"id": json.loads(text)["id"], "method": "session.status", "params": {}}).encode()
                server.sendall(bytes([_FIN | _TEXT, _MASKED | len(instead)]) + mask + _masked(mask, instead))
            else:
                server.sendall(head + extended + mask + payload)
    server.close()


def _masked(mask: bytes, payload: bytes) -> bytes:
    pad = (mask * (len(payload) // 4 + 1))[: len(payload)]
    return (int.from_bytes(payload) ^ int.from_bytes(pad)).to_bytes(len(payload))


if __name__ == "__main__":
    sys.exit(main())
