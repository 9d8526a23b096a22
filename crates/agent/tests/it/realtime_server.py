"""A server of OpenAI's Realtime protocol for tests. It checks everything that a client sends against
the types of the package openai, and what it sends itself as well. Instead of a model it has tones: a
greeting, an answer that records a result, and a goodbye when a key was pressed."""

import asyncio
import base64
import itertools
import json

import numpy
from openai.types.realtime import RealtimeClientEvent, RealtimeServerEvent
from pydantic import BaseModel, TypeAdapter, ValidationError
from websockets.asyncio.server import serve

CLIENT = TypeAdapter(RealtimeClientEvent)
SERVER = TypeAdapter(RealtimeServerEvent)
KEY = "Bearer secret"
LOUD = 500


def decode(mu_law):
    value = ~numpy.frombuffer(mu_law, numpy.uint8)
    size = (((value & 15).astype(int) << 3) + 132 << (value >> 4 & 7)) - 132
    return numpy.where(value & 128, -size, size)


def tone(hertz, seconds):
    codes = decode(bytes(range(256)))
    samples = 8000 * numpy.sin(2 * numpy.pi * hertz * numpy.arange(int(8000 * seconds)) / 8000)
    nearest = numpy.abs(codes[None, :] - samples[:, None]).argmin(axis=1)
    return nearest.astype(numpy.uint8).tobytes()


def unknown(value):
    """The fields that the types do not know, which the types themselves let pass."""
    if isinstance(value, BaseModel):
        found = list(value.model_extra or {})
        return found + [name for field in value.__dict__.values() for name in unknown(field)]
    if isinstance(value, list):
        return [name for one in value for name in unknown(one)]
    return []


class Session:
    def __init__(self, socket):
        self.socket = socket
        self.ids = itertools.count(1)
        self.kinds, self.wrong, self.truncated = [], [], []
        self.received_ms = self.voiced_ms = self.quiet_ms = 0
        self.item = None
        self.turns = 0
        self.response = None
        self.pressed = False

    async def send(self, kind, **fields):
        event = {"type": kind, "event_id": f"event_{next(self.ids)}", **fields}
        try:
            SERVER.validate_python(event)
        except ValidationError as error:
            self.wrong.append(f"own {kind}: {error}"[:2000])
        await self.socket.send(json.dumps(event))

    async def run(self):
        await self.send("session.created", session={"type": "realtime"})
        async for text in self.socket:
            event = json.loads(text)
            try:
                unknown_fields = unknown(CLIENT.validate_python(event))
                if unknown_fields:
                    self.wrong.append(f"{event['type']}: unknown {unknown_fields}")
            except ValidationError as error:
                self.wrong.append(f"{event}: {error}"[:2000])
            if event["type"] != "input_audio_buffer.append":
                self.kinds.append(event["type"])
            await self.take(event)

    async def take(self, event):
        match event["type"]:
            case "session.update":
                await self.send("session.updated", session=event["session"])
            case "input_audio_buffer.append":
                await self.hear(base64.b64decode(event["audio"]))
            case "response.create":
                await self.respond(event)
            case "conversation.item.truncate":
                self.truncated.append(event["audio_end_ms"])
                fields = {name: event[name] for name in ("item_id", "content_index", "audio_end_ms")}
                await self.send("conversation.item.truncated", **fields)
            case "conversation.item.create":
                item = {"id": f"item_{next(self.ids)}", **event["item"]}
                self.pressed |= "I pressed 5" in json.dumps(item)
                await self.send("conversation.item.added", item=item)

    async def respond(self, event):
        if self.response:
            error = {
                "type": "invalid_request_error",
                "code": "conversation_already_has_active_response",
                "message": "There is a response already.",
                "event_id": event["event_id"],
            }
            await self.send("error", error=error)
        elif self.pressed:
            await self.say("Goodbye.", tone(880, 0.5), ("end_call", {"reason": "done"}))
        elif self.turns:
            await self.say("Monday it is.", tone(660, 0.6))
        else:
            await self.say("Good morning, this is a long greeting.", tone(440, 4))

    async def begin(self):
        self.response = f"resp_{next(self.ids)}"
        response = {"id": self.response, "object": "realtime.response", "status": "in_progress"}
        await self.send("response.created", response=response)

    async def done(self, output, status="completed"):
        usage = {"total_tokens": 30, "input_tokens": 10, "output_tokens": 20}
        response = {"id": self.response, "status": status, "output": output, "usage": usage}
        self.response = None
        await self.send("response.done", response=response)

    async def say(self, text, sound, call=None):
        await self.begin()
        item = {"id": f"item_{next(self.ids)}", "type": "message", "role": "assistant", "content": []}
        at = {"response_id": self.response, "output_index": 0}
        part = {**at, "item_id": item["id"], "content_index": 0}
        await self.send("response.output_item.added", **at, item=item)
        await self.send("conversation.item.added", item=item)
        await self.send("response.content_part.added", **part, part={"type": "audio", "transcript": ""})
        for word in text.split(" "):
            await self.send("response.output_audio_transcript.delta", **part, delta=word + " ")
        for begin in range(0, len(sound), 4000):
            delta = base64.b64encode(sound[begin : begin + 4000]).decode()
            await self.send("response.output_audio.delta", **part, delta=delta)
        await self.send("response.output_audio.done", **part)
        await self.send("response.output_audio_transcript.done", **part, transcript=text)
        item = {**item, "content": [{"type": "output_audio", "transcript": text}]}
        await self.send("response.output_item.done", **at, item=item)
        calls = [await self.call(*call)] if call else []
        await self.done([item, *calls])

    async def call(self, name, arguments):
        arguments, call_id = json.dumps(arguments), f"call_{next(self.ids)}"
        item = {"id": f"item_{next(self.ids)}", "type": "function_call", "call_id": call_id}
        item |= {"name": name, "arguments": arguments}
        at = {"response_id": self.response, "output_index": 1}
        fields = {**at, "item_id": item["id"], "call_id": call_id, "name": name}
        await self.send("response.function_call_arguments.done", **fields, arguments=arguments)
        await self.send("response.output_item.done", **at, item=item)
        return item

    async def hear(self, sound):
        ms = len(sound) // 8
        self.received_ms += ms
        if numpy.abs(decode(sound)).mean() > LOUD:
            self.voiced_ms, self.quiet_ms = self.voiced_ms + ms, 0
        else:
            self.voiced_ms, self.quiet_ms = 0, self.quiet_ms + ms
        if self.item is None and self.voiced_ms >= 100:
            self.item = f"item_{next(self.ids)}"
            fields = {"item_id": self.item, "audio_start_ms": self.received_ms - 100}
            await self.send("input_audio_buffer.speech_started", **fields)
        elif self.item and self.quiet_ms >= 500:
            item, self.item, self.turns = self.item, None, self.turns + 1
            await self.send(
                "input_audio_buffer.speech_stopped", item_id=item, audio_end_ms=self.received_ms - 500
            )
            await self.send("input_audio_buffer.committed", item_id=item, previous_item_id=None)
            await self.begin()
            await self.done([await self.call("record_result", {"name": "slot", "value": "Monday"})])
            kind = "conversation.item.input_audio_transcription.completed"
            usage = {"type": "duration", "seconds": 1}
            text = "Monday, please."
            await self.send(kind, item_id=item, content_index=0, transcript=text, usage=usage)


async def serve_one(socket):
    session = Session(socket)
    await session.run()
    report = {"kinds": session.kinds, "wrong": session.wrong, "truncated": session.truncated}
    print(json.dumps({**report, "code": socket.close_code}), flush=True)


def admit(socket, request):
    if request.headers.get("Authorization") != KEY:
        return socket.respond(401, "Incorrect API key provided.\n")
    if request.path != "/v1/realtime?model=gpt-realtime":
        return socket.respond(404, "There is no such model.\n")


async def main():
    async with serve(serve_one, "127.0.0.1", 0, process_request=admit) as server:
        print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
        await server.serve_forever()


asyncio.run(main())
