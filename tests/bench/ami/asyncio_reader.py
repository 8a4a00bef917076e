#!/usr/bin/env python3
"""What Python's AMI clients do with each message: asyncio's StreamReader by lines, a dict of lists. Standard library only.

asyncio_reader.py FILE ROUNDS
"""

import asyncio
import json
import sys
import time

PIECE = 16384


async def read_messages(reader):
    messages = headers = 0
    message = {}
    while True:
        line = await reader.readline()
        if not line:
            return messages, headers
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        if not text:
            if message:
                messages += 1
                message = {}
            continue
        name, colon, value = text.partition(":")
        if colon:
            message.setdefault(name.strip(), []).append(value.strip())
            headers += 1


async def feed(reader, stream):
    for at in range(0, len(stream), PIECE):
        reader.feed_data(stream[at : at + PIECE])
        await asyncio.sleep(0)
    reader.feed_eof()


async def measure(stream, rounds):
    begin = time.perf_counter()
    for _ in range(rounds):
        reader = asyncio.StreamReader()
        (messages, headers), _ = await asyncio.gather(read_messages(reader), feed(reader, stream))
    seconds = time.perf_counter() - begin
    print(json.dumps({"messages": messages, "headers": headers, "bytes": len(stream), "rounds": rounds, "seconds": seconds}))


if __name__ == "__main__":
    with open(sys.argv[1], "rb") as file:
        asyncio.run(measure(file.read(), int(sys.argv[2])))
