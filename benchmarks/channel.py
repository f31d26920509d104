"""A bare channel of Valkey: what telling so many of something costs in any case."""

import asyncio
import os
import time

from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.client import PubSub

from benchmarks.stage import MILLI

CHANNEL = "benchmark"
PAUSE = 0.5
OPENING_AT_ONCE = 50


def bare_delays(subscribers: int, messages: int) -> list[float]:
    """Milliseconds from each publishing until each subscriber has the message."""
    return asyncio.run(_delays(subscribers, messages))


async def _delays(subscribers: int, messages: int) -> list[float]:
    pool = ConnectionPool.from_url(os.environ["REDIS_URL"], max_connections=subscribers + 10)
    client = Redis(connection_pool=pool)
    opening, heard = asyncio.Semaphore(OPENING_AT_ONCE), asyncio.Queue[float]()
    lines = [client.pubsub() for _ in range(subscribers)]
    await asyncio.gather(*(_subscribe(line, opening) for line in lines))
    listening = [asyncio.create_task(_listen(line, heard)) for line in lines]
    found = []
    for _ in range(messages):
        begun = time.perf_counter()
        await client.publish(CHANNEL, "changed")
        found += [(await heard.get() - begun) * MILLI for _ in range(subscribers)]
        await asyncio.sleep(PAUSE)
    for task in listening:
        task.cancel()
    await asyncio.gather(*listening, return_exceptions=True)
    await pool.disconnect()
    return found


async def _subscribe(line: PubSub, opening: asyncio.Semaphore) -> None:
    async with opening:
        await line.subscribe(CHANNEL)
        await line.get_message(timeout=PAUSE)


async def _listen(line: PubSub, heard: "asyncio.Queue[float]") -> None:
    async for message in line.listen():
        if message["type"] == "message":
            heard.put_nowait(time.perf_counter())
