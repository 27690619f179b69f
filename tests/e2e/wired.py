"""Servers on the way to the provider, or in its place: proxies, and Google's own address."""

import http.server
import json
import select
import socket
import ssl
import threading

from auth_house import AuthHouse

import certificates

TOKEN = "ya29.of-a-service-account"
GOOGLE = "oauth2.googleapis.com"


class Server:
    """What is asked of it is in `asked`: ("POST", path, headers, body)."""

    def __init__(self, answer, certificate=None, context=None):
        asked, self.answer = [], answer
        self.asked, this = asked, self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                asked.append((self.command, self.path, dict(self.headers), body.decode()))
                this.answer(self)

            do_GET = do_CONNECT = do_POST

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        if certificate:
            context = context or ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def give_token(handler):
    body = json.dumps({"access_token": TOKEN, "token_type": "Bearer", "expires_in": 3599}).encode()
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Set-Cookie", "session=canary-of-a-cookie")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def tunnel(port):
    """To this port, wherever the client wants to go."""

    def answer(handler):
        with socket.create_connection(("127.0.0.1", port)) as there:
            here = handler.connection
            here.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            ends = {here: there, there: here}
            while True:
                for end in select.select(list(ends), [], [], 30)[0]:
                    data = end.recv(65536)
                    if not data:
                        return
                    ends[end].sendall(data)

    return answer


def refuse(handler):
    handler.send_response(407)
    handler.send_header("Proxy-Authenticate", 'Basic realm="here"')
    handler.send_header("Content-Length", "0")
    handler.end_headers()


class Wired(AuthHouse):
    def serve(self, answer=give_token, certificate=None, context=None):
        server = Server(answer, certificate, context)
        self.addCleanup(server.close)
        return server

    def trust(self, certificate):
        self.env["BATCH_AUTH_CA_FILE"] = certificate.cert

    def as_google(self):
        """A service account of Google's, which is a server here."""
        authority = certificates.authority()
        self.trust(authority)
        del self.env["BATCH_AUTH_ISSUER"]
        path = self.provider.service_account_file(self.path("key.json"), token_uri=f"https://{GOOGLE}/token")
        self.env["GOOGLE_APPLICATION_CREDENTIALS"] = path
        return self.serve(certificate=certificates.make("google", authority, "DNS:" + GOOGLE))
