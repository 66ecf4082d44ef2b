"""A stand-in for wrk where it is not installed: closed loop, one connection per client. Slower: ratios sink a little.

usage: python -m benchmarks.loadgen URL SECONDS CONNECTIONS BODY_FILE SIGNATURE RUN_NAME
"""

import asyncio
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit


async def generate(
    url: str, *, seconds: float, connections: int, body: bytes, signature: str, run: str
) -> str:
    """Post until the time is over; return the line that loadgen.lua prints."""
    address = urlsplit(url)
    latencies: list[float] = []
    errors = 0
    ends = time.perf_counter() + seconds

    async def client(number: int) -> None:
        nonlocal errors
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        count = 0
        while time.perf_counter() < ends:
            count += 1
            head = (
                f"POST {address.path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
                f"X-Shopify-Hmac-Sha256: {signature}\r\nX-Shopify-Topic: orders/create\r\n"
                f"X-Shopify-Webhook-Id: {run}-{number}-{count}\r\n"
                f"X-Shopify-Shop-Domain: shop-{count % 1000}.myshopify.com\r\n\r\n"
            )
            started = time.perf_counter()
            writer.write(head.encode() + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            if b"transfer-encoding" in answer.lower() or b"\r\ncontent-length: 0" not in answer.lower():
                length = answer.lower().split(b"content-length: ")[1].split(b"\r\n")[0]
                await reader.readexactly(int(length))
            errors += not answer.startswith(b"HTTP/1.1 200")
            latencies.append(time.perf_counter() - started)
        writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(client(number) for number in range(connections)))
    took = time.perf_counter() - started
    ordered = sorted(latencies)
    half, most = (round(ordered[int(len(ordered) * part)] * 1e6) for part in (0.5, 0.99))
    return f"RESULT {len(ordered)} {round(took * 1e6)} {half} {most} {errors}"


def main() -> None:
    url, seconds, connections, body_file, signature, run = sys.argv[1:]
    load = generate(
        url,
        seconds=float(seconds),
        connections=int(connections),
        body=Path(body_file).read_bytes(),
        signature=signature,
        run=run,
    )
    print(asyncio.run(load))


if __name__ == "__main__":
    main()
