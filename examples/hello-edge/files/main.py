"""hello-edge: an application that answers from the edge, and lives by MEC 011.

It serves HTTP, asks to be told before it is terminated, registers the service `hello`, says that
it is ready, and leaves in good order. Standard library only.

Environment, given by the MEC host: MEC_APP_INSTANCE_ID, MEC_APP_ADDRESS, MEC_MP1_URL, MEC_HOST_ID;
where the platform asks for tokens also MEC_TOKEN_URL, MEC_CLIENT_ID, MEC_CLIENT_SECRET and
MEC_TRUST_PEM.
"""

import json
import os
import signal
import ssl
import sys
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

INSTANCE = os.environ["MEC_APP_INSTANCE_ID"]
ADDRESS = os.environ["MEC_APP_ADDRESS"]
MP1 = os.environ["MEC_MP1_URL"].rstrip("/")
HOST = os.environ.get("MEC_HOST_ID", "")
SERVICE_PORTS = (8080, 80)
CALLBACK_PORT = 8081
BYTES_MAX = 256 * 1024 * 1024
SUPPORT = f"/mec_app_support/v2/applications/{INSTANCE}"
SERVICES = f"/mec_service_mgmt/v1/applications/{INSTANCE}/services"

TOKEN_URL = os.environ.get("MEC_TOKEN_URL", "")

platform = urllib.request.build_opener(
    urllib.request.ProxyHandler({}),
    urllib.request.HTTPSHandler(
        context=ssl.create_default_context(cadata=os.environ.get("MEC_TRUST_PEM"))
    ),
)
headers = {"Content-Type": "application/json", "Accept": "application/json"}
leaving = threading.Event()
notifications = []


def log(text):
    print(f"hello-edge {INSTANCE}: {text}", flush=True)


class Handler(BaseHTTPRequestHandler):
    """What both servers share: HTTP/1.1 with keep-alive, answers in one write."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def answer(self, status, body=b"", media_type="application/json"):
        self.send_response(status)
        if body:
            self.send_header("Content-Type", media_type)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        """A line per request would slow down what is being measured."""


class Service(Handler):
    """What devices ask for."""

    def do_GET(self):
        target = urlsplit(self.path)
        if target.path == "/":
            self.answer(200, json.dumps(self.greeting()).encode())
        elif target.path == "/bytes":
            self.send_bytes(parse_qs(target.query).get("n", ["0"])[0])
        else:
            self.answer(404, b'{"detail": "There are / and /bytes?n=N."}')

    def greeting(self):
        return {
            "served_by": "edge",
            "instance": INSTANCE,
            "host": HOST,
            "device": self.client_address[0],
            "time_ns": time.time_ns(),
        }

    def send_bytes(self, wanted):
        count = int(wanted) if wanted.isascii() and wanted.isdecimal() else -1
        if not 0 <= count <= BYTES_MAX:
            detail = {"detail": f"n is a number from 0 to {BYTES_MAX}."}
            self.answer(400, json.dumps(detail).encode())
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(count))
        self.end_headers()
        piece = bytes(65536)
        while count > 0:
            self.wfile.write(piece[:count])
            count -= len(piece)


class Callback(Handler):
    """What the platform calls: the notification of a termination."""

    def do_POST(self):
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.answer(204)
        self.wfile.flush()
        try:
            notification = json.loads(raw)
        except ValueError:
            return
        if notification.get("notificationType") == "AppTerminationNotification":
            notifications.append(notification)
            leaving.set()


class Server(ThreadingHTTPServer):
    """A thread per connection; asks no name server who it is, as the base class would."""

    daemon_threads = True
    request_queue_size = 256

    def server_bind(self):
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]


def serve(port, handler):
    """Serve on ADDRESS:port in the background; return the server, or None if it is not allowed."""
    try:
        server = Server((ADDRESS, port), handler)
    except PermissionError:
        log(f"port {port} is not allowed here; {SERVICE_PORTS[0]} is served")
        return None
    threading.Thread(target=server.serve_forever, name=f"port {port}", daemon=True).start()
    return server


def renew_token():
    """Have the platform give an access token, where it asks for one. Ref: RFC 6749 clause 4.4."""
    form = {
        "grant_type": "client_credentials",
        "client_id": os.environ["MEC_CLIENT_ID"],
        "client_secret": os.environ["MEC_CLIENT_SECRET"],
    }
    with platform.open(TOKEN_URL, urlencode(form).encode(), timeout=5) as answer:
        headers["Authorization"] = f"Bearer {json.load(answer)['access_token']}"


def call(method, target, body=None):
    """Ask the platform with a token that is good; return the answer's JSON, or None for none."""
    if TOKEN_URL and "Authorization" not in headers:
        renew_token()
    try:
        return call_once(method, target, body)
    except urllib.error.HTTPError as refused:
        if refused.code != 401 or not TOKEN_URL:
            raise
    renew_token()
    return call_once(method, target, body)


def call_once(method, target, body):
    """Ask the platform; return the answer's JSON, or None where it has none."""
    request = urllib.request.Request(
        urljoin(MP1 + "/", target if "://" in target else MP1 + target),
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers=headers,
    )
    with platform.open(request, timeout=5) as answer:
        raw = answer.read()
    return json.loads(raw) if raw else None


def call_until_taken(method, target, body=None):
    """Ask again, ever more slowly, while the platform does not know this instance yet."""
    wait_s = 0.02
    while True:
        try:
            return call(method, target, body)
        except urllib.error.HTTPError as refused:
            if refused.code not in (404, 409, 429, 503):
                raise
            why = refused.code
        except OSError as unreachable:
            why = unreachable
        if leaving.wait(wait_s):
            raise SystemExit(f"told to leave while {method} {target} was refused ({why})")
        wait_s = min(wait_s * 1.7, 2)


def service_info():
    """The service `hello`, as MEC 011 clause 8.1.2.2 describes one."""
    return {
        "serName": "hello",
        "version": "1.0",
        "state": "ACTIVE",
        "serializer": "JSON",
        "transportInfo": {
            "id": "http",
            "name": "REST over HTTP",
            "type": "REST_HTTP",
            "protocol": "HTTP",
            "version": "1.1",
            "endpoint": {"uris": [f"http://{ADDRESS}:{SERVICE_PORTS[0]}/"]},
            "security": {},
        },
    }


def enter():
    """Subscribe, register, be ready; return the path of the registered service."""
    forget_former_life()
    subscription = {
        "subscriptionType": "AppTerminationNotificationSubscription",
        "callbackReference": f"http://{ADDRESS}:{CALLBACK_PORT}/",
        "appInstanceId": INSTANCE,
    }
    call_until_taken("POST", SUPPORT + "/subscriptions", subscription)
    registered = call_until_taken("POST", SERVICES, service_info())
    call_until_taken("POST", SUPPORT + "/confirm_ready", {"indication": "READY"})
    log("ready")
    return f"{SERVICES}/{registered['serInstanceId']}"


def forget_former_life():
    """Take away what this instance left behind if it crashed and was started again."""
    listed = call_until_taken("GET", SUPPORT + "/subscriptions") or {}
    links = listed.get("_links", {})
    mine = links.get("subscriptions") or links.get("subscription") or ()
    former = [each["href"] for each in mine]
    former += [f"{SERVICES}/{each['serInstanceId']}" for each in call("GET", SERVICES) or ()]
    for target in former:
        call("DELETE", target)


def leave(service):
    """Deregister, and confirm where the platform waits for it."""
    for method, target, body in farewell(service):
        try:
            call(method, target, body)
        except OSError as fault:
            log(f"{method} {target}: {fault}")


def farewell(service):
    yield "DELETE", service, None
    if notifications:
        told = notifications[-1]
        link = told.get("_links", {}).get("confirmTermination", {}).get("href")
        body = {"operationAction": told["operationAction"]}
        yield "POST", link or SUPPORT + "/confirm_termination", body


def main():
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: leaving.set())
    servers = [serve(port, Service) for port in SERVICE_PORTS]
    servers.append(serve(CALLBACK_PORT, Callback))
    service = enter()
    leaving.wait()
    leave(service)
    for server in filter(None, servers):
        server.server_close()
    log("gone")


if __name__ == "__main__":
    sys.exit(main())
