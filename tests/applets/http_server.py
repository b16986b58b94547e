#!/usr/bin/env python3
"""An HTTP server that answers as the path says, most of it wrong: for tests/applets/wget.bats.

  http_server.py FOLDER    writes its port to FOLDER/port, once it listens, and each request to FOLDER/request
"""
import os
import socket
import sys
import threading

folder = sys.argv[1]
OK = b"HTTP/1.1 200 OK\r\n"
BODY = bytes(range(256)) * 40
answers = {
    "/plain": OK + b"Content-Length: 5\r\n\r\nhello",
    "/more": OK + b"Content-Length: 5\r\n\r\nhello, and what is too much",
    "/empty": OK + b"Content-Length: 0\r\n\r\n",
    "/none": b"HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\n",
    "/old": b"HTTP/1.0 200 OK\n\nto the end",
    "/binary": OK + b"content-LENGTH:%d\r\n\r\n" % len(BODY) + BODY,
    "/chunks": OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n00A;x=y\r\n, world ab\r\n0\r\nTrailer: x\r\n\r\n",
    "/continue": b"HTTP/1.1 100 Continue\r\nX: y\r\n\r\n" + OK + b"Content-Length: 5\r\n\r\nhello",
    "/missing": b"HTTP/1.1 404 Not\x1b[31m Found\r\nContent-Length: 3\r\n\r\nno\n",
    "/short": OK + b"Content-Length: 10\r\n\r\nhello",
    "/short-chunk": OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhel",
    "/no-last-chunk": OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    "/short-head": OK + b"Content-Le",
    "/silence": b"",
    "/no-http": b"SSH-2.0-x\r\n\r\n",
    "/zeros": b"\0" * 100 + b"\n\n",
    "/twice": OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "/negative": OK + b"Content-Length: -1\r\n\r\nhello",
    "/huge": OK + b"Content-Length: 99999999999999999999999\r\n\r\nhello",
    "/chunk-negative": OK + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n",
    "/chunk-huge": OK + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nhello\r\n0\r\n\r\n",
    "/chunk-gap": OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n0\r\n\r\n",
    "/gzip": OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "/long-line": OK + b"X: " + b"y" * (1 << 20) + b"\r\n\r\n",
    "/long-chunk-line": OK + b"Transfer-Encoding: chunked\r\n\r\n5;" + b"y" * 8000 + b"\r\nhello\r\n0\r\n\r\n",
    "/moved": b"HTTP/1.1 301 Moved\r\nLocation: /plain\r\n\r\n",
    "/a/b/relative": b"HTTP/1.1 302 Found\r\nLocation: ../b/../../plain\r\n\r\n",
    "/a/b/../b/../../plain": OK + b"Content-Length: 8\r\n\r\nrelative",
    "/host": b"HTTP/1.1 308 Found\r\nLocation: //127.0.0.1:PORT/plain\r\n\r\n",
    "/whole": b"HTTP/1.1 307 Found\r\nLocation: http://127.0.0.1:PORT/plain#x\r\n\r\n",
    "/secure": b"HTTP/1.1 301 Moved\r\nLocation: https://127.0.0.1/\r\n\r\n",
    "/loop": b"HTTP/1.1 301 Moved\r\nLocation: /loop\r\n\r\n",
    "/evil": b"HTTP/1.1 301 Moved\r\nLocation: /x/..\r\n\r\n",
    "/x/..": OK + b"Content-Length: 4\r\n\r\nevil",
    "/split": b"HTTP/1.1 301 Moved\r\nLocation: /plain\x01X: y\r\n\r\n",
    "/nowhere": b"HTTP/1.1 301 Moved\r\n\r\n",
}


def serve(c, port):
    request = b""
    while b"\r\n\r\n" not in request:
        piece = c.recv(65536)
        if not piece:
            return
        request += piece
    with open(folder + "/request", "wb") as f:
        f.write(request)
    path = request.split()[1].decode()
    try:
        if path == "/endless":
            c.sendall(OK)
            while True:
                c.sendall(b"X: y\r\n" * 1000)
        if path == "/wait":
            c.recv(1)
        if path == "/reset":
            c.sendall(OK + b"Content-Length: 5\r\n\r\n")
            c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        elif path == "/bytes":
            for b in answers["/chunks"]:
                c.sendall(bytes([b]))
        elif path.startswith("/big"):
            n = 64 << 20
            c.sendall(OK + b"Content-Length: %d\r\n\r\n" % n)
            for _ in range(n >> 20):
                c.sendall(bytes(1 << 20))
        else:
            default = OK + b"Content-Length: %d\r\n\r\n" % len(path) + path.encode()
            c.sendall(answers.get(path, default).replace(b"PORT", b"%d" % port))
    except OSError:
        pass
    c.close()


listener = socket.create_server(("::1", 0) if "-6" in sys.argv else ("127.0.0.1", 0),
                                family=socket.AF_INET6 if "-6" in sys.argv else socket.AF_INET)
with open(folder + "/port.new", "w") as f:
    f.write(str(listener.getsockname()[1]))
os.rename(folder + "/port.new", folder + "/port")
while True:
    connection, _ = listener.accept()
    threading.Thread(target=serve, args=(connection, listener.getsockname()[1]), daemon=True).start()
