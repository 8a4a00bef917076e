"""What a good user of FastAPI writes: Tokens in memory, one prepared INSERT per request from a pool, access log to a file."""

import os
import uuid

import asyncpg
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
import json

INSERT = (
    "INSERT INTO events (enterprise_number, event_id, unique_id, event_type, raw_data) "
    "VALUES ($1, $2, $3, $4, $5)"
)


class Connection(asyncpg.Connection):
    """Spares the round trip that asyncpg makes when a connection goes back: nothing is left to be reset."""

    def get_reset_query(self):
        return ""


app = FastAPI()
tokens = {}
pool = None


@app.on_event("startup")
async def start():
    global pool
    size = int(os.environ["POOL_SIZE"])
    pool = await asyncpg.create_pool(
        os.environ["DATABASE_URL"], min_size=size, max_size=size, connection_class=Connection
    )
    for row in await pool.fetch("SELECT name2, number FROM enterprises"):
        tokens[row["name2"]] = row["number"]


@app.get("/ready")
async def ready():
    return {"status": "ready"}


def problem(status, detail):
    return JSONResponse({"status": status, "detail": detail}, status, media_type="application/problem+json")


def receiver(event_type):
    async def receive(request: Request):
        raw = await request.body()
        try:
            body = json.loads(raw)
            unique_id = body["UniqueId"]
            token = body["Token"]
        except (ValueError, KeyError, TypeError) as error:
            return problem(400, f"the body is not an event: {error}")
        enterprise = tokens.get(token)
        if enterprise is None:
            return problem(404, "no enterprise has this Token")
        event_id = uuid.uuid4()
        await pool.execute(INSERT, enterprise, event_id, unique_id, event_type, raw.decode())
        return JSONResponse({"status": "ok", "event_id": str(event_id), "duplicate": False})

    return receive


for name in "start dial bridge bridge_create bridge_leave bridge_destroy new_callerid hangup".split():
    app.add_api_route("/" + name, receiver(name), methods=["POST"])
