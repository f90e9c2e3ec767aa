"""What the demo's tests share."""

import pytest


@pytest.fixture
def server():
    """Give a program of a few lines that answers 200 on the port that it is given."""
    return """
import http.server, sys
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Ready).serve_forever()
"""
