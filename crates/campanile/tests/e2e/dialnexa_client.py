"""Drives a server with the dialnexa package as its users do; writes what it saw to a file.

dialnexa_client.py URL KEY CSV OUT
"""

import json
import sys
import threading
import time

import dialnexa.client

url, key, people, out = sys.argv[1:]
dialnexa.client.DEFAULT_BASE_URL = url + "/compat/dialnexa"
from dialnexa import NexaClient
from dialnexa.http import HttpError

client = NexaClient(api_key=key)
seen = {}


def refusal(call, *args, **named):
    try:
        call(*args, **named)
    except HttpError as error:
        return {"status": error.status_code, "data": error.data}
    return None


made = client.agents.create({
    "title": "Customer Support Agent",
    "prompts": {
        "prompt_text": "Be kind.",
        "welcome_message": "Hi {{name}}.",
        "conversation_start_type": "user",
    },
})
agent = made["data"]["id"]
seen["made"] = made["data"]
body = {"version_number": 1, "title": "Renamed", "prompts": {"welcome_message": "Hello {{name}}."}}
seen["updated"] = client.agents.update(agent, body)["data"]
seen["agent"] = client.agents.get(agent)["data"]
seen["agents"] = client.agents.list()["data"]

with open(people, "rb") as file:
    batch = client.batch_calls.create(
        file=file, filename="leads.csv", title="My batch", agent_id=agent, agent_version_number=2)
seen["batch"] = batch

enough = time.monotonic() + 120
while True:
    listed = client.calls.list(batch_call_id=batch["id"], limit=100)
    ended = [call for call in listed["data"] if call["ended_at"]]
    if len(ended) == batch["total_leads"]:
        break
    assert time.monotonic() < enough, "the batch does not end"
    threading.Event().wait(0.1)
seen["listed"] = listed
seen["pages"] = [client.calls.list(agent_id=agent, page=page, limit=4) for page in (1, 2)]
seen["calls"] = [client.calls.get(call["id"]) for call in listed["data"]]
seen["one"] = client.calls.list(call_id=listed["data"][0]["id"])

language = client.languages.list()["data"][0]
seen["language"] = client.languages.get(language["id"])["data"]
seen["llm"] = client.llms.get(client.llms.list()[0]["id"])["data"]
voices = client.voices.list(provider_name="espeak-ng", limit=10)["data"]
seen["voices"] = len(voices)
seen["voice"] = client.voices.get(voices[0]["id"])["data"]

seen["single"] = refusal(
    client.calls.create, phone_number="+14155550100", agent_id=agent, agent_version_number=1,
    metadata={"source": "sdk"})
seen["bad_agent"] = refusal(
    client.batch_calls.create, file=b"phone_number\n+14155550100\n", filename="a.csv", title="x",
    agent_id="agent_99", agent_version_number=7)
seen["bad_key"] = refusal(NexaClient(api_key="key_1:wrong").agents.list)

with open(out, "w") as file:
    json.dump(seen, file)
