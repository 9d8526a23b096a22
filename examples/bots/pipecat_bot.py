"""A Pipecat bot for the engine media_stream, as it would talk to Twilio: it greets, stops when the
person speaks, answers digits, and hangs up on #. Instead of a voice it has tones."""

import json
import socket

import numpy
import uvicorn
from fastapi import FastAPI, WebSocket
from pipecat.audio.vad.vad_analyzer import VADAnalyzer, VADParams
from pipecat.frames import frames
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.audio.vad_processor import VADProcessor
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.runner.utils import parse_telephony_websocket
from pipecat.serializers.twilio import TwilioFrameSerializer
from pipecat.transports.websocket.fastapi import FastAPIWebsocketParams, FastAPIWebsocketTransport
from pipecat.workers.runner import WorkerRunner

RATE = 8000
app = FastAPI()


def tone(hertz, seconds):
    samples = 8000 * numpy.sin(2 * numpy.pi * hertz * numpy.arange(int(RATE * seconds)) / RATE)
    return frames.OutputAudioRawFrame(samples.astype("<i2").tobytes(), RATE, 1)


class Level(VADAnalyzer):
    """Takes whatever is loud for speech. A bot with a voice would use SileroVADAnalyzer."""

    def num_frames_required(self):
        return RATE // 50

    def voice_confidence(self, buffer):
        return float(numpy.abs(numpy.frombuffer(buffer, "<i2").astype(float)).mean() > 500)


class Person(FrameProcessor):
    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        if isinstance(frame, frames.StartFrame):
            await self.push_frame(frame, direction)
            await self.push_frame(tone(440, 10))
        elif isinstance(frame, frames.VADUserStartedSpeakingFrame):
            await self.broadcast_interruption()
        elif isinstance(frame, frames.InputDTMFFrame) and frame.button.value == "#":
            await self.push_frame(tone(880, 0.5))
            await self.push_frame(frames.EndWorkerFrame(), FrameDirection.UPSTREAM)
        elif isinstance(frame, frames.InputDTMFFrame):
            await self.push_frame(tone(660, 0.1 * int(frame.button.value)))
        else:
            await self.push_frame(frame, direction)


@app.websocket("/ws")
async def call(websocket: WebSocket):
    await websocket.accept()
    provider, call = await parse_telephony_websocket(websocket)
    print(json.dumps({"provider": provider, "call": call.model_dump(by_alias=True)}), flush=True)
    serializer = TwilioFrameSerializer(
        call["stream_id"], params=TwilioFrameSerializer.InputParams(auto_hang_up=False)
    )
    params = FastAPIWebsocketParams(
        audio_in_enabled=True, audio_out_enabled=True, serializer=serializer
    )
    transport = FastAPIWebsocketTransport(websocket, params)
    vad = VADProcessor(vad_analyzer=Level(params=VADParams(confidence=0.5, min_volume=0)))
    pipeline = Pipeline([transport.input(), vad, Person(), transport.output()])
    rates = PipelineParams(audio_in_sample_rate=RATE, audio_out_sample_rate=RATE)
    worker = PipelineWorker(pipeline, params=rates)

    @transport.event_handler("on_client_disconnected")
    async def gone(_transport, _client):
        print(json.dumps({"gone": True}), flush=True)
        await worker.cancel()

    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    await runner.run()


if __name__ == "__main__":
    listener = socket.create_server(("127.0.0.1", 0))
    print(json.dumps({"port": listener.getsockname()[1]}), flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])
