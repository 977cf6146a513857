"""A Modbus TCP server of pymodbus: registers come as one line of JSON on standard input
({"<unit id>": {"<first address>": [words]}}), the port goes to standard output."""

import asyncio
import json
import sys

from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice


async def main() -> None:
    units = json.loads(sys.stdin.readline())
    devices = [
        SimDevice(
            int(unit),
            [
                SimData(int(start), values=words, datatype=DataType.REGISTERS)
                for start, words in sorted(blocks.items(), key=lambda block: int(block[0]))
            ],
        )
        for unit, blocks in units.items()
    ]
    server = ModbusTcpServer(devices, address=("127.0.0.1", 0))
    await server.listen()
    print(server.transport.sockets[0].getsockname()[1], flush=True)
    await server.serving


asyncio.run(main())
