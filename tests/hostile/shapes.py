"""Broken, doubtful and hostile HTTP, each under the name of what is wrong with it."""

from collections.abc import Mapping

from tests.hostile.system import KEYS

_KEY = f"Authorization: Bearer {KEYS['write']}".encode()
_JSON = b"Content-Type: application/json"
_CHUNKED = b"Transfer-Encoding: chunked"


def _get(*lines: bytes, target: bytes = b"/healthz", version: bytes = b"HTTP/1.1") -> bytes:
    return b"\r\n".join([b"GET " + target + b" " + version, b"Host: a", *lines, b"", b""])


def _post(*lines: bytes, body: bytes = b"") -> bytes:
    head = [b"POST /purchases HTTP/1.1", b"Host: a", _KEY, _JSON, b"Idempotency-Key: raw"]
    return b"\r\n".join([*head, *lines, b"", b""]) + body


def _chunks(*parts: bytes) -> bytes:
    return _post(_CHUNKED, body=b"".join(parts))


REFUSED: Mapping[str, bytes] = {
    "length and chunks": _post(b"Content-Length: 5", _CHUNKED, body=b"0\r\n\r\n"),
    "chunks and length": _post(_CHUNKED, b"Content-Length: 5", body=b"0\r\n\r\n"),
    "two lengths that differ": _post(b"Content-Length: 2", b"Content-Length: 3", body=b"{}}"),
    "two lengths in one": _post(b"Content-Length: 2, 3", body=b"{}}"),
    "negative length": _post(b"Content-Length: -1"),
    "length with a plus": _post(b"Content-Length: +2", body=b"{}"),
    "length in hex": _post(b"Content-Length: 0x2", body=b"{}"),
    "length of a word": _post(b"Content-Length: two", body=b"{}"),
    "length beyond 64 bits": _post(b"Content-Length: 99999999999999999999999", body=b"{}"),
    "empty length": _post(b"Content-Length:", body=b"{}"),
    "length with an underscore": _post(b"Content-Length: 1_0", body=b"{}"),
    "doubled chunked": _post(_CHUNKED, _CHUNKED, body=b"0\r\n\r\n"),
    "chunked that is not last": _post(b"Transfer-Encoding: chunked, gzip", body=b"0\r\n\r\n"),
    "unknown coding": _post(b"Transfer-Encoding: xchunked", body=b"0\r\n\r\n"),
    "chunked in HTTP/1.0": _post(_CHUNKED, body=b"0\r\n\r\n").replace(b"HTTP/1.1", b"HTTP/1.0"),
    "chunk size of letters": _chunks(b"zz\r\n{}\r\n0\r\n\r\n"),
    "negative chunk size": _chunks(b"-2\r\n{}\r\n0\r\n\r\n"),
    "chunk size in 0x": _chunks(b"0x2\r\n{}\r\n0\r\n\r\n"),
    "chunk size beyond 64 bits": _chunks(b"fffffffffffffffff\r\n{}\r\n0\r\n\r\n"),
    "chunk that is longer than said": _chunks(b"1\r\n{}\r\n0\r\n\r\n"),
    "chunk with bare LF": _chunks(b"2\n{}\n0\n\n"),
    "chunk size with a space before": _chunks(b" 2\r\n{}\r\n0\r\n\r\n"),
    "folded header": _get(b"X-Folded: a", b" b"),
    "folded length": _post(b"Content-Length:", b" 2", body=b"{}"),
    "header that begins with a space": _get(b" X: a"),
    "header without a colon": _get(b"no colon here"),
    "header without a name": _get(b": nameless"),
    "header name with a space": _get(b"Bad Name: x"),
    "space before the colon": _post(b"Content-Length : 2", body=b"{}"),
    "header name with NUL": _get(b"X\x00Y: a"),
    "header value with NUL": _get(b"X: a\x00b"),
    "header value with a bare CR": _get(b"X: a\rY: b"),
    "header name beyond ASCII": _get("Ä: a".encode()),
    "huge header": _get(b"X: " + b"y" * 100_000),
    "huge header name": _get(b"X" * 100_000 + b": y"),
    "a thousand headers": _get(*(b"X-%d: y" % number for number in range(1_000))),
    "huge request line": _get(target=b"/" + b"y" * 100_000),
    "huge query": _get(target=b"/healthz?" + b"y" * 100_000),
    "target with a space": _get(target=b"/health z"),
    "target with NUL": _get(target=b"/health\x00z"),
    "target with a control character": _get(target=b"/health\x01z"),
    "no target": b"GET  HTTP/1.1\r\nHost: a\r\n\r\n",
    "no version": b"GET /healthz\r\nHost: a\r\n\r\n",
    "HTTP/0.9": b"GET /readyz\r\n\r\n",
    "HTTP/9.9": _get(version=b"HTTP/9.9"),
    "HTTP/1.1 in small letters": _get(version=b"http/1.1"),
    "HTTP/1.10": _get(version=b"HTTP/1.10"),
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
    "TLS hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 32 + b"\r\n\r\n",
    "method that is none": b"BREW /purchases HTTP/1.1\r\nHost: a\r\n\r\n",
    "method with a control character": b"G\x01T / HTTP/1.1\r\nHost: a\r\n\r\n",
    "method in small letters": b"get /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
    "nothing but LF and noise": b"\n\n\x00\xff\xfe\r\n\r\n",
    "SMTP": b"EHLO example.com\r\nMAIL FROM:<erika@example.com>\r\n\r\n",
    "Redis": b"*1\r\n$4\r\nPING\r\n\r\n",
    "bytes beyond ASCII in the request line": b"\xff\xfe /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
    "trailing space after the version": b"GET /healthz HTTP/1.1 \r\nHost: a\r\nX\x00: y\r\n\r\n",
}
"""What nobody may take: a 400 or a closed connection."""

ANSWERED: Mapping[str, bytes] = {
    "endless chunk extension": _chunks(b"2;" + b"x" * 100_000 + b"\r\n{}\r\n0\r\n\r\n"),
    "bare LF": b"GET /healthz HTTP/1.1\nHost: a\n\n",
    "absolute form": _get(target=b"http://a/healthz"),
    "absolute form to elsewhere": _get(target=b"http://192.0.2.1/healthz"),
    "absolute form with a bad port": _get(target=b"http://a:99999999/healthz"),
    "absolute form with a broken host": _get(target=b"http://[::1/healthz"),
    "asterisk form": _get(target=b"*"),
    "asterisk form of OPTIONS": b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    "CONNECT": b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n",
    "CONNECT without a port": b"CONNECT example.com HTTP/1.1\r\nHost: a\r\n\r\n",
    "CONNECT to a path": b"CONNECT /purchases HTTP/1.1\r\nHost: a\r\n\r\n",
    "CONNECT and then a request": b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n" + _get(),
    "TRACE": b"TRACE /purchases HTTP/1.1\r\nHost: a\r\n\r\n",
    "TRACE that would tell a key": b"TRACE / HTTP/1.1\r\nHost: a\r\n" + _KEY + b"\r\n\r\n",
    "OPTIONS as a browser asks": (
        b"OPTIONS /purchases HTTP/1.1\r\nHost: a\r\nOrigin: https://example.com\r\n"
        b"Access-Control-Request-Method: POST\r\n\r\n"
    ),
    "HEAD": b"HEAD /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
    "HEAD of nothing": b"HEAD /nowhere HTTP/1.1\r\nHost: a\r\n\r\n",
    "no host": b"GET /healthz HTTP/1.1\r\n\r\n",
    "two hosts": _get(b"Host: b"),
    "host with a path": b"GET /healthz HTTP/1.1\r\nHost: a/b?c#d\r\n\r\n",
    "empty host": b"GET /healthz HTTP/1.1\r\nHost:\r\n\r\n",
    "HTTP/1.0": b"GET /healthz HTTP/1.0\r\n\r\n",
    "path that is no UTF-8": _get(target=b"/purchases/\xff\xfe"),
    "escaped path that is no UTF-8": _get(_KEY, target=b"/purchases/%ff%fe"),
    "half an escape": _get(_KEY, target=b"/purchases/%"),
    "escape of no hex": _get(_KEY, target=b"/purchases/%zz"),
    "escaped NUL": _get(_KEY, target=b"/purchases/%00"),
    "escaped line end": _get(_KEY, target=b"/purchases/a%0d%0aX:%20y"),
    "up and away": _get(target=b"/../../etc/passwd"),
    "up and away, escaped": _get(target=b"/purchases/%2e%2e%2f%2e%2e%2fetc%2fpasswd"),
    "up and away, escaped twice": _get(target=b"/purchases/%252e%252e%252fetc"),
    "backslashes": _get(target=b"/purchases\\..\\..\\etc"),
    "many slashes": _get(target=b"//////purchases"),
    "another host in the path": _get(target=b"//example.com/purchases"),
    "fragment": _get(target=b"/healthz#/purchases"),
    "semicolons": _get(target=b"/healthz;a=b"),
    "query of nothing but signs": _get(_KEY, target=b"/purchases?&&==&=&%00=%ff&limit"),
    "query given a thousand times": _get(_KEY, target=b"/purchases?" + b"state=x&" * 900),
    "unknown expectation": _post(b"Expect: a-miracle", b"Content-Length: 2", body=b"{}"),
    "trailers": _chunks(b"2\r\n{}\r\n0\r\nIdempotency-Key: other\r\nX: y\r\n\r\n"),
    "trailer that would change the length": _chunks(b"2\r\n{}\r\n0\r\nContent-Length: 9\r\n\r\n"),
    "chunk extension": _chunks(b"2;a=b\r\n{}\r\n0\r\n\r\n"),
    "a thousand chunks": _chunks(b"1\r\n \r\n" * 1_000, b"2\r\n{}\r\n0\r\n\r\n"),
    "the same length twice": _post(b"Content-Length: 2", b"Content-Length: 2", body=b"{}"),
    "upgrade to a WebSocket": _get(
        b"Connection: Upgrade",
        b"Upgrade: websocket",
        b"Sec-WebSocket-Version: 13",
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ),
    "upgrade to HTTP/2": _get(
        b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABk"
    ),
    "upgrade and then noise": _get(b"Connection: Upgrade", b"Upgrade: x") + b"\x00\x01\x02\xff",
    "upgrade with a body": _post(
        b"Connection: Upgrade", b"Upgrade: x", b"Content-Length: 2", body=b"{}"
    ),
    "hop-by-hop names of what we need": _post(
        b"Connection: Authorization, Content-Length", b"Content-Length: 2", body=b"{}"
    ),
    "header value beyond ASCII": _get("X: ä€😀".encode()),
    "header value that is no UTF-8": _get(b"X: \xff\xfe"),
    "empty header value": _get(b"X:"),
    "key that is no UTF-8": _get(b"Authorization: Bearer \xff\xfe", target=b"/purchases"),
    "two keys": _get(_KEY, _KEY, target=b"/purchases"),
    "gzip that is none": _post(b"Content-Encoding: gzip", b"Content-Length: 2", body=b"{}"),
    "ranges": _get(b"Range: bytes=0-0,1-2,5-", b"If-Range: x"),
    "conditions": _get(b"If-Modified-Since: never", b"If-None-Match: *"),
    "bad cookies": _get(b'Cookie: a="; b=\x80; =c; ;;;'),
    "a body on GET": _get(b"Content-Length: 2") + b"{}",
    "pipelined": _get() * 20,
    "pipelined with a broken one": _get() + b"GARBAGE\r\n\r\n" + _get(),
    "a request hidden in a body": _post(b"Content-Length: %d" % len(_get()), body=_get()),
    "a body that is longer than said": _post(b"Content-Length: 2", body=b"{}" + b"x" * 100),
    "line ends before the request": b"\r\n\r\n" + _get(),
    "spaces around the value": _get(b"Connection:   close   "),
}
"""What HTTP allows, or libraries bear with: any answer of ours will do, but one has to come."""

BROKEN_OFF: Mapping[str, bytes] = {
    "nothing": b"",
    "half a method": b"GE",
    "half a request line": b"GET /purch",
    "half a header": _get()[:-10],
    "all but the last line end": _get()[:-2],
    "half a body": _post(b"Content-Length: 100", body=b'{"currency"'),
    "half a chunk": _chunks(b"ff\r\n{"),
    "no last chunk": _chunks(b"2\r\n{}\r\n"),
    "half of the trailers": _chunks(b"2\r\n{}\r\n0\r\nX: "),
    "an invitation that is not taken": _post(b"Expect: 100-continue", b"Content-Length: 9"),
}
"""What a client sends before it leaves, or falls silent."""
