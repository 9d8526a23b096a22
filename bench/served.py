"""Figures of `campanile serve`: uploads, pages under load, events and webhooks."""

import http.client
import json
import random
import re
import socket
import statistics
import subprocess
import threading
import time
import wave
from contextlib import contextmanager
from pathlib import Path

# An agent that says next to nothing, because one that says nothing cannot be published.
QUIET_SOUND = "quiet.wav"
QUIET_AGENT = {"name": "bench", "first_message": QUIET_SOUND, "voicemail_detection": False,
               "engine": {"type": "script", "lines": [], "goodbye": ""}}


def write_quiet_sound(folder):
    """A WAV file of 20 ms of silence, where an agent finds it."""
    folder.mkdir(parents=True, exist_ok=True)
    with wave.open(str(folder / QUIET_SOUND), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(320))


class Server:
    """A server in a folder, and a key for it."""

    def __init__(self, campanile, folder):
        self.folder = folder
        write_quiet_sound(folder / "data" / "sounds")
        (folder / "serve.toml").write_text(
            "webhooks_allow_private = true\nrequests_per_s = 0\n")
        self.process = subprocess.Popen(
            [campanile, "serve", "--data", "data", "--listen", "127.0.0.1:0", "--config", "serve.toml"],
            cwd=folder, stdout=subprocess.PIPE, stderr=(folder / "serve.log").open("w"), text=True)
        ready = ""
        while "ready on" not in ready:
            ready = self.process.stdout.readline()
            if not ready:
                raise SystemExit("campanile serve did not start: " + (folder / "serve.log").read_text())
        self.host, self.port = re.search(r"//([\d.]+):(\d+)", ready).groups()
        key = subprocess.run([campanile, "key", "create", "--data", "data"], cwd=folder, capture_output=True, text=True, check=True)
        self.key = key.stdout.strip()

    def connection(self):
        return http.client.HTTPConnection(self.host, int(self.port), timeout=300)

    def ask(self, method, path, body=None, connection=None, headers=None):
        """The status and the JSON of an answer, or a failure with what was said."""
        connection = connection or self.connection()
        given = {"Authorization": f"Bearer {self.key}", **(headers or {})}
        if isinstance(body, dict):
            body, given["Content-Type"] = json.dumps(body), "application/json"
        connection.request(method, path, body, given)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status >= 400:
            raise SystemExit(f"{method} {path}: {answer.status} {text[:500]}")
        return json.loads(text) if text else None

    def line_up(self, port, calls, cps, concurrency):
        """A trunk to a callee, a number, a published agent; the fields of a batch."""
        trunk = self.ask("POST", "/v1/trunks", {"name": "bench", "host": "127.0.0.1", "port": port, "max_calls": calls, "max_cps": cps})
        self.ask("POST", "/v1/phone-numbers", {"phone_number": "+14155550100", "trunk_id": trunk["id"]})
        agent = self.ask("POST", "/v1/agents", QUIET_AGENT)
        self.ask("POST", f"/v1/agents/{agent['id']}/versions/1/publish")
        self.ask("PATCH", "/v1/workspace", {"max_concurrent_calls": concurrency})
        return {"name": "bench", "from_number": "+14155550100", "agent_id": agent["id"]}

    def upload(self, people, fields):
        """Streams a file into a batch."""
        edge = "bench-boundary"
        head = "".join(f'--{edge}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items())
        head += f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="people.csv"\r\nContent-Type: text/csv\r\n\r\n'
        tail = f"\r\n--{edge}--\r\n"
        size = len(head) + people.stat().st_size + len(tail)

        def parts():
            yield head.encode()
            with people.open("rb") as file:
                while chunk := file.read(1 << 18):
                    yield chunk
            yield tail.encode()

        return self.ask("POST", "/v1/batch-calls", parts(), headers={
            "Content-Type": f"multipart/form-data; boundary={edge}", "Content-Length": str(size)})

    def peak_mib(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status).group(1)) / 1024

    def events(self, path, heard):
        """Reads a stream of events until the server ends it; `heard(kind, data, at)` for each."""
        with socket.create_connection((self.host, int(self.port))) as stream:
            stream.sendall(f"GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {self.key}\r\nAccept: text/event-stream\r\n\r\n".encode())
            kind, rest = "", b""
            while chunk := stream.recv(1 << 16):
                at = time.time()
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    if line.startswith(b"event:"):
                        kind = line[6:].strip().decode()
                    elif line.startswith(b"data:"):
                        heard(kind, line[5:], at)

    def stop(self):
        self.process.kill()
        self.process.wait()


@contextmanager
def serving(campanile, folder):
    server = Server(campanile, folder)
    try:
        yield server
    finally:
        server.stop()


def quantile(values, share):
    values = sorted(values)
    return values[min(int(len(values) * share), len(values) - 1)] if values else float("nan")


def upload(campanile, folder, people, rows):
    """A file of so many rows over HTTP until the batch is answered for."""
    with serving(campanile, folder) as server:
        fields = server.line_up(9, calls=1, cps=0.001, concurrency=1)
        began = time.monotonic()
        batch = server.upload(people, {**fields, "start": "false"})
        took = time.monotonic() - began
        assert batch["progress"]["total"] == rows, batch["progress"]
        yield (f"upload of {rows:,} rows over HTTP", f"{took:.1f} s, {server.peak_mib():.0f} MiB", "", "")


def report(campanile, folder, people, rows):
    """The report of a batch of so many rows, from a server that has done nothing else."""
    with serving(campanile, folder) as server:
        fields = server.line_up(9, calls=1, cps=0.001, concurrency=1)
        batch = f"/v1/batch-calls/{server.upload(people, {**fields, 'start': 'false'})['id']}"
    for name in ["report.csv", "report.xlsx"]:
        with serving(campanile, folder) as server:
            before = server.peak_mib()
            connection = server.connection()
            began = time.monotonic()
            connection.request("GET", f"{batch}/{name}", headers={"Authorization": f"Bearer {server.key}"})
            answer = connection.getresponse()
            first, size = None, 0
            while chunk := answer.read(1 << 18):
                first = first or time.monotonic() - began
                size += len(chunk)
            took = time.monotonic() - began
            yield (f"{name} of {rows:,} rows, {size >> 20} MiB",
                   f"{took:.1f} s, first bytes after {first * 1000:.0f} ms, {before:.0f} MiB before, {server.peak_mib():.0f} MiB", "", "")


def pages(campanile, folder, people, rows, callee):
    """Pages of a batch of so many rows while it is dialed at 500 calls a second."""
    with serving(campanile, folder) as server, callee(folder) as port:
        fields = server.line_up(port, calls=400, cps=500, concurrency=400)
        batch = f"/v1/batch-calls/{server.upload(people, fields)['id']}"
        connection = server.connection()
        before, began = server.ask("GET", batch, connection=connection)["progress"]["attempts"], time.monotonic()
        draw, took = random.Random(2), {"recipients page": [], "progress": [], "list": []}
        asked = {"recipients page": lambda: f"{batch}/recipients?limit=50&cursor={draw.randrange(rows)}",
                 "progress": lambda: batch, "list": lambda: "/v1/batch-calls?limit=20"}
        while time.monotonic() - began < 20:
            for what, path in asked.items():
                at = time.monotonic()
                server.ask("GET", path(), connection=connection)
                took[what].append(1000 * (time.monotonic() - at))
            time.sleep(0.01)
        lasted = time.monotonic() - began
        rate = (server.ask("GET", batch, connection=connection)["progress"]["attempts"] - before) / lasted
        for what, times in took.items():
            yield (f"{what}, {rows:,} rows, {rate:.0f} calls/s", f"p50 {statistics.median(times):.1f} ms, p99 {quantile(times, 0.99):.1f} ms ({len(times)} asked)", "", "")


def wire_to_sse(campanile, folder, people, carrier, cdr):
    """From the end of a call, as the callee wrote it down, to the reader of the stream."""
    heard = {}
    with serving(campanile, folder) as server, carrier(folder) as port:
        fields = server.line_up(port, calls=200, cps=250, concurrency=200)
        batch = server.upload(people, {**fields, "start": "false"})
        path = f"/v1/batch-calls/{batch['id']}"

        def hear(kind, data, at):
            if kind == "call.ended":
                heard[json.loads(data)["data"]["call_id"]] = at
        reader = threading.Thread(target=server.events, args=(f"{path}/events", hear), daemon=True)
        reader.start()
        time.sleep(0.5)
        began = time.monotonic()
        server.ask("POST", f"{path}/start")
        while server.ask("GET", path)["status"] != "completed" and time.monotonic() - began < 120:
            time.sleep(0.2)
        took = time.monotonic() - began
        reader.join(timeout=5)
    late = [1000 * (heard[call["call_id"]] - float(call["t_end"])) for call in cdr(folder) if call["call_id"] in heard and call["t_end"]]
    yield ("end of a call on the wire → SSE", f"p50 {statistics.median(late):.1f} ms, p99 {quantile(late, 0.99):.1f} ms ({len(late):,} calls, {len(late) / took:.0f}/s)", "", "")


def loaded(campanile, folder, people, rows, callee, sipp_rate):
    """Set-ups per second with an endpoint that is told of each call and five readers of events."""
    hook = Hook()
    with serving(campanile, folder) as server, callee(folder) as port:
        fields = server.line_up(port, calls=400, cps=10_000, concurrency=400)
        server.ask("POST", "/v1/webhooks", {"url": f"http://127.0.0.1:{hook.port}/", "events": ["call.ended", "batch.completed"]})
        batch = server.upload(people, {**fields, "start": "false"})
        path, seen = f"/v1/batch-calls/{batch['id']}", [0] * 5

        def count(index):
            def heard(kind, data, at):
                seen[index] += kind == "call.ended"
            return heard
        for index in range(5):
            threading.Thread(target=server.events, args=(f"{path}/events", count(index)), daemon=True).start()
        time.sleep(0.5)
        began = time.monotonic()
        server.ask("POST", f"{path}/start")
        while (now := server.ask("GET", path))["status"] != "completed" and time.monotonic() - began < 180:
            time.sleep(0.25)
        took, progress = time.monotonic() - began, now["progress"]
        read, told = min(seen), hook.count
        failed = progress["total"] - progress["completed"]
        rate = progress["completed"] / took
        yield ("set-ups/s, durable, with events, a webhook and 5 SSE readers", f"{rate:,.0f} ({rows:,} calls in {took:.1f} s, {failed} failed; the slowest reader had {read:,}, the webhook {told:,} at its end)", f"{sipp_rate:,.0f} (sipp)", f"{rate / sipp_rate:.2f}")
        yield ("the same, peak memory", f"{server.peak_mib():.0f} MiB", "", "")


class Hook:
    """Answers 204 to whatever it is told, and counts."""

    def __init__(self):
        self.count = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            stream, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(stream,), daemon=True).start()

    def serve(self, stream):
        kept = b""
        while chunk := stream.recv(1 << 16):
            kept += chunk
            while (end := kept.find(b"\r\n\r\n")) >= 0:
                length = int(re.search(rb"(?i)content-length: (\d+)", kept[:end]).group(1))
                if len(kept) < end + 4 + length:
                    break
                kept = kept[end + 4 + length:]
                self.count += 1
                stream.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
