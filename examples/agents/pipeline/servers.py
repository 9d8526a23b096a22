"""The three servers of a pipeline agent in one small process, for trying and for tests: recognition as
Deepgram has it (/v1/listen) and as OpenAI has it, chat completions and speech. Nothing is understood:
each utterance is the next of some sentences. The voice is espeak-ng's. Python's own library is enough.

    python3 servers.py [PORT]
"""

import asyncio
import base64
import hashlib
import json
import shutil
import struct
import sys

SENTENCES = ["When are you open?", "Can you call me on Monday?", "Thank you, goodbye."]
ANSWERS = {
    "open": ["<think>They ask for the ", "hours.</think>We are open every day, ", "from nine to five. ",
             "Is there anything else?"],
    "goodbye": ["Thank you for calling. ", "Goodbye."],
}


class Client:
    """One connection. It serves one request after the other."""

    utterances = 0

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    async def serve(self):
        try:
            while head := await self.reader.readuntil(b"\r\n\r\n"):
                line, *lines = head.decode("latin-1").split("\r\n")
                self.headers = {
                    name.strip().lower(): value.strip()
                    for name, _, value in (text.partition(":") for text in lines if text)
                }
                self.body = await self.reader.readexactly(int(self.headers.get("content-length", 0)))
                path = line.split()[1].partition("?")[0].removeprefix("/v1")
                await ROUTES.get(path, Client.nothing)(self)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.writer.close()

    def head(self, status, kind):
        self.writer.write(f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n".encode())

    async def answer(self, status, value):
        body = json.dumps(value).encode()
        self.head(status, "application/json")
        self.writer.write(f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        await self.writer.drain()

    async def stream(self, kind, pieces):
        self.head("200 OK", kind)
        self.writer.write(b"Transfer-Encoding: chunked\r\n\r\n")
        async for piece in pieces:
            self.writer.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            await self.writer.drain()
        self.writer.write(b"0\r\n\r\n")

    async def nothing(self):
        await self.answer("404 Not Found", {"error": {"message": "there is nothing here"}})

    async def models(self):
        await self.answer("200 OK", {"object": "list", "data": [{"id": "parrot"}]})

    async def chat(self):
        messages = json.loads(self.body)["messages"]
        said = next((m["content"] for m in reversed(messages) if m["role"] == "user"), "")
        answer = next((text for word, text in ANSWERS.items() if word in said.lower()), None)
        deltas = [{"content": text} for text in answer or [f"You said: {said}"]]
        if "goodbye" in said.lower():
            end = {"name": "end_call", "arguments": {"reason": "goodbye"}}
            deltas.append({"tool_calls": [{"id": "end", "type": "function", "function": end}]})

        async def events():
            for delta in deltas:
                choice = {"index": 0, "delta": delta, "finish_reason": None}
                yield f"data: {json.dumps({'choices': [choice]})}\n\n".encode()
                await asyncio.sleep(0.02)
            yield b'data: {"choices": [], "usage": {"total_tokens": 1}}\n\ndata: [DONE]\n\n'

        await self.stream("text/event-stream", events())

    async def speech(self):
        text = json.loads(self.body)["input"]

        async def sound():
            espeak = await asyncio.create_subprocess_exec(
                shutil.which("espeak-ng") or "espeak", "--stdout", "--", text,
                stdout=asyncio.subprocess.PIPE)
            while piece := await espeak.stdout.read(4097):
                yield piece
            await espeak.wait()

        await self.stream("audio/wav", sound())

    async def transcriptions(self):
        await self.answer("200 OK", {"text": " " + Client.next_sentence()})

    @staticmethod
    def next_sentence():
        Client.utterances += 1
        return SENTENCES[(Client.utterances - 1) % len(SENTENCES)]

    async def listen(self):
        """Speaks WebSocket, and takes whatever is loud for speech."""
        key = self.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
        self.writer.write(f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                          f"Connection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n".encode())
        loud = 0
        while True:
            kind, message = await self.frame()
            if kind == 8:
                return self.send(8, message[:2])
            if kind == 9:
                self.send(10, message)
            if kind == 2:
                # Mu-law: a low magnitude of the inverted byte is quiet.
                loud += sum((~byte & 0x7F) > 0x40 for byte in message)
            elif kind == 1 and json.loads(message)["type"] == "Finalize":
                self.results(Client.next_sentence() if loud > 800 else "", True)
                loud = 0
            await self.writer.drain()

    def results(self, text, is_final):
        event = {"type": "Results", "is_final": is_final, "from_finalize": is_final,
                 "channel": {"alternatives": [{"transcript": text}]}}
        self.send(1, json.dumps(event).encode())

    async def frame(self):
        first, second = await self.reader.readexactly(2)
        size = second & 0x7F
        if size >= 126:
            width = 2 if size == 126 else 8
            size = int.from_bytes(await self.reader.readexactly(width), "big")
        mask = await self.reader.readexactly(4)
        data = await self.reader.readexactly(size)
        return first & 15, bytes(byte ^ mask[at % 4] for at, byte in enumerate(data))

    def send(self, kind, data):
        size = bytes([len(data)]) if len(data) < 126 else b"\x7e" + struct.pack(">H", len(data))
        self.writer.write(bytes([0x80 | kind]) + size + data)


ROUTES = {
    "/models": Client.models,
    "/chat/completions": Client.chat,
    "/audio/speech": Client.speech,
    "/audio/transcriptions": Client.transcriptions,
    "/listen": Client.listen,
}


async def main(port):
    serve = lambda reader, writer: Client(reader, writer).serve()
    server = await asyncio.start_server(serve, "127.0.0.1", port)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 8090))
